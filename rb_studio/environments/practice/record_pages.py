"""The pages of one product, customer, address or order."""

from rb_studio.environments.practice.data import Product, Review
from rb_studio.environments.practice.nodes import Node, button, link, section, text_node
from rb_studio.environments.practice.reports import shown_money
from rb_studio.environments.practice.rows import ORDER_COLUMNS, order_row
from rb_studio.environments.practice.tables import Row, plain
from rb_studio.environments.practice.urls import make_url
from rb_studio.environments.practice.view import View

VISIBLE_REVIEWS = 2
RECENT_ORDERS = 3
GROUPS = ("General", "Wholesale", "Retailer")
Content = tuple[str, list[Node]]


def product_page(view: View, key: str) -> Content | None:
    """Form for price, stock, status and description; reviews, most of them collapsed."""
    product = view.books.product(str(int(key)))
    if product is None:
        return None
    name = f"product/{product.key}"
    values = view.books.values(name)
    form = section(
        "form",
        "Product",
        view.textbox("Price", "price", values["price"]),
        view.textbox("Stock", "stock", values["stock"]),
        view.choice("Status", "status", ("Enabled", "Disabled"), values["status"]),
        view.textbox("Description", "description", values["description"]),
        button("Save product", "save", name),
    )
    facts = text_node(f"SKU {product.sku}, category {product.category}")
    return product.name, [facts, form, *_reviews(view, product)]


def _reviews(view: View, product: Product) -> list[Node]:
    opened = "reviews" in view.expanded
    shown = product.reviews if opened else product.reviews[:VISIBLE_REVIEWS]
    name = "Show fewer reviews" if opened else f"Show all reviews ({len(product.reviews)})"
    toggle = button(name, "expand", "reviews")
    toggle.traits = f" expanded={opened}"
    return [section("region", "Reviews", *[_review(review) for review in shown], toggle)]


def _review(review: Review) -> Node:
    lines = (f"Rating: {review.rating} of 5", f"{review.title}. {review.text}", f"by {review.nickname}")
    return section("article", "Review", *[text_node(line) for line in lines])


def customer_page(view: View, key: str) -> Content | None:
    """Account form, address with a link to its form, and the customer's newest orders only."""
    customer = view.books.customer(str(int(key)))
    if customer is None:
        return None
    name = f"customer/{customer.key}"
    values = view.books.values(name)
    form = section(
        "form",
        "Account",
        view.textbox("E-mail", "email", values["email"]),
        view.textbox("Phone", "phone", values["phone"]),
        view.choice("Group", "group", GROUPS, values["group"]),
        button("Save customer", "save", name),
    )
    address = text_node(f"Address: {customer.street}, {customer.city}, {customer.postcode}")
    own = [order for order in view.books.orders() if order.customer == customer.key]
    rows = [order_row(view.books, order) for order in own[:RECENT_ORDERS]]
    every = link("All orders of this customer", make_url("/orders", {"buyer": str(customer.key)}))
    edit = link("Edit address", f"/customers/{customer.key}/address")
    recent = plain("Recent orders", [column.title for column in ORDER_COLUMNS], rows)
    return customer.name, [form, address, edit, recent, every]


def address_page(view: View, key: str) -> Content | None:
    """The address form of one customer."""
    customer = view.books.customer(str(int(key)))
    if customer is None:
        return None
    name = f"customer/{customer.key}"
    values = view.books.values(name)
    form = section(
        "form",
        "Address",
        view.textbox("Street", "street", values["street"]),
        view.textbox("City", "city", values["city"]),
        view.textbox("Postcode", "postcode", values["postcode"]),
        button("Save address", "save", name),
    )
    return f"Address of {customer.name}", [form, link("Back to the account", f"/customers/{customer.key}")]


def order_page(view: View, number: str) -> Content | None:
    """One order: its facts and lines, a comment form, and a cancel button while it is open."""
    order = view.books.order(number)
    if order is None:
        return None
    name = f"order/{order.number}"
    buyer = link(view.books.customer_name(order.customer), f"/customers/{order.customer}")
    facts = [f"Date: {order.date}", f"Status: {order.status}", f"Grand total: {shown_money(order.total)}"]
    lines = [Row(None, (view.books.product_name(key), str(quantity)), ()) for key, quantity in order.lines]
    cancel = [button("Cancel order", "ask", name)] if order.status in ("Pending", "Processing") else []
    comment = section(
        "form",
        "Comment",
        view.textbox("Comment for the customer", "comment", view.books.values(name)["comment"]),
        button("Submit comment", "save", name),
    )
    content = [buyer, *[text_node(fact) for fact in facts], plain("Items ordered", ("Product", "Quantity"), lines)]
    return f"Order {order.number}", [*content, *cancel, comment]
