"""What the practice model understands of a goal: aim and constraints, found by general keywords."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_text import MONTHS, month_days


class Aim(StrEnum):
    """Kinds of goals."""

    EXTREME = "extreme"
    BESTSELLER = "bestseller"
    NEWEST = "newest"
    COUNT = "count"
    COUNT_OF = "count of a customer"
    SUM = "sum"
    MENTIONS = "mentions"
    RATING = "rating"
    MONTHLY = "monthly"
    PHONE = "phone"
    STOCK = "stock"
    VIEW = "view"
    REPORT = "report"
    OPEN = "open"
    EDIT = "edit"
    ADDRESS = "address"
    CANCEL = "cancel"
    UNKNOWN = "unknown"


CHANGES = frozenset((Aim.EDIT, Aim.ADDRESS, Aim.CANCEL))
PAGES = frozenset((Aim.VIEW, Aim.REPORT, Aim.OPEN))


@dataclass(frozen=True, slots=True)
class Intent:
    """A goal as understood. Empty fields are constraints the goal does not have.

    `first` and `last` are ISO dates, `down` tells highest-first, `values` are (field, text) to set,
    `added` units to add, `form` is `MM:COUNT`, `bare` or empty.
    """

    aim: Aim
    name: str = ""
    status: str = ""
    first: str = ""
    last: str = ""
    column: str = ""
    down: bool = True
    count: int = 0
    word: str = ""
    looked_up: str = ""
    values: tuple[tuple[str, str], ...] = ()
    added: int = 0
    form: str = ""


_STATUS = re.compile(r"\b(completed?|pending|processing|cancell?ed)\b", re.IGNORECASE)
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_MONTH = re.compile(rf"\b({'|'.join(MONTHS)})\s+(\d{{4}})\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:to|is|now at|at)\s+(\d+\s+[^,]+),\s*([^,]+),\s*(\w[\w -]*?)[.!]?\s*$")
_QUOTED = re.compile(r"[\"“'‘]([^\"”'’]+)[\"”'’]")
_CAPITALS = re.compile(r"\b[A-Z][a-zà-ÿ]+(?:[ ][A-Z][a-zà-ÿ]*)+")
_NOT_NAMES = frozenset(
    [
        "Open",
        "Show",
        "Set",
        "Find",
        "Cancel",
        "Give",
        "Tell",
        "Please",
        "Change",
        "Update",
        "List",
        "Count",
        "Create",
        "Which",
        "What",
        "Who",
        "How",
        "Add",
        "Name",
        "Among",
        "Complete",
        "Completed",
        "Pending",
        "Processing",
        "Canceled",
        "Cancelled",
        "Orders",
        "Order",
        "Customer",
        "Product",
        "The",
        "For",
        "In",
        "On",
        "Reduce",
        "Raise",
        "Reply",
        "Answer",
        "Grand",
        "Total",
        "Sales",
        "Report",
        "I",
        "We",
        "Get",
        "Look",
        "Move",
        "Make",
    ]
)
_LOWEST = re.compile(r"\b(lowest|smallest|least|cheapest|minimum|worst|ascending|low to high)\b", re.IGNORECASE)
_COLUMNS = (
    ("Grand total", r"grand totals?|amount|value"),
    ("Items", r"items?"),
    ("Date", r"dates?"),
)
_WORDS = {
    "cancel": r"\b(cancel|call off)\b",
    "price": r"\b(price|costs?)\b",
    "arrived": r"\b(arrived|received|additional|restock|more units|came in stock)\b",
    "mention": r"\b(mentions?|mentioning|contains?|containing|appears?|term)\b",
    "rating": r"\b(rat(ed?|ing)|reviewer|unhappiest)\b",
    "monthly": r"\b(per month|monthly|each month|by month)\b",
    "sold": r"\b(sold|best-?sell\w*)\b",
    "phone": r"\bphone\b",
    "stock": r"\b(stock|units left|in store)\b",
    "sku": r"\bsku\b",
    "report": r"\breport\b",
    "account": r"\baccount\b",
    "view": r"\b(show|open|display|list)\b.*\borders\b",
    "sorted": r"\b(sort(ed)?|descending|ascending|high to low|low to high)\b",
    "sum": r"\b(sum|add up|total payment|in total|altogether)\b",
    "extreme": r"\b(highest|largest|biggest|lowest|smallest|most expensive|cheapest)\b",
    "newest": r"\b(most recent|latest|newest|last)\b",
    "count": r"\b(how many|count|number of)\b",
    "bare": r"\b(only|just|plain|nothing else)\b",
}
_HAS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _WORDS.items()}


@lru_cache(maxsize=4096)
def understand(goal: str) -> Intent:
    """Read a goal. Only its words count; what is not understood gets the aim `unknown`."""
    address = _ADDRESS.search(goal)
    rest = goal[: address.start()] if address else goal
    has = {name for name, pattern in _HAS.items() if pattern.search(goal)}
    status = _STATUS.search(goal)
    first, last = _period(goal)
    quoted = _QUOTED.search(goal) if "mention" in has else None
    intent = Intent(
        aim=Aim.UNKNOWN,
        name=_name(rest),
        status=_stem(status[1]) if status else "",
        first=first,
        last=last,
        column=next((column for column, words in _COLUMNS if re.search(rf"\b({words})\b", goal, re.IGNORECASE)), ""),
        down=not _LOWEST.search(goal),
        count=_number(r"\b(\d{1,2})\b", goal),
        word=quoted[1] if quoted else "",
        looked_up=_looked_up(goal, has),
        values=_values(goal, address),
        added=_number(r"\b(\d+)\s+(?:more|additional|new|extra)?\s*units", goal),
        form="MM:COUNT" if "MM:COUNT" in goal else "bare" if "bare" in has else "",
    )
    return _with_aim(intent, has, address is not None)


def _with_aim(intent: Intent, has: set[str], address: bool) -> Intent:
    for aim, fits in (
        (Aim.ADDRESS, address),
        (Aim.CANCEL, "cancel" in has),
        (Aim.EDIT, bool(intent.name) and "price" in has and bool(intent.values)),
        (Aim.EDIT, bool(intent.name) and "arrived" in has),
        (Aim.MENTIONS, bool(intent.word)),
        (Aim.RATING, "rating" in has),
        (Aim.MONTHLY, "monthly" in has),
        (Aim.BESTSELLER, "sold" in has),
        (Aim.PHONE, "phone" in has),
        (Aim.STOCK, "stock" in has and "sku" in has),
        (Aim.REPORT, "report" in has),
        (Aim.VIEW, {"view", "sorted"} <= has),
        (Aim.SUM, {"sum", "newest"} <= has),
        (Aim.EXTREME, "extreme" in has),
        (Aim.NEWEST, "newest" in has and bool(intent.name)),
        (Aim.OPEN, "account" in has and bool(intent.name)),
        (Aim.COUNT_OF, "count" in has and bool(intent.name)),
        (Aim.COUNT, "count" in has),
    ):
        if fits:
            return replace(intent, aim=aim, form="" if aim in CHANGES | PAGES else intent.form)
    return intent


def _stem(word: str) -> str:
    """The part of a status that its spellings share."""
    return word.lower()[:6]


def _period(goal: str) -> tuple[str, str]:
    days = _DAY.findall(goal)
    if len(days) >= 2:
        return min(days[:2]), max(days[:2])
    months = _MONTH.findall(goal)
    if not months:
        return "", ""
    (name1, year1), (name2, year2) = months[0], months[-1]
    begin, end = MONTHS[name1.capitalize()], MONTHS[name2.capitalize()]
    return f"{year1}-{begin:02d}-01", f"{year2}-{end:02d}-{month_days(int(year2), end)}"


def _name(text: str) -> str:
    """The longest run of capitalised words that is no part of the wording."""
    runs = []
    for match in _CAPITALS.finditer(_MONTH.sub(" ", text)):
        words = match[0].split()
        while words and words[0] in _NOT_NAMES:
            words.pop(0)
        while words and words[-1] in _NOT_NAMES:
            words.pop()
        if len(words) > 1:
            runs.append(" ".join(words))
    return max(runs, key=len, default="")


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def _looked_up(goal: str, has: set[str]) -> str:
    if "phone" in has:
        found = re.search(r"\+?\d[\d ()-]{4,}\d", goal)
        return found[0] if found else ""
    if "stock" in has:
        return str(_number(r"\b(\d+)\s+units", goal) or _number(r"\b(\d+)\b", goal))
    return ""


def _values(goal: str, address: re.Match[str] | None) -> tuple[tuple[str, str], ...]:
    if address:
        return (("Street", address[1].strip()), ("City", address[2].strip()), ("Postcode", address[3].strip()))
    price = re.search(r"\b(?:to|is|at|be)\s+\$?(\d+(?:\.\d+)?)", goal)
    return (("Price", price[1]),) if price else ()


_CALLS: dict[Aim, tuple[Habit, ...]] = {
    Aim.EXTREME: (Habit.SORT,),
    Aim.BESTSELLER: (Habit.SORT,),
    Aim.NEWEST: (Habit.HISTORY, Habit.EXACT),
    Aim.COUNT: (Habit.PAGES,),
    Aim.COUNT_OF: (Habit.HISTORY, Habit.PAGES, Habit.EXACT),
    Aim.SUM: (Habit.HISTORY,),
    Aim.MENTIONS: (Habit.REVIEWS, Habit.EXACT),
    Aim.RATING: (Habit.REVIEWS, Habit.EXACT),
    Aim.PHONE: (Habit.SEARCH,),
    Aim.STOCK: (Habit.PAGES,),
    Aim.VIEW: (Habit.SORT,),
    Aim.OPEN: (Habit.EXACT,),
    Aim.EDIT: (Habit.SAVE, Habit.EXACT),
    Aim.ADDRESS: (Habit.SAVE, Habit.EXACT),
    Aim.CANCEL: (Habit.SAVE, Habit.HISTORY, Habit.EXACT),
}


def called_for(intent: Intent) -> tuple[Habit, ...]:
    """The careful habits that a goal's constraints call for."""
    habits = list(_CALLS.get(intent.aim, ()))
    if intent.status:
        habits.append(Habit.STATUS)
    if intent.first:
        habits.append(Habit.RANGE)
    if intent.form:
        habits.append(Habit.FORM)
    return tuple(habits)
