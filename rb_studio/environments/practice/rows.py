"""How records stand in tables."""

from rb_studio.environments.practice.books import Books
from rb_studio.environments.practice.data import Customer, Order, Product
from rb_studio.environments.practice.reports import shown_money
from rb_studio.environments.practice.tables import Column, Row

ORDER_COLUMNS = (
    Column("Order", "number"),
    Column("Date", "date"),
    Column("Customer", "customer"),
    Column("Status", "status"),
    Column("Items", "items"),
    Column("Grand total", "total"),
)
PRODUCT_COLUMNS = (
    Column("Product", "name"),
    Column("SKU", "sku"),
    Column("Category", "category"),
    Column("Price", "price"),
    Column("Stock", "stock"),
    Column("Status", "status"),
)
CUSTOMER_COLUMNS = (
    Column("Customer", "name"),
    Column("E-mail", "email"),
    Column("Phone", "phone"),
    Column("Group", "group"),
    Column("Since", "since"),
)


def order_row(books: Books, order: Order) -> Row:
    """An order as a row of every table of orders."""
    customer = books.customer_name(order.customer)
    cells = (order.number, order.date, customer, order.status, str(order.items), shown_money(order.total))
    return Row(f"/orders/{order.number}", cells, (*cells[:4], order.items, order.total))


def product_row(product: Product) -> Row:
    """A product as a row of the products table."""
    texts = (product.name, product.sku, product.category)
    cells = (*texts, shown_money(product.price), str(product.stock), product.status)
    return Row(f"/products/{product.key}", cells, (*texts, product.price, product.stock, product.status))


def customer_row(customer: Customer) -> Row:
    """A customer as a row of the customers table."""
    cells = (customer.name, customer.email, customer.phone, customer.group, customer.since)
    return Row(f"/customers/{customer.key}", cells, cells)
