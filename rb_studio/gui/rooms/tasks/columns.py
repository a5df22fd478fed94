"""The columns of the table of tasks: what each shows, sorts by and explains."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rb_studio.store.task_list import TaskLine


DASH = "\u2013"
LONGEST = 300
TRUTHS = {True: "success", False: "failure", None: "unknown"}
DIFFICULTIES = {"always": "always solved", "mixed": "mixed", "never": "never solved"}


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is what the store sorts by; `status` gives the icon that goes with the word."""

    name: str
    title: str
    text: "Callable[[TaskLine], str]"
    about: str
    status: "Callable[[TaskLine], str | None]" = lambda _line: None
    numeric: bool = False
    width: int = 14


def one_line(text: str) -> str:
    """A text without line breaks, cut where no table shows more."""
    flat = " ".join(text[: LONGEST * 2].split())
    return flat if len(flat) <= LONGEST else flat[:LONGEST] + "\u2026"


def _truth(line: "TaskLine") -> str | None:
    return TRUTHS[line.truth] if line.tried else None


def _solved(line: "TaskLine") -> str:
    return f"{line.solved} of {line.graded}" if line.graded else DASH


COLUMNS = (
    Column("ordinal", "#", lambda line: str(line.ordinal), "Place in the suite", numeric=True, width=6),
    Column("text", "Task", lambda line: one_line(line.text), "What the agent is asked to do", width=48),
    Column(
        "difficulty",
        "Difficulty",
        lambda line: DIFFICULTIES.get(line.difficulty or "", DASH),
        "How often its graded rollouts solved it; only mixed tasks can show a difference",
        width=13,
    ),
    Column("solved", "Solved", _solved, "Solved rollouts of all graded ones", numeric=True, width=11),
    Column(
        "judged",
        "Last judged",
        lambda line: line.judged or DASH,
        "What a person or the judge says of the newest rollout",
        lambda line: line.judged,
        width=12,
    ),
    Column(
        "truth",
        "Last true",
        lambda line: _truth(line) or DASH,
        "What the environment says of the newest rollout",
        _truth,
        width=11,
    ),
    Column("tried", "Tried", lambda line: str(line.tried), "Rollouts of all runs", numeric=True, width=7),
    Column("template", "Template", lambda line: line.template or DASH, "Tasks of one template differ in details only"),
    Column(
        "siblings",
        "Sibling",
        lambda line: f"{line.place} of {line.kin}" if line.kin else DASH,
        "Which of the tasks of its template it is: memory can carry over from the earlier ones",
        numeric=True,
        width=10,
    ),
    Column("site", "Site", lambda line: line.site or DASH, "Where the task plays", width=9),
)
HIDDEN_AT_FIRST = frozenset({"solved"})
