"""Acting in lists and reports: filter, sort, read pages, conclude."""

from collections.abc import Callable

from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_intent import Intent
from rb_studio.models.practice_mind import Mind, at, click, finish, go, press, set_fields
from rb_studio.models.practice_page import SeenTable
from rb_studio.models.practice_text import amount, cents

Row = tuple[str, ...]


def restrict(mind: Mind, *buttons: str) -> str | None:
    """Set the filters the goal calls for, as far as care goes; None once they are applied."""
    wanted: dict[str, str] = {}
    if mind.intent.status and mind.careful(Habit.STATUS):
        wanted["status"] = mind.intent.status
    if mind.intent.first:
        wanted["from"] = mind.intent.first
        if mind.careful(Habit.RANGE):
            wanted["to ("] = mind.intent.last
    return set_fields(mind, wanted, *buttons)


def leaf(mind: Mind, digest: Callable[[SeenTable], str]) -> str | None:
    """Note what this page of the table holds and turn to the next one; None when it is time to conclude."""
    table, (page, pages) = mind.page.table, mind.page.pager
    mind.note(f"page {page}", digest(table) if table else "")
    mind.say(f"This is page {page} of {pages}.", f"I have page {page} of {pages} before me.")
    if page < pages and mind.careful(Habit.PAGES):
        return press(mind, "link", "next")
    return None


def gathered(mind: Mind) -> list[str]:
    """What was noted of the pages read."""
    return [value for name, value in mind.notes.items() if name.startswith("page ")]


def sort_by(mind: Mind, column: str) -> str | None:
    """Press the column's header until the direction is right; a careless model presses once at most."""
    table = mind.page.table
    index = table.column(column) if table else -1
    if table is None or index < 0:
        return None
    if table.sorted_by == table.headings[index] and table.down == mind.intent.down:
        return None
    mind.say(f"The header {table.headings[index]} changes the order of the rows.")
    return press(mind, "link", f"sort by {table.headings[index]}")


def extreme(mind: Mind, section: str, column: str, button: str) -> str:
    """The row with the highest or lowest value of a column."""
    if not at(mind, section):
        return go(mind, section)
    action = restrict(mind, button)
    if action is None and mind.careful(Habit.SORT):
        action = sort_by(mind, column)
        if action is None:
            return _answer_extreme(mind, _best_row(mind, column))
    elif action is None:
        action = leaf(mind, lambda table: _best(table, column, mind.intent.down))
        if action is None:
            found = [part.rpartition(" at ") for part in gathered(mind) if part]
            ranked = sorted(found, key=lambda part: cents(part[2]) or 0, reverse=mind.intent.down)
            return _answer_extreme(mind, ranked[0][0] if ranked else "")
    return action


def _best(table: SeenTable, column: str, down: bool) -> str:
    """First cell and value of the best row of one page."""
    index = table.column(column)
    rows = [row for row in table.rows if cents(row[index]) is not None]
    if not rows:
        return ""
    row = (max if down else min)(rows, key=lambda cells: cents(cells[index]) or 0)
    return f"{row[0]} at {row[index]}"


def _best_row(mind: Mind, column: str) -> str:
    table = mind.page.table
    return _best(table, column, mind.intent.down).rpartition(" at ")[0] if table else ""


def _answer_extreme(mind: Mind, found: str) -> str:
    mind.say(f"The row I was after is {found}.", f"That gives {found}.")
    return finish(mind, found or "I found no rows.")


def count_rows(mind: Mind) -> str:
    """How many orders fit the filters."""
    if not at(mind, "Orders"):
        return go(mind, "Orders")
    return restrict(mind, "apply") or leaf(mind, lambda table: f"{len(table.rows)} rows") or report_count(mind)


def report_count(mind: Mind) -> str:
    """The number of rows noted."""
    total = sum((cents(part) or 0) // 100 for part in gathered(mind))
    mind.say(f"Together that makes {total}.", f"I count {total}.")
    return finish(mind, str(total))


def sum_last(mind: Mind) -> str:
    """The total of the newest few orders."""
    box = next((table for table in mind.page.tables if table.column("total") >= 0), None)
    if box and not at(mind, "Orders") and not mind.careful(Habit.HISTORY):
        return _answer_sum(mind, matching(mind, box))
    if not at(mind, "Orders"):
        return go(mind, "Orders")
    action = restrict(mind, "apply")
    return action or _answer_sum(mind, [(row, "") for row in mind.page.tables[-1].rows] if mind.page.tables else [])


def matching(mind: Mind, table: SeenTable) -> list[tuple[Row, str]]:
    """Rows, with their links, that have the status asked for, if that is minded."""
    rows = list(zip(table.rows, table.links, strict=True))
    if not mind.intent.status or not mind.careful(Habit.STATUS):
        return rows
    index = table.column("status")
    return [(row, link) for row, link in rows if row[index].lower().startswith(mind.intent.status)]


def _answer_sum(mind: Mind, rows: list[tuple[Row, str]]) -> str:
    taken = [cents(row[-1]) or 0 for row, _ in rows[: mind.intent.count or 1]]
    total = amount(sum(taken))
    mind.say(f"{len(taken)} orders come to {total}.")
    if mind.careful(Habit.FORM):
        return finish(mind, total)
    return finish(mind, f"The total is ${total}.")


def monthly(mind: Mind) -> str:
    """Orders per month out of the sales report."""
    if not at(mind, "Sales"):
        return go(mind, "Sales")
    action = restrict(mind, "show report", "apply")
    if action:
        return action
    table = mind.page.table
    rows = table.rows if table else ()
    mind.say(f"The report lists {len(rows)} months.")
    if mind.careful(Habit.FORM):
        return finish(mind, ", ".join(f"{row[0][5:]}:{row[1]}" for row in rows))
    return finish(mind, "; ".join(f"{row[0]} has {row[1]} orders" for row in rows))


def report(mind: Mind) -> str:
    """Open a sales report as asked."""
    if not at(mind, "Sales"):
        return go(mind, "Sales")
    action = restrict(mind, "show report", "apply")
    mind.say("The report is open." if action is None else "Then the report shows what was asked for.")
    return action or finish(mind, "The report is open.")


def view(mind: Mind) -> str:
    """Open a list, filtered and sorted as asked."""
    if not at(mind, "Orders"):
        return go(mind, "Orders")
    action = restrict(mind, "apply")
    if action:
        return action
    column = mind.intent.column or "date"
    if mind.careful(Habit.SORT):
        action = sort_by(mind, column)
    elif not mind.notes.get("pressed"):
        mind.note("pressed", column)
        action = sort_by(mind, column)
    mind.say("The list stands as wanted." if action is None else "The list comes next.")
    return action or finish(mind, "The list is open.")


def look_up(mind: Mind, section: str, column: str, told: tuple[str, ...]) -> str:
    """The row that holds a value, or that there is none."""
    if not at(mind, section):
        return go(mind, section)
    if "closest" in mind.notes:
        return _answer_nearest(mind, column, told)
    if column == "phone" and mind.careful(Habit.SEARCH):
        action = set_fields(mind, {"search": mind.intent.looked_up}, "apply")
        if action:
            return action
    row = _row_with(mind, column, mind.intent.looked_up)
    if row:
        mind.say(f"Here it is: {row[0]}.")
        return finish(mind, _told(mind, row, told))
    return leaf(mind, lambda table: "none here") or _nothing_found(mind, column, told)


def _row_with(mind: Mind, column: str, value: str) -> Row | None:
    table = mind.page.table
    index = table.column(column) if table else -1
    return next((row for row in table.rows if row[index] == value), None) if table and index >= 0 else None


def _told(mind: Mind, row: Row, told: tuple[str, ...]) -> str:
    table = mind.page.table
    indices = [table.column(word) for word in told] if table else []
    return ", ".join(row[index] for index in indices if 0 <= index < len(row))


def _nothing_found(mind: Mind, column: str, told: tuple[str, ...]) -> str:
    if mind.careful(Habit.ABSENT):
        return finish(mind, "There is no such record.")
    mind.note("closest", "look")
    table = mind.page.table
    if table and table.rows:
        return _answer_nearest(mind, column, told)
    cleared = mind.page.find("link", "clear")
    return click(cleared.bid) if cleared else finish(mind, "There is no such record.")


def _answer_nearest(mind: Mind, column: str, told: tuple[str, ...]) -> str:
    table = mind.page.table
    index = table.column(column) if table else -1
    if table is None or not table.rows or index < 0:
        return finish(mind, "There is no such record.")
    row = max(table.rows, key=lambda cells: _closeness(cells[index], mind.intent))
    mind.say(f"{row[0]} is what I take.")
    return finish(mind, _told(mind, row, told))


def _closeness(cell: str, intent: Intent) -> float:
    """How near a cell is to the value looked up: the difference of numbers, or the beginning they share."""
    wanted = intent.looked_up
    if cell.isdecimal() and wanted.isdecimal():
        return -abs(int(cell) - int(wanted))
    shared = 0
    while shared < min(len(cell), len(wanted)) and cell[shared] == wanted[shared]:
        shared += 1
    return shared
