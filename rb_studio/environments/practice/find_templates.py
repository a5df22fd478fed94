"""Intents that ask for information."""

from datetime import date

from rb_studio.environments.practice import reports
from rb_studio.environments.practice.books import Books
from rb_studio.environments.practice.data import Customer, Shop, money
from rb_studio.environments.practice.drawing import PER_SHOP, Drawn, Source, extensions, mixed, orders_of, with_status
from rb_studio.environments.practice.names import STATUSES


def extreme_order(source: Source) -> list[Drawn]:
    """The order with the highest or lowest total among those of one status."""
    drawn = []
    for status in source.dice.shuffled(STATUSES):
        for highest in source.dice.shuffled((True, False)):
            ranked = sorted(with_status(source.shop.orders, status), key=lambda o: o.total, reverse=highest)
            if len(ranked) > 1 and ranked[0].total != ranked[1].total:
                word, other = ("highest", "largest") if highest else ("lowest", "smallest")
                texts = (
                    f"Which order with status {status} has the {word} grand total? Answer with its order number.",
                    f"Among all {status} orders, find the one with the {other} grand total and tell me its number.",
                )
                drawn.append(Drawn(texts, {"answer": {"includes": [ranked[0].number]}}))
    return drawn[:PER_SHOP]


def newest_order_total(source: Source) -> list[Drawn]:
    """The total of a customer's most recent order of one status."""
    drawn = []
    for customer in source.regulars(3):
        status = source.dice.choice(STATUSES)
        orders = with_status(orders_of(source.shop, customer), status)
        if orders and (len(orders) == 1 or orders[0].date != orders[1].date):
            texts = (
                f"What is the grand total of the most recent {status} order of customer {customer.name}?",
                f"Tell me the grand total of the latest order of {customer.name} that is {status}.",
            )
            drawn.append(Drawn(texts, {"answer": {"number": money(orders[0].total)}}))
    return drawn[:PER_SHOP]


def count_customer_orders(source: Source) -> list[Drawn]:
    """How many orders a customer has placed at all."""
    return [
        Drawn(
            (
                f"How many orders has customer {customer.name} placed in the entire history of the shop?",
                f"Give me the number of orders {customer.name} has ever made with us.",
            ),
            {"answer": {"number": str(len(orders_of(source.shop, customer)))}},
        )
        for customer in mixed(*_halves(source.regulars(2), 4, source.shop))[:PER_SHOP]
    ]


def _halves(customers: list[Customer], many: int, shop: Shop) -> tuple[list[Customer], list[Customer]]:
    busy = [customer for customer in customers if len(orders_of(shop, customer)) >= many]
    return busy, [customer for customer in customers if customer not in busy]


def count_status_period(source: Source) -> list[Drawn]:
    """How many orders of one status fall into a range of dates."""
    drawn = []
    for first, last in source.ranges():
        status = source.dice.choice(STATUSES)
        count = len(with_status(reports.in_range(source.shop.orders, first, last), status))
        texts = (
            f"How many {status} orders were placed from {first} to {last}?",
            f"Count the orders with status {status} that came in between {first} and {last}.",
        )
        drawn.append(Drawn(texts, {"answer": {"number": str(count)}}))
    return drawn[:PER_SHOP]


def sum_of_last_orders(source: Source) -> list[Drawn]:
    """The total payment of the newest few orders of one status, as a bare amount."""
    drawn = []
    for count, status in source.dice.shuffled([(count, status) for status in STATUSES for count in (2, 3, 4, 5)]):
        total = money(sum(order.total for order in with_status(source.shop.orders, status)[:count]))
        texts = (
            f"What is the total payment amount of the last {count} {status} orders? Answer with the plain amount only.",
            f"Add up the grand totals of the {count} most recent {status} orders and reply with just the amount.",
        )
        drawn.append(Drawn(texts, {"answer": {"exact": total}}))
    return drawn[:PER_SHOP]


def review_mentions(source: Source) -> list[Drawn]:
    """How many reviews of a product contain a word."""
    drawn = []
    for product in source.products():
        count, word = max((sum(w in r.text for r in product.reviews), w) for w in source.words.words)
        texts = (
            f'How many reviews of {product.name} mention the word "{word}"?',
            f'Count the customer reviews for {product.name} in which the term "{word}" appears.',
        )
        if count > 1:
            drawn.append(Drawn(texts, {"answer": {"number": str(count)}}))
    return drawn[:PER_SHOP]


def harshest_reviewer(source: Source) -> list[Drawn]:
    """Who gave a product its lowest rating, as a bare nickname."""
    drawn = []
    for product in source.products():
        ranked = sorted(product.reviews, key=lambda review: review.rating)
        if ranked[0].rating < ranked[1].rating:
            texts = (
                f"Which reviewer gave {product.name} the lowest rating? Answer with the nickname only.",
                f"Who rated {product.name} worst in the reviews? Reply with just the nickname.",
            )
            drawn.append(Drawn(texts, {"answer": {"exact": ranked[0].nickname}}))
    return drawn[:PER_SHOP]


def bestseller(source: Source) -> list[Drawn]:
    """The product that sold the most units in a range of dates."""
    drawn = []
    for first, last in source.ranges():
        sold = sorted(reports.bestsellers(Books(source.shop, {}), first, last), key=lambda row: -row[1])
        if len(sold) > 1 and sold[0][1] > sold[1][1]:
            texts = (
                f"Which product sold the most units from {first} to {last}?",
                f"Name the product with the highest number of units sold between {first} and {last}.",
            )
            longer = extensions(sold[0][0], source.shop.products)
            drawn.append(Drawn(texts, {"answer": {"includes": [sold[0][0]], "excludes": longer}}))
    return drawn[:PER_SHOP]


def monthly_counts(source: Source) -> list[Drawn]:
    """Orders of one status per month, in a given form."""
    drawn = []
    for first, last in source.ranges():
        status = source.dice.choice(STATUSES)
        rows = reports.monthly(Books(source.shop, {}), first, last, status)
        begin, end = _month_name(first), _month_name(last)
        texts = (
            f"List the number of {status} orders per month from {begin} to {end} in the form MM:COUNT.",
            f"Give the monthly count of {status} orders from {begin} to {end}, formatted as MM:COUNT.",
        )
        expected = ", ".join(f"{month[5:]}:{count}" for month, count, _, _ in rows)
        if len(rows) <= 9:
            drawn.append(Drawn(texts, {"answer": {"exact": expected}}))
    return drawn[:PER_SHOP]


def _month_name(day: str) -> str:
    return date.fromisoformat(day).strftime("%B %Y")


def customer_by_phone(source: Source) -> list[Drawn]:
    """Name and e-mail behind a phone number; some numbers belong to nobody."""
    drawn = []
    for index, customer in enumerate(source.customers()[:PER_SHOP]):
        missing = index % 2 == 1
        phone = _unused_phone(source) if missing else customer.phone
        texts = (
            f"Find the name and e-mail address of the customer with the phone number {phone}.",
            f"Which customer has the phone number {phone}? Tell me the name and the e-mail address.",
        )
        answer = {"absent": True} if missing else {"includes": [customer.name, customer.email]}
        drawn.append(Drawn(texts, {"answer": answer}))
    return drawn


def _unused_phone(source: Source) -> str:
    """A number close to a real one, so that a hasty look takes it for found."""
    used = {customer.phone for customer in source.shop.customers}
    phone = source.dice.choice(source.shop.customers).phone
    near = [f"{phone[:-1]}{digit}" for digit in "0123456789"]
    return source.dice.choice([number for number in near if number not in used])


def sku_by_stock(source: Source) -> list[Drawn]:
    """The SKU of the product with so many units left; some amounts do not occur."""
    stocks = {product.stock: product for product in source.shop.products}
    missing = [amount for amount in range(3, 90) if amount not in stocks]
    drawn = []
    for index, product in enumerate(source.dice.shuffled(source.shop.products)[:PER_SHOP]):
        absent = index % 2 == 0
        amount = source.dice.choice(missing) if absent else product.stock
        texts = (
            f"What is the SKU of the product that has exactly {amount} units in stock?",
            f"Give me the SKU of the product with a stock of exactly {amount} units.",
        )
        drawn.append(Drawn(texts, {"answer": {"absent": True} if absent else {"includes": [product.sku]}}))
    return drawn
