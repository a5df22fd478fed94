"""A player that acts by labels, and honest scripts that solve every template from what the pages show."""

import calendar
import re
from collections.abc import Callable

import pytest

from rb_studio.environments.practice import PracticeShop, practice_suite
from rb_studio.environments.practice.suite import generate_suite
from rb_studio.records.task import Grading, Task
from rb_studio.records.trajectory import Observation

FROM, TO = "From (YYYY-MM-DD)", "To (YYYY-MM-DD)"
MONTHS = dict(
    zip(
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        range(1, 13),
        strict=True,
    )
)


class Player:
    """Acts by labels instead of ids; every action must succeed."""

    def __init__(self, task: Task, grading: Grading) -> None:
        self.task, self.grading = task, grading
        self.shop = PracticeShop(grading)
        self.page: Observation = self.shop.reset(task, 0)

    def do(self, action: str) -> str:
        self.page = self.shop.step(action)
        assert self.page.error is None, self.page.error
        return self.page.text

    def bid(self, role: str, name: str) -> str:
        found = re.search(rf"\[(\d+)\] {role} {re.escape(repr(name))}", self.page.text)
        assert found, f"no {role} {name!r} on\n{self.page.text}"
        return found[1]

    def click(self, role: str, name: str) -> str:
        return self.do(f"click('{self.bid(role, name)}')")

    def fill(self, name: str, text: str) -> str:
        return self.do(f"fill('{self.bid('textbox', name)}', {text!r})")

    def value(self, name: str) -> str:
        found = re.search(rf"textbox {re.escape(repr(name))} value='([^']*)'", self.page.text)
        assert found
        return found[1]

    def select(self, name: str, label: str) -> str:
        return self.do(f"select_option('{self.bid('combobox', name)}', {label!r})")

    def answer(self, text: str) -> None:
        self.do(f"send_msg_to_user({text!r})")

    def success(self) -> bool:
        return bool(self.shop.grade().success)

    def rows(self) -> list[list[str]]:
        """Cells of all rows of the last table, over all pages from here on."""
        rows = self._shown()
        while "link 'Next page'" in self.page.text:
            self.click("link", "Next page")
            rows += self._shown()
        return rows

    def _shown(self) -> list[list[str]]:
        table = self.page.text.rpartition("] table ")[2]
        blocks = re.split(r"\] row ''", table)[2:]
        return [re.findall(r"gridcell '([^']*)'", block) for block in blocks]

    def open_named(self, menu: str, name: str) -> None:
        self.click("link", menu)
        field = "Search by name or SKU" if menu == "Products" else "Search by name, e-mail or phone"
        self.fill(field, name)
        self.click("button", "Apply filters")
        self.click("link", name)

    def show_all_reviews(self) -> None:
        found = re.search(r"button '(Show all reviews \(\d+\))'", self.page.text)
        assert found
        self.click("button", found[1])

    def filter_orders(self, status: str = "", first: str = "", last: str = "") -> None:
        self.click("link", "Orders")
        if status:
            self.select("Status", status)
        if first:
            self.fill(FROM, first)
            self.fill(TO, last)
        self.click("button", "Apply filters")


def _cents(text: str) -> int:
    return round(float(text.strip("$")) * 100)


def _words(player: Player, pattern: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, player.task.text)
    assert found, player.task.text
    return found.groups()


def extreme_order(p: Player) -> None:
    status, which = _words(p, r"Which order with status (\w+) has the (\w+) grand total\? .*")
    p.filter_orders(status)
    ranked = sorted(p.rows(), key=lambda row: _cents(row[5]))
    p.answer(ranked[-1 if which == "highest" else 0][0])


def newest_order_total(p: Player) -> None:
    status, name = _words(p, r"What is the grand total of the most recent (\w+) order of customer (.*)\?")
    p.open_named("Customers", name)
    p.click("link", "All orders of this customer")
    p.answer(next(row for row in p.rows() if row[3] == status)[5])


def count_customer_orders(p: Player) -> None:
    (name,) = _words(p, r"How many orders has customer (.*) placed in .*")
    p.open_named("Customers", name)
    p.click("link", "All orders of this customer")
    p.answer(str(len(p.rows())))


def count_status_period(p: Player) -> None:
    p.filter_orders(*_words(p, r"How many (\w+) orders were placed from (\S+) to (\S+)\?"))
    p.answer(f"{len(p.rows())} orders")


def sum_of_last_orders(p: Player) -> None:
    count, status = _words(p, r"What is the total payment amount of the last (\d) (\w+) orders\? .*")
    p.filter_orders(status)
    total = sum(_cents(row[5]) for row in p.rows()[: int(count)])
    p.answer(f"{total / 100:.2f}")


def review_mentions(p: Player) -> None:
    name, word = _words(p, r'How many reviews of (.*) mention the word "(\w+)"\?')
    p.open_named("Products", name)
    p.show_all_reviews()
    p.answer(str(len(re.findall(rf"StaticText '[^']*{word}[^']*'", p.page.text))))


def harshest_reviewer(p: Player) -> None:
    (name,) = _words(p, r"Which reviewer gave (.*) the lowest rating\? .*")
    p.open_named("Products", name)
    p.show_all_reviews()
    ratings = re.findall(r"Rating: (\d) of 5", p.page.text)
    names = re.findall(r"StaticText 'by (\w+)'", p.page.text)
    p.answer(min(zip(ratings, names, strict=True))[1])


def bestseller(p: Player) -> None:
    first, last = _words(p, r"Which product sold the most units from (\S+) to (\S+)\?")
    p.click("link", "Bestsellers report")
    p.fill(FROM, first)
    p.fill(TO, last)
    p.click("button", "Show report")
    p.click("link", "Sort by Units")
    p.click("link", "Sort by Units")
    p.answer(p.rows()[0][0])


def monthly_counts(p: Player) -> None:
    status, month1, year1, month2, year2 = _words(
        p, r"List the number of (\w+) orders per month from (\w+) (\d+) to (\w+) (\d+) in .*"
    )
    p.click("link", "Sales report")
    p.fill(FROM, f"{year1}-{MONTHS[month1]:02d}-01")
    last = calendar.monthrange(int(year2), MONTHS[month2])[1]
    p.fill(TO, f"{year2}-{MONTHS[month2]:02d}-{last}")
    p.select("Order status", status)
    p.click("button", "Show report")
    p.answer(", ".join(f"{row[0][5:]}:{row[1]}" for row in p.rows()))


def customer_by_phone(p: Player) -> None:
    (phone,) = _words(p, r"Find .* with the phone number ([\d-]+)\.")
    p.click("link", "Customers")
    p.fill("Search by name, e-mail or phone", phone)
    p.click("button", "Apply filters")
    found = p.rows()
    p.answer(f"{found[0][0]}, {found[0][1]}" if found else "There is no such customer.")


def sku_by_stock(p: Player) -> None:
    (amount,) = _words(p, r"What is the SKU of the product that has exactly (\d+) units in stock\?")
    p.click("link", "Products")
    found = [row[1] for row in p.rows() if row[4] == amount]
    p.answer(found[0] if found else "N/A")


def orders_view(p: Player) -> None:
    status, title, way = _words(p, r"Show the list of (\w+) orders sorted by (.*) from (.*)\.")
    p.filter_orders(status)
    for _ in range(2 if way == "high to low" else 1):
        p.click("link", {"grand total": "Sort by Grand total", "date": "Sort by Date"}.get(title, "Sort by Items"))


def sales_report(p: Player) -> None:
    status, first, last = _words(p, r"Create a sales report of (\w+) orders from (\S+) to (\S+)\.")
    p.click("link", "Sales report")
    p.select("Order status", status)
    p.fill(FROM, first)
    p.fill(TO, last)
    p.click("button", "Show report")


def open_account(p: Player) -> None:
    p.open_named("Customers", *_words(p, r"Open the account page of customer (.*)\."))


def set_price(p: Player) -> None:
    name, price = _words(p, r"Set the price of (.*) to (\S+)\.")
    p.open_named("Products", name)
    p.fill("Price", price)
    p.click("button", "Save product")


def restock(p: Player) -> None:
    units, name = _words(p, r"(\d+) more units of (.*) arrived, .*")
    p.open_named("Products", name)
    p.fill("Stock", str(int(p.value("Stock")) + int(units)))
    p.click("button", "Save product")


def move_customer(p: Player) -> None:
    name, street, city, postcode = _words(p, r"Change the address of customer (.*) to (.*), (.*), (\d+)\.")
    p.open_named("Customers", name)
    p.click("link", "Edit address")
    p.fill("Street", street)
    p.fill("City", city)
    p.fill("Postcode", postcode)
    p.click("button", "Save address")


def cancel_order(p: Player) -> None:
    (name,) = _words(p, r"Cancel the most recent Pending order of customer (.*)\.")
    p.open_named("Customers", name)
    p.click("link", "All orders of this customer")
    number = next(row for row in p.rows() if row[3] == "Pending")[0]
    while f"link '{number}'" not in p.page.text:
        p.click("link", "Previous page")
    p.click("link", number)
    p.click("button", "Cancel order")
    p.click("button", "OK")


SCRIPTS: dict[str, Callable[[Player], None]] = {
    name.replace("_", "-"): script
    for name, script in list(globals().items())
    if callable(script) and getattr(script, "__module__", None) == __name__ and not name.startswith("_")
}


@pytest.fixture
def player() -> Callable[[int], Player]:
    """Opens the shop for a task of the shipped suite."""
    suite = practice_suite()
    return lambda ordinal: Player(suite.tasks[ordinal], suite.gradings[ordinal])


@pytest.fixture
def first_of() -> Callable[[str], Player]:
    """Opens the shop for the first task of a template."""

    def open_first(template: str) -> Player:
        suite = practice_suite()
        task = next(task for task in suite.tasks if task.template == template)
        return Player(task, suite.gradings[task.ordinal])

    return open_first


@pytest.fixture
def solve() -> Callable[[Player], None]:
    """Solves the player's task from the pages alone."""
    return lambda player: SCRIPTS[str(player.task.template)](player)


@pytest.fixture
def dressed() -> Callable[..., list[Player]]:
    """Players for all tasks of a generated suite."""

    def open_all(**dress: object) -> list[Player]:
        suite = generate_suite(**dress)
        return [Player(task, grading) for task, grading in zip(suite.tasks, suite.gradings, strict=True)]

    return open_all
