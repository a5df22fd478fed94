"""The shop as it stands: unchanging data under the episode's edits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rb_studio.environments.practice.data import Customer, Order, Product, Shop, money

Edits = dict[str, dict[str, str]]


class Books:
    """Reads records with the edits applied; the data below is shared and never changed.

    An edit's key is kind/id (`product/12`, `customer/3`, `order/000104`); its value maps fields to the
    texts they now hold.
    """

    def __init__(self, shop: Shop, edits: Edits) -> None:
        self.shop = shop
        self.edits = edits
        self._products = {str(product.key): product for product in shop.products}
        self._customers = {str(customer.key): customer for customer in shop.customers}
        self._orders = {order.number: order for order in shop.orders}

    def product(self, key: str) -> Product | None:
        found = self._products.get(key)
        return replace(found, **_typed(self.edits.get(f"product/{key}", {}))) if found else None

    def customer(self, key: str) -> Customer | None:
        found = self._customers.get(key)
        return replace(found, **_typed(self.edits.get(f"customer/{key}", {}))) if found else None

    def order(self, number: str) -> Order | None:
        found = self._orders.get(number)
        return replace(found, **_typed(self.edits.get(f"order/{number}", {}))) if found else None

    def customer_name(self, key: int) -> str:
        return self._customers[str(key)].name

    def product_name(self, key: int) -> str:
        return self._products[str(key)].name

    def products(self) -> Sequence[Product]:
        return self.shop.products if not self.edits else [self._must(self.product(k)) for k in self._products]

    def customers(self) -> Sequence[Customer]:
        return self.shop.customers if not self.edits else [self._must(self.customer(k)) for k in self._customers]

    def orders(self) -> Sequence[Order]:
        return self.shop.orders if not self.edits else [self._must(self.order(k)) for k in self._orders]

    @staticmethod
    def _must(record: Any) -> Any:
        assert record is not None
        return record

    def values(self, key: str) -> dict[str, str]:
        """The fields of a record as the texts its form shows."""
        kind, _, number = key.partition("/")
        record = {"product": self.product, "customer": self.customer, "order": self.order}[kind](number)
        return {name: _text(name, getattr(record, name)) for name in EDITABLE[kind]}

    def change(self, key: str, values: Mapping[str, str]) -> None:
        """Record an edit; a field back at its original value leaves no trace."""
        kept = self.edits.pop(key, {})
        original = self.values(key)
        merged = {name: value for name, value in {**kept, **values}.items() if original[name] != value}
        if merged:
            self.edits[key] = merged


EDITABLE = {
    "product": ("price", "stock", "status", "description"),
    "customer": ("email", "phone", "group", "street", "city", "postcode"),
    "order": ("status", "comment"),
}


def _text(name: str, value: Any) -> str:
    return money(value) if name == "price" else str(value)


def _typed(edit: Mapping[str, str]) -> dict[str, Any]:
    typed: dict[str, Any] = dict(edit)
    if "price" in edit:
        typed["price"] = cents(edit["price"])
    if "stock" in edit:
        typed["stock"] = int(edit["stock"])
    return typed


def cents(text: str) -> int:
    """An amount such as 19.90 in cents; ValueError when it is none."""
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(f"{part}00"[:2])
