"""The columns of the rollout list."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.gui.rooms.trajectories.plain import DASH, money, number, readable, seconds
from rb_studio.store.rollout_list import ListedRollout

EXITS = {
    None: "running",
    "answered": "answered",
    "step_limit": "step limit",
    "token_limit": "token limit",
    "cost_limit": "cost limit",
    "time_limit": "time limit",
    "context_limit": "context limit",
    "format_error": "format error",
    "refusal": "refusal",
    "model_failure": "model failure",
    "environment_failure": "environment failure",
    "cancelled": "cancelled",
    "imported": "imported",
}
_DIGEST = re.compile(r"[0-9a-f]{12,}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `sort` names the order in SQL, `status` gives success, failure or unknown for an icon."""

    key: str
    title: str
    text: Callable[[ListedRollout], str]
    sort: str
    about: str = ""
    right: bool = False
    shown: bool = False
    status: Callable[[ListedRollout], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What is drawn of one value: a text in one line, an icon's name or none, at which side it stands.

    `short` is drawn where there is no room for the text.
    """

    text: str
    status: str | None = None
    right: bool = False
    short: str = ""


def cells_of(
    row: ListedRollout, *, by_task: bool, blind: bool = False, columns: Sequence[Column] | None = None
) -> tuple[Cell, ...]:
    """A row's cells in the order of the columns; in a group of its task the task's column tells the run.

    Who judges `blind` is told no arm there; columns of what is hidden are hidden by the list.
    """
    return tuple(
        Cell(
            " ".join(readable(cell_text(column, row, by_task, blind=blind)).split()),
            column.status(row) if column.status is not None else None,
            column.right,
            row.verdict or "" if column.key == "verdict" else "",
        )
        for column in columns or COLUMNS
    )


def cell_text(column: Column, row: ListedRollout, by_task: bool, *, blind: bool = False) -> str:
    """A value as it is listed."""
    return among_its_task(row, blind=blind) if by_task and column.key == "task" else column.text(row)


def truth_word(truth: bool | None) -> str:
    """A truth in one word, a dash for an unknown one."""
    return DASH if truth is None else "success" if truth else "failure"


def _task(row: ListedRollout) -> str:
    text = " ".join(row.task_text[:400].split())[:200]
    index = f"#{row.rollout_index + 1}" if (row.k or 1) > 1 or row.rollout_index else ""
    name = row.task_key.partition("/")[2] or row.task_key
    # A digest says nothing, and of owner__project-number only what comes last tells tasks apart.
    short = "" if text and _DIGEST.fullmatch(name) else name.rpartition("__")[2] or name
    return "  ".join(part for part in (f"{short} {index}".strip(), text) if part)


def among_its_task(row: ListedRollout, *, blind: bool = False) -> str:
    """A rollout in a group of its task: which run it is of."""
    if blind:
        return f"run {row.run} #{row.rollout_index + 1}"
    arm = "imported" if row.memory is None else "no memory" if row.memory == "none" else row.memory
    several = f" k={row.k}" if (row.k or 1) > 1 else ""
    return f"run {row.run} #{row.rollout_index + 1}  {arm}{several}"


def verdict_word(row: ListedRollout) -> str:
    """A verdict in one word; the label learning went by behind an arrow, where that is another one."""
    word = row.verdict or DASH
    return f"{word} \u2192 {row.used}" if differs(row) else word


def verdict_told(row: ListedRollout) -> str:
    """The same in a sentence."""
    said = row.verdict or "not judged"
    return f"{said}; learned from as {row.used}" if differs(row) else said


def differs(row: ListedRollout) -> bool:
    """True where learning went by another label than the verdict."""
    return row.used is not None and row.used != row.verdict


def _truth_status(row: ListedRollout) -> str | None:
    return None if row.truth is None else truth_word(row.truth)


COLUMNS = (
    Column("task", "Task", _task, "key", "Key and text of the task", shown=True),
    Column("index", "#", lambda row: str(row.rollout_index + 1), "index", "Which rollout of its task", True),
    Column(
        "verdict",
        "Verdict",
        verdict_word,
        "verdict",
        "What a person, else the judge, said; behind an arrow the label learned from, where it is another one",
        shown=True,
        status=lambda row: row.verdict,
    ),
    Column(
        "truth",
        "Truth",
        lambda row: truth_word(row.truth),
        "truth",
        "What the environment or a report says",
        shown=True,
        status=_truth_status,
    ),
    Column(
        "success",
        "Success",
        lambda row: truth_word(row.success),
        "success",
        "As those say whose word counts, the first who knows (see Settings, Figures)",
        status=lambda row: None if row.success is None else truth_word(row.success),
    ),
    Column("steps", "Steps", lambda row: number(row.steps or None), "steps", "", True, True),
    Column("exit", "Exit", lambda row: EXITS.get(row.exit_reason, row.exit_reason or ""), "exit", "How it ended"),
    Column("memory", "Memory", lambda row: row.memory or "imported", "memory", "Memory mode of the arm"),
    Column("k", "k", lambda row: number(row.k), "k", "Rollouts a task", True),
    Column("selected", "Chosen", lambda row: "chosen" if row.selected else "", "selected", "Chosen by best-of-k"),
    Column("tokens", "Tokens", lambda row: number(row.tokens), "tokens", "Prompt and completion of its steps", True),
    Column("cost", "Cost", lambda row: money(row.cost), "cost", "US dollars of its steps", True),
    Column("seconds", "Time", lambda row: seconds(row.seconds), "seconds", "", True),
    Column("model", "Model", lambda row: row.model or DASH, "model"),
    Column("simulated", "Simulated", lambda row: "simulated" if row.simulated else "", "order", "Practice, not real"),
    Column("run", "Run", lambda row: str(row.run), "order", "", True),
)


def extra_column(key: str) -> Column:
    """A column of whatever is known of rollouts, see `store.extra_columns`; called by the last name of its path."""
    path = key.partition(":$.")[2].replace('"', "")

    def text(row: ListedRollout) -> str:
        return _value(row.extra.get(key))

    of = "of the arm" if key.startswith("arm:") else "as the file has it"
    return Column(key, path.rpartition(".")[2] or path, text, key, f"{path}, {of}", shown=True)


def values_as_text(row: ListedRollout, columns: Sequence[Column]) -> str:
    """A row as tab-separated text."""
    return "\t".join(" ".join(column.text(row).split()) for column in columns)


def _value(value: Any) -> str:
    """A value of a foreign format as it is listed."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}" if isinstance(value, float) else str(value)
