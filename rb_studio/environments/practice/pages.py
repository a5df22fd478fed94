"""The pages of the shop and which address shows which."""

import re
from collections.abc import Callable

from rb_studio.environments.practice import reports
from rb_studio.environments.practice.names import STATUSES
from rb_studio.environments.practice.nodes import Node, button, link, section, text_node
from rb_studio.environments.practice.record_pages import address_page, customer_page, order_page, product_page
from rb_studio.environments.practice.reports import shown_money
from rb_studio.environments.practice.rows import (
    CUSTOMER_COLUMNS,
    ORDER_COLUMNS,
    PRODUCT_COLUMNS,
    customer_row,
    order_row,
    product_row,
)
from rb_studio.environments.practice.tables import Column, Row, Table, paged, plain
from rb_studio.environments.practice.view import View

HOME = "/dashboard"
ANY = "Any"
Builder = Callable[[View, str], tuple[str, list[Node]] | None]
_MENU = (
    ("Dashboard", HOME),
    ("Orders", "/orders"),
    ("Products", "/products"),
    ("Customers", "/customers"),
    ("Sales report", "/reports/sales"),
    ("Bestsellers report", "/reports/bestsellers"),
)


def build_page(view: View, flash: str | None) -> Node:
    """The whole page of a view: menu, message of the last action, content, open dialog."""
    title, content = _content(view)
    menu = section("navigation", "Menu", *[link(name, url) for name, url in _MENU])
    alert = [Node("alert", flash)] if flash else []
    dialog = [_dialog(view.dialog)] if view.dialog else []
    main = section("main", "", *alert, Node("heading", title), *content, *dialog)
    root = section("RootWebArea", f"{title} - Practice Shop Admin", menu, main)
    root.traits = f" url={view.url!r}"
    return root


def exists(path: str) -> bool:
    """Whether a path has the form of a page (the record it names may still be missing)."""
    return any(pattern.fullmatch(path) for pattern, _ in _ROUTES)


def _content(view: View) -> tuple[str, list[Node]]:
    for pattern, builder in _ROUTES:
        match = pattern.fullmatch(view.path)
        found = builder(view, match[1] if pattern.groups else "") if match else None
        if found:
            return found
    return "404 Not Found", [text_node("There is no such page."), link("Back to the dashboard", HOME)]


def _dialog(target: str) -> Node:
    number = target.rpartition("/")[2]
    return section(
        "alertdialog",
        f"Are you sure you want to cancel order {number}?",
        button("OK", "confirm", target),
        button("Keep order", "dismiss"),
    )


def _dashboard(view: View, _: str) -> tuple[str, list[Node]]:
    orders = view.books.orders()
    rows = [order_row(view.books, order) for order in orders[:5]]
    sold = reports.bestsellers(view.books, reports.DEFAULT_FROM, reports.DEFAULT_TO)
    best = sorted(sold, key=lambda row: -row[1])[:5]
    lifetime = sum(order.total for order in orders if order.status != "Canceled")
    return "Dashboard", [
        text_node(f"Lifetime sales: {shown_money(lifetime)}"),
        plain("Last orders", [column.title for column in ORDER_COLUMNS], rows),
        plain(
            "Bestsellers of the last 30 days", ("Product", "Units"), [Row(None, (n, str(u)), ()) for n, u, _ in best]
        ),
    ]


def _orders(view: View, _: str) -> tuple[str, list[Node]]:
    status, name, buyer = view.asked("status"), view.asked("customer").lower(), view.asked("buyer")
    rows = []
    for order in reports.in_range(view.books.orders(), view.asked("from"), view.asked("to")):
        if (not status or order.status == status) and (not buyer or str(order.customer) == buyer):
            row = order_row(view.books, order)
            if name in row.cells[2].lower():
                rows.append(row)
    filters = section(
        "form",
        "Filters",
        view.choice("Status", "status", (ANY, *STATUSES), status or ANY),
        view.textbox("Customer", "customer", view.asked("customer")),
        *_dates(view, view.asked("from"), view.asked("to")),
        *_filter_buttons(view),
    )
    return "Orders", [filters, *paged(Table("Orders", ORDER_COLUMNS, rows), view.url, view.query)]


def _dates(view: View, first: str, last: str) -> list[Node]:
    return [view.textbox("From (YYYY-MM-DD)", "from", first), view.textbox("To (YYYY-MM-DD)", "to", last)]


def _filter_buttons(view: View) -> list[Node]:
    return [button("Apply filters", "filter", view.path), link("Clear filters", view.path)]


def _products(view: View, _: str) -> tuple[str, list[Node]]:
    status, words = view.asked("status"), view.asked("search").lower()
    rows = []
    for product in view.books.products():
        if (not status or product.status == status) and words in f"{product.name} {product.sku}".lower():
            rows.append(product_row(product))
    filters = section(
        "form",
        "Filters",
        view.textbox("Search by name or SKU", "search", view.asked("search")),
        view.choice("Status", "status", (ANY, "Enabled", "Disabled"), status or ANY),
        *_filter_buttons(view),
    )
    return "Products", [filters, *paged(Table("Products", PRODUCT_COLUMNS, rows), view.url, view.query)]


def _customers(view: View, _: str) -> tuple[str, list[Node]]:
    words = view.asked("search").lower()
    rows = [customer_row(customer) for customer in view.books.customers()]
    rows = [row for row in rows if any(words in cell.lower() for cell in row.cells[:3])]
    search = view.textbox("Search by name, e-mail or phone", "search", view.asked("search"))
    filters = section("form", "Filters", search, *_filter_buttons(view))
    return "Customers", [filters, *paged(Table("Customers", CUSTOMER_COLUMNS, rows), view.url, view.query)]


def _range(view: View) -> tuple[str, str]:
    return view.asked("from") or reports.DEFAULT_FROM, view.asked("to") or reports.DEFAULT_TO


def _sales(view: View, _: str) -> tuple[str, list[Node]]:
    first, last = _range(view)
    status = view.asked("status")
    rows = [
        Row(None, (month, str(orders), str(items), shown_money(total)), ())
        for month, orders, items, total in reports.monthly(view.books, first, last, status)
    ]
    form = section(
        "form",
        "Report",
        *_dates(view, first, last),
        view.choice("Order status", "status", (ANY, *STATUSES), status or ANY),
        button("Show report", "filter", view.path),
    )
    note = text_node(f"Orders from {first} to {last}")
    return "Sales report", [form, note, plain("Sales by month", ("Month", "Orders", "Items", "Total"), rows)]


_SOLD = (Column("Product", "product"), Column("Units", "units"), Column("Revenue", "revenue"))


def _bestsellers(view: View, _: str) -> tuple[str, list[Node]]:
    first, last = _range(view)
    rows = [
        Row(None, (name, str(units), shown_money(revenue)), (name, units, revenue))
        for name, units, revenue in reports.bestsellers(view.books, first, last)
    ]
    form = section("form", "Report", *_dates(view, first, last), button("Show report", "filter", view.path))
    note = text_node(f"Units from {first} to {last}")
    return "Bestsellers report", [form, note, *paged(Table("Units by product", _SOLD, rows), view.url, view.query)]


_ROUTES: tuple[tuple[re.Pattern[str], Builder], ...] = tuple(
    (re.compile(pattern, re.ASCII), builder)
    for pattern, builder in (
        (r"/|/dashboard", _dashboard),
        (r"/orders", _orders),
        (r"/orders/(\d{6})", order_page),
        (r"/products", _products),
        (r"/products/(\d{1,4})", product_page),
        (r"/customers", _customers),
        (r"/customers/(\d{1,4})", customer_page),
        (r"/customers/(\d{1,4})/address", address_page),
        (r"/reports/sales", _sales),
        (r"/reports/bestsellers", _bestsellers),
    )
)
