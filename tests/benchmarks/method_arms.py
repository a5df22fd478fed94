"""The arms of the method's table: which sweeps make them, on which banks, and how they are read back.

Equal cells are run once: arms of one sweep share theirs, and what one sweep has is not asked for by another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rb_studio.environments.practice import practice_suite
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.request import RunRequest, SweepRequest, ordered
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.models.practice_constants import DEFAULT
from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_lessons import lesson, wordings
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState, MemoryItem
from rb_studio.store import banks, curation, items
from rb_studio.store.items import ItemFilter
from rb_studio.store.workspace import Workspace

KS = (1, 3, 5)
CAP = 5
LEARNED, DELETED, WRITTEN, UNRELATED = "learned", "learned, decisive deleted", "written by hand", "unrelated"
# Templates that one habit decides.
DECISIVE = {
    "review-mentions": Habit.REVIEWS,
    "move-customer": Habit.SAVE,
    "sales-report": Habit.RANGE,
    "harshest-reviewer": Habit.FORM,
    "orders-view": Habit.SORT,
}
# What somebody who knows the shop would write down, and the kind of task it is kept under.
BY_HAND = {
    "How many reviews of a product mention a word?": ItemText(
        "Show all reviews of the product before counting",
        "A product page opens with only a few of its customer reviews.",
        "Expand the collapsed reviews on the product page, then read all of the reviews and count those with the word.",
    ),
    "Change the address of a customer.": ItemText(
        "Save the address and wait for the message",
        "A changed address is lost unless the form is saved.",
        "After typing the new address press Save and look for the message which says that it was saved.",
    ),
    "Create a sales report of orders from one date to another.": ItemText(
        "Fill in both dates of the report",
        "The report opens with a date range of its own.",
        "Enter the start date and the end date that were asked for before showing the report; do not keep its default.",
    ),
    "Which reviewer gave a product the lowest rating? Answer with the nickname only.": ItemText(
        "Answer in the format that was asked for",
        "A right answer with more words around it does not count.",
        "Write the final answer exactly in the requested format: only what was asked for, nothing before or after it.",
    ),
    "Show the list of orders sorted by a column.": ItemText(
        "Sort the table by the column that was named",
        "The default order of a table is hardly ever the one asked for.",
        "Click the header of the column to sort the table, check whether high or low stands first, and click again if "
        "the direction is wrong.",
    ),
}
OFF_TOPIC = {
    "Bake a loaf of bread.": ItemText("Let dough rest", "Makes bread rise.", "Keep the dough warm for two hours."),
    "Look after the roses.": ItemText("Water the roses", "Keeps them alive.", "Water early, close to the root."),
    "Tune a guitar.": ItemText("Begin with the lowest string", "Keeps the pitch.", "Tune upwards, string by string."),
    "Pack for a walk in the hills.": ItemText("Take a raincoat", "Weather turns.", "Put it on top of the pack."),
    "Play an opening in chess.": ItemText("Develop knights first", "Wins time.", "Move each piece only once."),
}


@dataclass(frozen=True)
class Part:
    """One sweep of the table: its fixed number in the workspace, and what makes its bank."""

    number: int
    name: str
    request: SweepRequest
    bank: Callable[[Workspace], None] = lambda workspace: None


@dataclass(frozen=True)
class Arm:
    """One cell of a sweep: its runs, one a seed, and how many items a task was given on average."""

    k: int
    runs: tuple[RunTasks, ...]
    items: float = 0.0


def tasks_of(limit: int) -> list[Any]:
    """The first tasks of the practice suite's order."""
    return ordered(practice_suite().tasks, "id", limit)


def decided_tasks(limit: int) -> tuple[str, ...]:
    """Keys of those tasks whose template one habit decides."""
    return tuple(task.key for task in tasks_of(limit) if task.template in DECISIVE)


def parts(seeds: Sequence[int], limit: int) -> list[Part]:
    """Every sweep of the first table, in the order they have to run."""
    base = RunRequest("practice", limit=limit, profiles={"actor": "practice"}, embedder="all-MiniLM-L6-v2")
    seeds = tuple(seeds)
    own = SweepRequest(base, ("reasoningbank",), ("none",), (1,), seeds)
    few = replace(base, limit=None, tasks=decided_tasks(limit), learn=False)
    modes = ("synapse", "awm", "reasoningbank-success-only")
    scalings = ("parallel", "sequential", "vanilla")
    whole = SweepRequest(base, ("none", "reasoningbank"), scalings, KS, seeds)
    capped = replace(base, most_items=CAP)

    def frozen(name: str, chosen: RunRequest = few) -> SweepRequest:
        return replace(own, base=replace(chosen, learn=False), start=name)

    learned = f"sweep 1 reasoningbank parallel k={KS[-1]} seed={seeds[0]}"
    return [
        Part(1, "memory and scaling", whole),
        Part(2, "other memories", replace(own, memories=modes)),
        Part(3, "at most 5 items", SweepRequest(capped, ("reasoningbank",), ("vanilla",), KS[1:], seeds)),
        Part(4, "no experience of the template", replace(own, base=replace(base, exclude_template=True))),
        Part(5, "block removed", replace(own, base=replace(base, retrieve_n=0))),
        Part(6, "unrelated memory", frozen(UNRELATED, base), _written(UNRELATED, OFF_TOPIC)),
        Part(7, "items by hand", frozen(WRITTEN), _written(WRITTEN, BY_HAND)),
        Part(8, "a learned bank", frozen(LEARNED), _forked(learned, LEARNED)),
        Part(9, "its decisive items deleted", frozen(DELETED), _without_decisive(learned, DELETED)),
    ]


def variants(factors: Sequence[float] = (0.5, 2.0)) -> list[tuple[str, float]]:
    """Every constant of the practice model with every factor."""
    return [(name, factor) for name in DEFAULT.names() for factor in factors]


def variant_request(name: str, factor: float, seeds: Sequence[int], limit: int) -> SweepRequest:
    """What one multiplied constant is tried on."""
    profile = f"practice:{name}*{factor:g}"
    base = RunRequest("practice", limit=limit, profiles={"actor": profile}, embedder="all-MiniLM-L6-v2")
    return SweepRequest(base, ("none", "reasoningbank"), ("parallel",), (1, 3), tuple(seeds))


def read_arms(workspace: Workspace, sweep: int) -> dict[tuple[str, str, int], Arm]:
    """The arms of a sweep by memory, scaling and k."""
    found: dict[tuple[str, str, int], Arm] = {}
    for pool in read_pools(workspace.reader(), sweep=sweep):
        for k in pool.ks:
            chosen = tuple(run for run in pool.runs if run.k == k)
            found[(pool.arm["memory"], pool.arm["scaling"], k)] = Arm(k, chosen, _items_given(workspace, chosen))
    return found


def _items_given(workspace: Workspace, found: Sequence[RunTasks]) -> float:
    """Mean number of items injected for a task."""
    conn = workspace.reader()
    given = (
        "SELECT count(*) FROM retrieval_item i JOIN retrieval_pair p ON p.id = i.pair "
        "JOIN retrieval_event e ON e.id = p.event WHERE e.run = ?"
    )
    tasks = sum(len(run.figures) for run in found)
    return sum(conn.execute(given, (run.run,)).fetchone()[0] for run in found) / tasks if tasks else 0.0


def _written(name: str, texts: dict[str, ItemText]) -> Callable[[Workspace], None]:
    def make(workspace: Workspace) -> None:
        if banks.find_bank(workspace.reader(), name) is not None:
            return

        def write(db: Any) -> None:
            bank = banks.create_bank(db, name, "reasoningbank")
            for number, (task, text) in enumerate(texts.items()):
                item = MemoryItem(f"{name} {number}", text.title, text.description, text.content)
                curation.add_item(db, bank, item, task_text=task)

        workspace.run(write)

    return make


def _forked(parent: str, name: str) -> Callable[[Workspace], None]:
    def make(workspace: Workspace) -> None:
        conn = workspace.reader()
        if banks.find_bank(conn, name) is None:
            origin, _ = banks.resolve(conn, parent)
            workspace.run(lambda db: banks.fork_bank(db, origin.id, name))

    return make


def _without_decisive(parent: str, name: str) -> Callable[[Workspace], None]:
    """A fork without the items that teach the habit which decides the template they were learned on."""

    def make(workspace: Workspace) -> None:
        _forked(parent, name)(workspace)
        bank, _ = banks.resolve(workspace.reader(), name)
        wanted = decisive_items(workspace, bank.id)
        if wanted:
            workspace.run(lambda db: curation.set_state(db, bank.id, wanted, ItemState.DELETED))

    return make


def decisive_items(workspace: Workspace, bank: int) -> list[int]:
    """Ids of a bank's items in use that teach what decides the template of their experience."""
    conn = workspace.reader()
    value = banks.bank_value(conn, bank, embedder="")
    titles = {habit: {lesson(habit, number).title for number in range(wordings(habit))} for habit in DECISIVE.values()}
    uids = {
        item.uid
        for one in value.experiences
        for item in one.active_items
        if one.template in DECISIVE and item.title in titles[DECISIVE[one.template]]
    }
    return [row.id for row in items.list_items(conn, bank, ItemFilter(states=("active",))) if row.uid in uids]


def deleted_items(workspace: Workspace) -> tuple[int, int]:
    """How many items the bank without its decisive ones has lost, and of how many."""
    conn = workspace.reader()
    bank, _ = banks.resolve(conn, DELETED)
    value = banks.bank_value(conn, bank.id, embedder="")
    states = [item.state for one in value.experiences for item in one.items]
    return states.count(ItemState.DELETED), len(states)
