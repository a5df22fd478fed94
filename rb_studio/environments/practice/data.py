"""The shop's data: frozen records and the seeded generator that fills them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TypeVar

from rb_studio.environments.practice.names import CATALOGUES, STATUSES, Catalogue

T = TypeVar("T")

FIRST_DAY = date(2022, 1, 3)
TODAY = date(2023, 6, 15)
ORDERS = 96
FIRST_ORDER = 101


class Dice:
    """Choices built on `Random.random` alone, the one method whose sequence Python promises to keep."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(f"practice:{seed}")

    def below(self, bound: int) -> int:
        return int(self._random.random() * bound)

    def between(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def choice(self, values: Sequence[T]) -> T:
        return values[self.below(len(values))]

    def shuffled(self, values: Sequence[T]) -> list[T]:
        keyed = [(self._random.random(), index) for index in range(len(values))]
        return [values[index] for _, index in sorted(keyed)]


@dataclass(frozen=True, slots=True)
class Review:
    """One customer review; `rating` is 1 to 5."""

    nickname: str
    rating: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product; `price` in cents, `reviews` newest first."""

    key: int
    name: str
    sku: str
    category: str
    price: int
    stock: int
    status: str
    description: str
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer account with its address."""

    key: int
    name: str
    email: str
    phone: str
    group: str
    since: str
    street: str
    city: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `lines` are (product key, quantity), `total` in cents."""

    number: str
    date: str
    customer: int
    status: str
    lines: tuple[tuple[int, int], ...]
    items: int
    total: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """All data of one shop; every tuple is newest first."""

    products: tuple[Product, ...]
    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    words: tuple[str, ...]


def money(cents: int) -> str:
    """Cents as the shop prints amounts, e.g. 1990 as 19.90."""
    return f"{cents // 100}.{cents % 100:02d}"


@cache
def build_shop(seed: int, catalogue: str) -> Shop:
    """The shop of a seed; equal arguments give equal data, another catalogue only other names."""
    words = CATALOGUES[catalogue]
    customers = _customers(Dice(f"{seed}:customers"), words)
    products = _products(Dice(f"{seed}:products"), words)
    orders = _orders(Dice(f"{seed}:orders"), customers, products)
    return Shop(_newest(products), _newest(customers), tuple(reversed(orders)), words.words)


def _newest(values: Sequence[T]) -> tuple[T, ...]:
    return tuple(reversed(values))


def _customers(dice: Dice, words: Catalogue) -> list[Customer]:
    paired = zip(words.first_names, words.pairs, strict=False)
    names = [f"{first} {surname}" for first, pair in paired for surname in pair]
    for index, surname in enumerate(words.surnames):
        names.append(f"{words.first_names[(index * 5 + 2) % len(words.first_names)]} {surname}")
    return [_customer(dice, words, key, name) for key, name in enumerate(dice.shuffled(names), 1)]


def _customer(dice: Dice, words: Catalogue, key: int, name: str) -> Customer:
    return Customer(
        key=key,
        name=name,
        email=f"{name.lower().replace(' ', '.')}@example.org",
        phone=f"555-{dice.between(1000, 9999)}",
        group=dice.choice(("General", "Wholesale", "Retailer")),
        since=str(FIRST_DAY - timedelta(days=600 - key * 15)),
        street=f"{dice.between(1, 90)} {dice.choice(words.streets)}",
        city=dice.choice(words.cities),
        postcode=str(dice.between(10000, 99999)),
    )


def _products(dice: Dice, words: Catalogue) -> list[Product]:
    names: list[tuple[int, int, int | None]] = []
    for brand in range(len(words.brands)):
        thing = (brand * 3) % len(words.things)
        names += [(brand, thing, None), (brand, thing, brand % len(words.suffixes))]
        names += [(brand, (thing + 2) % len(words.things), None)]
    stocks = dice.shuffled(range(3, 3 + 3 * len(names)))
    ordered = dice.shuffled(names)
    return [_product(dice, words, key, parts, stocks[key - 1]) for key, parts in enumerate(ordered, 1)]


def _product(dice: Dice, words: Catalogue, key: int, parts: tuple[int, int, int | None], stock: int) -> Product:
    brand, thing, suffix = parts
    name = f"{words.brands[brand]} {words.things[thing]}"
    if suffix is not None:
        name = f"{name} {words.suffixes[suffix]}"
    return Product(
        key=key,
        name=name,
        sku=f"SKU-{dice.between(100, 999)}-{key:02d}",
        category=dice.choice(words.categories),
        price=dice.between(12, 180) * 100 + dice.choice((0, 50, 90, 95)),
        stock=stock,
        status="Enabled",
        description=f"{words.things[thing]} of the {words.brands[brand]} line.",
        reviews=tuple(_review(dice, words, index) for index in range(dice.between(5, 11))),
    )


def _review(dice: Dice, words: Catalogue, index: int) -> Review:
    rating = dice.choice((1, 2, 3, 4, 4, 5, 5))
    text = dice.choice(words.praise if rating > 2 else words.complaints)
    if dice.chance(0.7):
        text += f" {_remark(dice.choice(words.words))}"
    nickname = f"{dice.choice(words.first_names).lower()}{dice.between(10, 99)}{'abcdefghijk'[index]}"
    return Review(nickname, rating, ("Poor", "Meh", "Okay", "Good", "Great")[rating - 1], text)


def _remark(word: str) -> str:
    return f"The word that comes to mind is {word}."


def _orders(dice: Dice, customers: Sequence[Customer], products: Sequence[Product]) -> list[Order]:
    buyers = _buyers(customers)
    span = (TODAY - FIRST_DAY).days - 1
    days = sorted(dice.below(span) for _ in range(ORDERS))
    orders = []
    for index, day in enumerate(days):
        lines = _lines(dice, products)
        orders.append(
            Order(
                number=f"{FIRST_ORDER + index:06d}",
                date=str(FIRST_DAY + timedelta(days=day)),
                customer=dice.choice(buyers),
                status=dice.choice(STATUSES + STATUSES[:2] + STATUSES[:1]),
                lines=lines,
                items=sum(quantity for _, quantity in lines),
                total=sum(products[key - 1].price * quantity for key, quantity in lines),
            )
        )
    return orders


def _buyers(customers: Sequence[Customer]) -> list[int]:
    """Customer keys, repeated so that a few regulars place most of the orders."""
    buyers: list[int] = []
    for index, customer in enumerate(customers):
        buyers += [customer.key] * (9 if index % 9 == 0 else 4 if index % 3 == 0 else 1)
    return buyers


def _lines(dice: Dice, products: Sequence[Product]) -> tuple[tuple[int, int], ...]:
    keys = dice.shuffled([product.key for product in products])[: dice.between(1, 3)]
    return tuple((key, dice.between(1, 6)) for key in sorted(keys))
