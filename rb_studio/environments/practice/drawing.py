"""What intent templates draw their instances from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rb_studio.environments.practice.data import Customer, Dice, Order, Product, Shop
from rb_studio.environments.practice.names import Catalogue

PER_SHOP = 5
_RANGES = (
    ("2022-01-01", "2022-03-31"),
    ("2022-04-01", "2022-08-31"),
    ("2022-02-01", "2022-12-31"),
    ("2022-07-01", "2022-12-31"),
    ("2022-10-01", "2023-02-28"),
    ("2023-01-01", "2023-04-30"),
    ("2022-05-01", "2022-10-31"),
    ("2022-03-01", "2023-03-31"),
)


class Drawn(NamedTuple):
    """One instance: its wordings and what is expected of an episode."""

    texts: tuple[str, str]
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """What instances are drawn from."""

    shop: Shop
    words: Catalogue
    dice: Dice

    def regulars(self, fewest: int) -> list[Customer]:
        """Customers with at least so many orders, shuffled."""
        counts = {customer.key: len(orders_of(self.shop, customer)) for customer in self.shop.customers}
        return self.dice.shuffled([customer for customer in self.shop.customers if counts[customer.key] >= fewest])

    def products(self) -> list[Product]:
        """Products, shuffled, those whose name another one extends mostly in front."""
        every = self.dice.shuffled(self.shop.products)
        twins = [product for product in every if extensions(product.name, self.shop.products)]
        return mixed(twins, [product for product in every if product not in twins])

    def customers(self) -> list[Customer]:
        """Customers, shuffled, those whose name another one extends mostly in front."""
        every = self.dice.shuffled(self.shop.customers)
        twins = [customer for customer in every if extensions(customer.name, self.shop.customers)]
        return mixed(twins, [customer for customer in every if customer not in twins])

    def ranges(self) -> list[tuple[str, str]]:
        return self.dice.shuffled(_RANGES)


def mixed(first: list[Any], rest: list[Any]) -> list[Any]:
    """Three of the first kind, two of the other, then what is left."""
    return [*first[:3], *rest[:2], *first[3:], *rest[2:]]


def extensions(name: str, records: Sequence[Product] | Sequence[Customer]) -> list[str]:
    """The longer names of the shop that begin with this one."""
    return [record.name for record in records if record.name.startswith(name) and record.name != name]


def orders_of(shop: Shop, customer: Customer) -> list[Order]:
    """A customer's orders, newest first."""
    return [order for order in shop.orders if order.customer == customer.key]


def with_status(orders: Sequence[Order], status: str) -> list[Order]:
    """The orders of one status, in the order given."""
    return [order for order in orders if order.status == status]
