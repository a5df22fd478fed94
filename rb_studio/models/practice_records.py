"""Acting on one record: find it, read or change it, follow it to its orders."""

import re

from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_intent import Aim
from rb_studio.models.practice_lists import leaf, matching, report_count
from rb_studio.models.practice_mind import Mind, at, click, finish, go, press, set_fields
from rb_studio.models.practice_page import SeenTable
from rb_studio.models.practice_text import cents

_RATING = re.compile(r"(\d)\s*(?:of|/|out of)\s*5", re.IGNORECASE)
_AUTHOR = re.compile(r"^by\s+(\S+)", re.IGNORECASE)
_WRITTEN = ("saved", "canceled")


def find_record(mind: Mind, section: str) -> str | None:
    """The next action towards the named record; None once it is open."""
    if mind.notes.get("opened"):
        return None
    if not at(mind, section):
        return go(mind, section)
    searched = mind.careful(Habit.SEARCH)
    if searched:
        action = set_fields(mind, {"search": mind.intent.name}, "apply")
        if action:
            return action
    table = mind.page.table
    index = _choose(mind, table, searched) if table else None
    if table and index is not None:
        mind.note("opened", table.rows[index][0])
        mind.say(f"I open {table.rows[index][0]}.")
        return click(table.links[index])
    action = press(mind, "link", "next")
    mind.say("Not among these rows, I go on." if action else "The name does not turn up.")
    return action or finish(mind, f"There is no such record as {mind.intent.name}.")


def _choose(mind: Mind, table: SeenTable, searched: bool) -> int | None:
    """The row to open: the very name, or carelessly the first that looks like it."""
    wanted = mind.intent.name
    if not table.rows:
        return None
    if mind.careful(Habit.EXACT):
        return next((i for i, row in enumerate(table.rows) if row[0] == wanted), None)
    if searched:
        return 0
    first = wanted.split()[0]
    return next((i for i, row in enumerate(table.rows) if row[0].split()[:1] == [first]), None)


def open_record(mind: Mind) -> str:
    """Open a customer's account."""
    return find_record(mind, "Customers") or finish(mind, "The page is open.")


def orders_of(mind: Mind) -> str | SeenTable:
    """An action towards the customer's orders, or the table to take them from."""
    action = find_record(mind, "Customers")
    if action:
        return action
    if not at(mind, "Orders") and mind.careful(Habit.HISTORY):
        link = mind.page.find("link", "all orders")
        return click(link.bid) if link else go(mind, "Orders")
    table = mind.page.table
    return table if table else finish(mind, "There are no orders.")


def count_orders(mind: Mind) -> str:
    """How many orders a customer has placed."""
    found = orders_of(mind)
    if isinstance(found, str):
        return found
    return leaf(mind, lambda table: f"{len(table.rows)} rows") or report_count(mind)


def newest_total(mind: Mind) -> str:
    """The total of a customer's newest order."""
    found = orders_of(mind)
    if isinstance(found, str):
        return found
    rows = matching(mind, found)
    if not rows:
        return _next_or_none(mind)
    row = rows[0][0]
    mind.say(f"The newest one is {row[0]} with {row[-1]}.")
    return finish(mind, row[-1].lstrip("$"))


def _next_or_none(mind: Mind) -> str:
    action = press(mind, "link", "next page")
    mind.say("It may stand further back." if action else "None of them fits.")
    return action or finish(mind, "There is no such order.")


def cancel(mind: Mind) -> str:
    """Cancel a customer's newest order."""
    if mind.notes.get("order") or _written(mind):
        return _cancel_open_order(mind)
    found = orders_of(mind)
    if isinstance(found, str):
        return found
    rows = matching(mind, found)
    if not rows:
        return _next_or_none(mind)
    row, link = rows[0]
    mind.note("order", row[0])
    mind.say(f"I open order {row[0]}.")
    return click(link)


def _cancel_open_order(mind: Mind) -> str:
    if _written(mind):
        return finish(mind, "The order is canceled.")
    if mind.page.dialog:
        action = press(mind, "button", "ok", "yes", "confirm") if mind.careful(Habit.SAVE) else None
        return action or finish(mind, "I canceled the order.")
    action = press(mind, "button", "cancel")
    mind.say("I press the button for it." if action else "This order offers no way to do it.")
    return action or finish(mind, "The order cannot be canceled.")


def _written(mind: Mind) -> bool:
    """Whether the page tells that the change of this record took effect, or the notes say so."""
    record = mind.notes.get("opened", "")
    if any(word in mind.page.alert.lower() for word in _WRITTEN) and "not " not in mind.page.alert.lower():
        mind.note("written", record)
        mind.say("The message tells that it took effect.")
    return bool(record) and mind.notes.get("written") == record


def reviews(mind: Mind) -> str:
    """Read a product's reviews for a word or for the lowest rating."""
    action = find_record(mind, "Products")
    if action:
        return action
    more = mind.page.find("button", "show all", "more reviews")
    if more and mind.careful(Habit.REVIEWS):
        return click(more.bid)
    if mind.intent.aim is Aim.MENTIONS:
        count = sum(mind.intent.word.lower() in text.lower() for text in mind.page.texts())
        mind.say(f"The word stands in {count} of them.")
        return finish(mind, str(count))
    return _answer_rating(mind)


def _answer_rating(mind: Mind) -> str:
    ratings: list[tuple[int, str]] = []
    rating = 0
    for text in mind.page.texts():
        stars, author = _RATING.search(text), _AUTHOR.match(text)
        rating = int(stars[1]) if stars else rating
        if author and rating:
            ratings.append((rating, author[1]))
    if not ratings:
        return finish(mind, "There are no opinions on it.")
    stars_, who = min(ratings, key=lambda pair: pair[0])
    mind.say(f"{who} gave {stars_}.")
    if mind.careful(Habit.FORM):
        return finish(mind, who)
    return finish(mind, f"It was {who}, who gave {stars_} of 5.")


def edit(mind: Mind) -> str:
    """Change a field of a product and save it."""
    action = find_record(mind, "Products")
    if action:
        return action
    if not mind.intent.values and mind.notes.get("of") != mind.notes["opened"]:
        stock = mind.page.field("stock")
        before = (cents(stock.value or "") or 0) // 100 if stock else 0
        mind.note("of", mind.notes["opened"])
        mind.note("target", str(before + mind.intent.added))
        mind.say(f"It was {before} before.")
    wanted = dict(mind.intent.values) or {"Stock": mind.notes["target"]}
    return _change(mind, wanted)


def move(mind: Mind) -> str:
    """Change a customer's address and save it."""
    action = find_record(mind, "Customers")
    if action:
        return action
    if mind.page.field("street") is None and not _written(mind):
        return press(mind, "link", "edit address", "address") or finish(mind, "The address cannot be changed here.")
    return _change(mind, dict(mind.intent.values))


def _change(mind: Mind, wanted: dict[str, str]) -> str:
    if _written(mind):
        return finish(mind, "The change is made.")
    action = set_fields(mind, wanted)
    if action:
        return action
    if mind.careful(Habit.SAVE) and not mind.page.alert:
        return press(mind, "button", "save") or finish(mind, "The form cannot be sent.")
    return finish(mind, "The change is made.")
