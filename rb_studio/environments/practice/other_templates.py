"""Intents that ask for a page or for a change of content."""

from rb_studio.environments.practice.data import money
from rb_studio.environments.practice.drawing import PER_SHOP, Drawn, Source, orders_of, with_status
from rb_studio.environments.practice.names import STATUSES


def orders_view(source: Source) -> list[Drawn]:
    """Open the orders of one status in a given order of rows."""
    drawn = []
    keys = (("grand total", "total"), ("number of items", "items"), ("date", "date"))
    for status, (title, key) in source.dice.shuffled([(status, key) for status in STATUSES for key in keys]):
        down = source.dice.chance(0.5)
        way, other = ("high to low", "descending") if down else ("low to high", "ascending")
        texts = (
            f"Show the list of {status} orders sorted by {title} from {way}.",
            f"Open the orders page with only {status} orders, in {other} order of {title}.",
        )
        query = {"status": status, "sort": key, "dir": "desc" if down else "asc"}
        drawn.append(Drawn(texts, {"page": {"path": "/orders", "query": query}}))
    return drawn[:PER_SHOP]


def sales_report(source: Source) -> list[Drawn]:
    """Create a sales report over a range of dates for one status."""
    drawn = []
    for first, last in source.ranges():
        status = source.dice.choice(STATUSES)
        texts = (
            f"Create a sales report of {status} orders from {first} to {last}.",
            f"I need the sales report for {status} orders between {first} and {last}; open it.",
        )
        query = {"from": first, "to": last, "status": status}
        drawn.append(Drawn(texts, {"page": {"path": "/reports/sales", "query": query}}))
    return drawn[:PER_SHOP]


def open_account(source: Source) -> list[Drawn]:
    """Open a customer's account page."""
    return [
        Drawn(
            (
                f"Open the account page of customer {customer.name}.",
                f"Show me the customer account of {customer.name}.",
            ),
            {"page": {"path": f"/customers/{customer.key}", "query": {}}},
        )
        for customer in source.customers()[:PER_SHOP]
    ]


def set_price(source: Source) -> list[Drawn]:
    """Give a product a new price."""
    drawn = []
    for product in source.products()[:PER_SHOP]:
        price = money(product.price + source.dice.choice((-500, -250, 300, 750)))
        texts = (
            f"Set the price of {product.name} to {price}.",
            f"Change what {product.name} costs: its new price is {price}.",
        )
        drawn.append(Drawn(texts, {"edits": {f"product/{product.key}": {"price": price}}}))
    return drawn


def restock(source: Source) -> list[Drawn]:
    """Raise a product's stock by what has arrived."""
    drawn = []
    for product in source.products()[:PER_SHOP]:
        units = source.dice.between(4, 40)
        texts = (
            f"{units} more units of {product.name} arrived, increase its stock accordingly.",
            f"We received {units} additional units of {product.name}; update the stock.",
        )
        drawn.append(Drawn(texts, {"edits": {f"product/{product.key}": {"stock": str(product.stock + units)}}}))
    return drawn


def move_customer(source: Source) -> list[Drawn]:
    """Give a customer a new address."""
    drawn = []
    for customer in source.customers()[:PER_SHOP]:
        street = f"{source.dice.between(100, 400)} {source.dice.choice(source.words.streets)}"
        city = source.dice.choice([city for city in source.words.cities if city != customer.city])
        postcode = str(source.dice.between(10000, 99999))
        texts = (
            f"Change the address of customer {customer.name} to {street}, {city}, {postcode}.",
            f"{customer.name} moved; update the address to {street}, {city}, {postcode}.",
        )
        values = {"street": street, "city": city, "postcode": postcode}
        drawn.append(Drawn(texts, {"edits": {f"customer/{customer.key}": values}}))
    return drawn


def cancel_order(source: Source) -> list[Drawn]:
    """Cancel a customer's most recent pending order."""
    drawn = []
    for customer in source.regulars(2):
        orders = with_status(orders_of(source.shop, customer), "Pending")
        if orders and (len(orders) == 1 or orders[0].date != orders[1].date):
            texts = (
                f"Cancel the most recent Pending order of customer {customer.name}.",
                f"Please cancel the latest order of {customer.name} that is still Pending.",
            )
            drawn.append(Drawn(texts, {"edits": {f"order/{orders[0].number}": {"status": "Canceled"}}}))
    return drawn[:PER_SHOP]
