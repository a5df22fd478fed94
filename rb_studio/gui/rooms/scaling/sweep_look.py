"""What a sweep as it was asked for comes to: its arms, how many rollouts, or why it cannot run."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.gui.dialogs.run_form import RunFacts, cannot_act
from rb_studio.gui.dialogs.run_more_form import More, in_window
from rb_studio.gui.rooms.scaling.sweep_form import ADDRESS, SweepForm
from rb_studio.records.errors import RbStudioError

if TYPE_CHECKING:
    from rb_studio.jobs.request import RunRequest

_WORDS = (
    (r"--spend-limit limits nothing", "The spend limit would limit nothing"),
    (r"give them with `rb-studio profiles set .*`", "give the profile its prices under Settings (Ctrl+,)."),
    (r"--executor dask needs", "Dask workers need"),
    (r"order ('.*') is unknown: use id or shuffle:SEED, for instance shuffle:1",
     r"The order \1 is unknown: give id, or shuffle with a seed as in shuffle:1, several with commas."),
    (r"sweep them one by one, or leave --from out", "sweep them one by one, or start from an empty bank"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A line of the grid: an arm that runs, one whose results are another's (`same_as` its number), or, where
    `left_out` is not empty, why a combination is no arm.
    """

    number: int = 0
    request: "RunRequest | None" = None
    rollouts: int = 0
    same_as: int = 0
    left_out: str = ""

    @property
    def outcome(self) -> str:
        """What becomes of it."""
        if self.left_out:
            return self.left_out
        if self.same_as:
            return f"same as arm {self.same_as}, run once"
        return "A/A: repeats an arm" if self.request and self.request.repeat_of is not None else "runs"


@dataclass(frozen=True, slots=True)
class Look:
    """Why a sweep cannot run, empty where it can; and every arm in its order, with what was left out."""

    fault: str = ""
    cells: tuple[Cell, ...] = ()

    @property
    def arms(self) -> int:
        return sum(cell.request is not None for cell in self.cells)

    @property
    def rollouts(self) -> int:
        """At most; equal arms run once."""
        return sum(cell.rollouts for cell in self.cells if not cell.same_as)

    def summary(self) -> str:
        """How big it is, and what of it cannot be."""
        if not self.arms:
            return ""
        notes = "; ".join(cell.left_out for cell in self.cells if cell.left_out)
        left_out = f" ({notes})" if notes else ""
        return f"{self.arms:,} arm{'' if self.arms == 1 else 's'}, {self.rollouts:,} rollouts at most{left_out}"


def look(form: SweepForm, facts: RunFacts) -> Look:
    """Check a form and count its arms; a tenth of a millisecond an arm."""
    return Look(problem(form, facts) or "", tuple(_grid(form, facts)))


def problem(form: SweepForm, facts: RunFacts) -> str | None:
    """Why it cannot run, in one sentence; None when everything resolves."""
    from rb_studio.jobs.cluster import check_executor
    from rb_studio.jobs.limits import check_spend_limit
    from rb_studio.jobs.sweep import check_sweep

    entry = facts.entry(form.suite)
    if entry is None:
        return "Choose a suite."
    if not entry.runnable:
        return entry.reason or f"The suite {form.suite} cannot run."
    if not facts.tasks(form.suite):
        return f"The suite {form.suite} has no tasks."
    if fault := cannot_act(entry.suite, form.single().actor(facts), facts.settings):
        return fault
    if form.executor == ADDRESS and not form.address.strip():
        return "Give the address of the Dask scheduler under Running, for instance tcp://127.0.0.1:8786."
    try:
        request = form.request()
        check_sweep(request, facts.settings)
        check_spend_limit(request.base, facts.settings, form.spend_limit)
        check_executor(form.driving().executor)
    except RbStudioError as error:
        return _in_window(str(error))
    return None


def _in_window(sentence: str) -> str:
    for form, words in _WORDS:
        sentence = re.sub(form, words, sentence)
    return in_window(sentence)


def _grid(form: SweepForm, facts: RunFacts) -> list[Cell]:
    try:
        cells, notes = form.request().cells()
    except RbStudioError:
        return []
    tasks = form.tasks(facts)
    first: dict[str, int] = {}
    found = []
    for number, cell in enumerate(cells, 1):
        same = first.setdefault(cell.arm().hash, number)
        found.append(Cell(number, cell, _rollouts(cell, tasks), 0 if same == number else same))
    return [*found, *(Cell(left_out=_in_window(note)) for note in notes)]


def _rollouts(cell: "RunRequest", tasks: int) -> int:
    return More(allocation=cell.allocation, budget=cell.budget).rollouts(tasks, cell.k)
