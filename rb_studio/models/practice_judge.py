"""The judging practice model: fixed rules on goal, thoughts, actions and the last pages.

It errs because of what it checks: the form of an answer and whether a short list was complete, for
instance, it does not look at, and a lucky guess it takes for a failure.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rb_studio.models.practice_behaviours import shown
from rb_studio.models.practice_habits import Behaviour, Habit
from rb_studio.models.practice_intent import CHANGES, PAGES, Aim, Intent, understand
from rb_studio.models.practice_page import SeenPage, see
from rb_studio.models.practice_talk import ShownStep, part, read_steps

_WEB_ACTION = re.compile(r"^(click|fill|select_option|goto|go_back|send_msg_to_user)\(")
_ABSENT = re.compile(r"\bno such\b|\bnot exist\b|\bnot found\b|\bcould not\b|\bcannot\b|\bn/a\b", re.IGNORECASE)
_PAGE_MARK = re.compile(r"^### After step \d+\n", re.MULTILINE)
_ROWS = frozenset((Aim.COUNT, Aim.COUNT_OF))
_RANKED = frozenset((Aim.EXTREME, Aim.BESTSELLER))
_LOOKED_UP = frozenset((Aim.PHONE, Aim.STOCK))
_REVIEWS = frozenset((Aim.MENTIONS, Aim.RATING))


@dataclass(frozen=True, slots=True)
class Case:
    """What the judge has before it. `pages` are the last ones, the final page last."""

    intent: Intent
    steps: Sequence[ShownStep]
    behaviours: dict[Behaviour, list[int]]
    pages: Sequence[SeenPage]
    answer: str

    @property
    def gives_up(self) -> bool:
        return bool(_ABSENT.search(self.answer))

    def read_to_the_end(self) -> bool:
        page, pages = self.pages[-1].pager if self.pages else (1, 1)
        return page == pages or Habit.PAGES in self.behaviours


def judge(text: str) -> str:
    """Thoughts and status on the case that a judge's prompt describes."""
    case = _case(text)
    last = case.steps[-1].number if case.steps else 0
    if case.intent.aim is Aim.UNKNOWN or not any(_WEB_ACTION.match(step.action) for step in case.steps):
        return "Thoughts: I am the practice model; I can only review work in the practice shop.\nStatus: unknown"
    for check in _CHECKS:
        complaint = check(case)
        if complaint:
            return f"Thoughts: {complaint} [step {last}].\nStatus: failure"
    cited = sorted({number for numbers in case.behaviours.values() for number in numbers} | {last})
    evidence = ", ".join(f"[step {number}]" for number in cited)
    return f"Thoughts: The steps do what the goal asks and the last page agrees: {evidence}.\nStatus: success"


def _case(text: str) -> Case:
    goal = part(text, "Goal:", "\n## What the agent", "\n## The last pages")
    steps = read_steps(part(text, "## What the agent thought and did", "\n## The last pages", "\n## Final message"))
    pages = part(text, "## The last pages", "\n## Final message")
    answer = part(text, "## Final message")
    shown_pages = [see(page.strip("\n")) for page in _PAGE_MARK.split(pages)[1:]]
    return Case(understand(goal), steps, shown(steps), shown_pages, "" if answer == "(none)" else answer)


def _message(case: Case) -> str | None:
    if not case.answer and case.intent.aim not in CHANGES | PAGES:
        return "The goal asks for information, but no final message was sent"
    return None


def _giving_up(case: Case) -> str | None:
    if not case.gives_up:
        return None
    if case.intent.aim not in _LOOKED_UP:
        return "The message gives up on something the goal treats as given"
    searched = Habit.SEARCH in case.behaviours or case.read_to_the_end()
    return None if searched else "It is called missing although it has not been looked for on all pages"


def _nearest(case: Case) -> str | None:
    if case.intent.aim not in _LOOKED_UP or case.gives_up:
        return None
    wanted = case.intent.looked_up
    rows = [row for page in case.pages if page.table for row in page.table.rows]
    if any(wanted in row for row in rows):
        return None
    return "What was asked for does not stand on the pages; the nearest match was reported"


def _ranking(case: Case) -> str | None:
    if case.intent.aim not in _RANKED or Habit.SORT in case.behaviours or case.read_to_the_end():
        return None
    return "An extreme is asked for, but the table was neither sorted nor read beyond the first page"


def _rows(case: Case) -> str | None:
    if case.intent.aim not in _ROWS or case.read_to_the_end():
        return None
    return "The count covers the first page only; the other pages were not read"


def _status(case: Case) -> str | None:
    if not case.intent.status or Habit.STATUS in case.behaviours:
        return None
    fields = [page.field("status") for page in case.pages]
    if any(field and (field.value or "").lower().startswith(case.intent.status) for field in fields):
        return None
    return "The goal names an order status, but nothing was filtered by it"


def _dates(case: Case) -> str | None:
    if not case.intent.first or not case.pages:
        return None
    first, last = case.pages[-1].field("from"), case.pages[-1].field("to (")
    if first is None or last is None:
        return None
    if (first.value, last.value) == (case.intent.first, case.intent.last):
        return None
    return "The dates on the last page are not the range the goal asks for"


def _all_reviews(case: Case) -> str | None:
    if case.intent.aim not in _REVIEWS or Habit.REVIEWS in case.behaviours:
        return None
    more = case.pages[-1].find("button", "show all") if case.pages else None
    return "Only a part of the reviews was visible when they were judged" if more else None


def _saved(case: Case) -> str | None:
    if case.intent.aim not in CHANGES or Habit.SAVE in case.behaviours:
        return None
    if any(word in page.alert.lower() for page in case.pages for word in ("you saved", "you canceled")):
        return None
    return "The change was entered but neither saved nor confirmed"


def _named(case: Case) -> str | None:
    name = case.intent.name
    if not name:
        return None
    for page in case.pages:
        title = page.title.removeprefix("Address of ")
        if title != name and title.split()[:1] == name.split()[:1] and len(title.split()) > 1:
            return "The page that was used is of a similar name, not of the one in the goal"
    return None


def _view(case: Case) -> str | None:
    if case.intent.aim is not Aim.VIEW or not case.pages:
        return None
    table = case.pages[-1].table
    if table and table.sorted_by.lower().startswith(case.intent.column.lower()) and table.down == case.intent.down:
        return None
    return "The list on the last page is not sorted as the goal asks"


_CHECKS: tuple[Callable[[Case], str | None], ...] = (
    _message,
    _giving_up,
    _nearest,
    _named,
    _ranking,
    _rows,
    _status,
    _dates,
    _all_reviews,
    _saved,
    _view,
)
