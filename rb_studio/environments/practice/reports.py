"""Reports over a range of dates: orders per month, units per product."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from rb_studio.environments.practice.books import Books
from rb_studio.environments.practice.data import TODAY, Order, money

DEFAULT_FROM = str(TODAY - timedelta(days=30))
DEFAULT_TO = str(TODAY)


def in_range(orders: Sequence[Order], first: str, last: str) -> list[Order]:
    """Orders placed from one ISO date to another, both included; an empty bound is open."""
    return [order for order in orders if (not first or order.date >= first) and (not last or order.date <= last)]


def months(first: str, last: str) -> list[str]:
    """The months YYYY-MM that a range touches; empty for a range that is none."""
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return []
    count = (end.year - begin.year) * 12 + end.month - begin.month + 1
    places = [begin.year * 12 + begin.month - 1 + step for step in range(min(count, 60))]
    return [f"{place // 12}-{place % 12 + 1:02d}" for place in places]


def monthly(books: Books, first: str, last: str, status: str = "") -> list[tuple[str, int, int, int]]:
    """(month, orders, items, total in cents) for every month of a range."""
    orders = [order for order in in_range(books.orders(), first, last) if not status or order.status == status]
    rows = []
    for month in months(first, last):
        chosen = [order for order in orders if order.date.startswith(month)]
        rows.append((month, len(chosen), sum(o.items for o in chosen), sum(o.total for o in chosen)))
    return rows


def bestsellers(books: Books, first: str, last: str) -> list[tuple[str, int, int]]:
    """(product name, units, revenue in cents) by name; canceled orders are left out."""
    units: Counter[int] = Counter()
    for order in in_range(books.orders(), first, last):
        if order.status != "Canceled":
            for key, quantity in order.lines:
                units[key] += quantity
    sold = [(product.name, units[product.key], units[product.key] * product.price) for product in books.products()]
    return sorted(row for row in sold if row[1])


def shown_money(cents: int) -> str:
    """Cents as pages show amounts, e.g. $19.90."""
    return f"${money(cents)}"
