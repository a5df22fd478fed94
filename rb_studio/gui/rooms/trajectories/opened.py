"""Everything about one rollout, read at once on another thread, so that stepping asks nobody."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from rb_studio.gui.rooms.trajectories.ticks import Tick, ticks_of
from rb_studio.records.calls import LlmCall
from rb_studio.records.errors import RbStudioError, UsageError
from rb_studio.records.judgement import Selection, Truth, Verdict
from rb_studio.records.memory import Retrieval
from rb_studio.records.task import Task
from rb_studio.records.trajectory import State, Step, Trajectory
from rb_studio.store import forks, judgement_rows, rollouts, runs
from rb_studio.store.rollout_list import ListedRollout, listed
from rb_studio.store.rows import load, select_in
from rb_studio.store.runs import RunRow
from rb_studio.store.trajectory_rows import read_steps

PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class ItemLink:
    """A memory item by its title; `id` is None where no bank holds it any more.

    `absent` tells that the text it had at any time stands nowhere in the memory the rollout was given; `withheld`
    that this is so because it was left out by lot.
    """

    uid: str
    id: int | None
    title: str
    state: str = ""
    absent: bool = False
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """What a fork continues: a rollout by run and uid, the first step decided anew, the memory that one was given."""

    run: int
    uid: str
    step: int
    block: str


@dataclass(frozen=True, slots=True)
class Opened:
    """One rollout with all that is told about it.

    `calls` holds the agent's calls by step number, several where replies had to be asked for again.
    `environment` is the suite's, empty for imported rollouts. `ticks` are the steps as the scrub bar shows them.
    """

    row: ListedRollout
    trajectory: Trajectory
    run: RunRow
    ticks: tuple[Tick, ...] = ()
    task: Task | None = None
    environment: str = ""
    truths: tuple[Truth, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    selection: Selection | None = None
    retrieval: Retrieval | None = None
    calls: Mapping[int, tuple[LlmCall, ...]] = field(default_factory=dict)
    items: Mapping[str, ItemLink] = field(default_factory=dict)
    learned: tuple[ItemLink, ...] = ()
    siblings: tuple[ListedRollout, ...] = ()
    source: str = ""
    sweep: Mapping[str, Any] | None = None
    origin: Origin | None = None

    @property
    def id(self) -> int:
        return self.row.id

    def same_rollout(self, other: "Opened") -> bool:
        """Whether both are one rollout, read at different times."""
        return (self.row.uid, self.row.run) == (other.row.uid, other.row.run)

    @property
    def running(self) -> bool:
        """True until the rollout has an end, be it that its process is gone."""
        return self.row.status == "running"

    @property
    def count(self) -> int:
        return len(self.trajectory.steps)

    def place_among(self, row: ListedRollout) -> int:
        """Which of the task's rollouts one is, counted from 1: imported ones often bear the same index."""
        return next((place for place, one in enumerate(self.siblings, 1) if one.id == row.id), row.rollout_index + 1)

    def step(self, number: int) -> Step:
        """A step by its place, counted from 1."""
        return self.trajectory.steps[number - 1]

    def page_before(self, number: int) -> str:
        """What the agent saw when it decided on a step."""
        return self.trajectory.first_observation if number <= 1 else self.step(number - 1).observation

    def state_before(self, number: int) -> State | None:
        """Where the environment stood before a step; the start of a practice task follows from the task."""
        if number > 1:
            return self.step(number - 1).state
        if self.environment == PRACTICE and self.task is not None:
            return State(str(self.task.setup.get("start", "")))
        return None

    @property
    def drawable(self) -> bool:
        """True when stored states can be drawn as pages."""
        return self.environment == PRACTICE and self.task is not None


def read_opened(conn: sqlite3.Connection, rollout_id: int, known: Opened | None = None) -> Opened | None:
    """One rollout by the id of its row, None where it is gone.

    While a run goes on `known` is what was read of it before: of a rollout that grows only the steps since are
    read, of one that has its end none.
    """
    row = listed(conn, [rollout_id]).get(rollout_id)
    if row is None:
        return None
    known = known if known is not None and (known.row.uid, known.row.run) == (row.uid, row.run) else None
    trajectory, same = _trajectory(conn, row, known)
    run = runs.run(conn, row.run)
    retrieval = judgement_rows.read_retrieval(conn, row.run, row.task_key)
    task, environment = _task(conn, row.task_key)
    sweep = runs.sweep(conn, run.sweep) if run.sweep is not None else None
    if task is not None and environment == PRACTICE:
        _prepare_pages(task)
    return Opened(
        row=row,
        trajectory=trajectory,
        run=run,
        ticks=ticks_of(trajectory.steps, known.ticks if known is not None and same else ()),
        task=task,
        environment=environment if run.foreign_key is None else "",
        truths=judgement_rows.read_truths(conn, rollout_id),
        verdicts=judgement_rows.read_verdicts(conn, rollout_id),
        selection=judgement_rows.read_selection(conn, row.run, row.task_key),
        retrieval=retrieval,
        calls=known.calls if known is not None and same and known.calls else _calls(conn, row),
        items=_items(conn, retrieval, run.bank, trajectory.memory_block),
        learned=_learned(conn, row.uid),
        siblings=_siblings(conn, row),
        source=_source(conn, rollout_id),
        sweep=sweep.config if sweep else None,
        origin=_origin(conn, row) if run.purpose == runs.FORK else None,
    )


def _trajectory(conn: sqlite3.Connection, row: ListedRollout, known: Opened | None) -> tuple[Trajectory, bool]:
    """The rollout's steps, and whether those known before still stand; the end of a rollout writes them anew."""
    if known is None or (known.row.id, known.row.status) != (row.id, row.status) or row.steps < known.count:
        return rollouts.trajectory(conn, row.uid, run=row.run), False
    if known.running:
        later = read_steps(conn, row.id, known.trajectory.steps[-1].number if known.count else 0)
        return (replace(known.trajectory, steps=known.trajectory.steps + later) if later else known.trajectory), True
    return known.trajectory, True


def rollout_of(conn: sqlite3.Connection, uid: str, run: int | None = None) -> int | None:
    """The row of a rollout, the newest one of this uid unless a run is named."""
    row = conn.execute(
        "SELECT id FROM rollout WHERE uid = ? ORDER BY run = ? DESC, id DESC LIMIT 1", (uid, run)
    ).fetchone()
    return None if row is None else int(row[0])


def live_rollout(conn: sqlite3.Connection, run: int | None = None) -> int | None:
    """The rollout begun last of those that still run, else of all; only of one run where one is named."""
    of_run = "WHERE run = :run " if run is not None else ""
    sql = f"SELECT id FROM rollout {of_run}ORDER BY status = 'running' DESC, id DESC LIMIT 1"
    row = conn.execute(sql, {"run": run} if run is not None else {}).fetchone()
    return None if row is None else int(row[0])


def _origin(conn: sqlite3.Connection, row: ListedRollout) -> Origin | None:
    found = forks.forked_from(conn, row.run, row.uid)
    if found is None:
        return None
    run, uid, step = found
    try:
        return Origin(run, uid, step, rollouts.trajectory(conn, uid, run=run).memory_block)
    except UsageError:
        return Origin(run, uid, step, "")


def _task(conn: sqlite3.Connection, key: str) -> tuple[Task | None, str]:
    row = conn.execute(
        "SELECT t.*, s.name, s.environment FROM task t JOIN suite s ON s.id = t.suite WHERE t.key = ?", (key,)
    ).fetchone()
    if row is None:
        return None, ""
    task = Task(
        row["key"], row["name"], row["ordinal"], row["text"], row["site"], row["template"], load(row["setup"]) or {}
    )
    return task, row["environment"]


def _prepare_pages(task: Task) -> None:
    """Load what draws pages, and the task's shop, here rather than on the GUI thread."""
    from rb_studio.environments.practice import render_html

    with suppress(RbStudioError, KeyError, ValueError, TypeError):
        render_html(task, State(str(task.setup.get("start", ""))))


def _calls(conn: sqlite3.Connection, row: ListedRollout) -> dict[int, tuple[LlmCall, ...]]:
    found: defaultdict[int, list[LlmCall]] = defaultdict(list)
    for call in forks.agent_calls(conn, row.run, row.uid):
        if call.step is not None:
            found[call.step].append(call)
    return {step: tuple(calls) for step, calls in found.items()}


def _items(conn: sqlite3.Connection, retrieval: Retrieval | None, bank: int | None, block: str) -> dict[str, ItemLink]:
    """The retrieved items by uid, each with whether it stands in the injected block."""
    hits = retrieval.hits if retrieval is not None else ()
    by_lot = {uid for hit in hits for uid in hit.withheld_uids}
    uids = [uid for hit in hits for uid in (*hit.item_uids, *hit.withheld_uids)]
    known = {link.uid: link for link in _links(conn, "i.uid IN ({})", uids, bank)}
    texts = _texts(conn, uids)
    given = _one_line(block)
    return {
        uid: replace(
            known.get(uid, ItemLink(uid, None, "")),
            withheld=uid in by_lot,
            absent=uid in by_lot or (bool(texts.get(uid)) and not any(text in given for text in texts[uid])),
        )
        for uid in uids
    }


def _texts(conn: sqlite3.Connection, uids: Sequence[str]) -> dict[str, set[str]]:
    """What may stand in a prompt of each item: any title and any content it ever had, whatever its bank."""
    sql = "SELECT i.uid, v.title, v.content FROM memory_item i JOIN item_version v ON v.item = i.id WHERE i.uid IN ({})"
    found: defaultdict[str, set[str]] = defaultdict(set)
    for uid, *texts in select_in(conn, sql, uids):
        found[uid].update(filter(None, map(_one_line, texts)))
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _learned(conn: sqlite3.Connection, uid: str) -> tuple[ItemLink, ...]:
    links = _links(conn, "i.id IN (SELECT item FROM item_source WHERE rollout_uid IN ({}))", [uid], None)
    return tuple({link.id: link for link in links}.values())


def _links(conn: sqlite3.Connection, condition: str, values: Sequence[str], bank: int | None) -> list[ItemLink]:
    """Items with their newest text; those of the run's own bank come last, so that they win by uid."""
    sql = (
        "SELECT i.id, i.uid, i.bank, "
        "(SELECT title FROM item_version v WHERE v.item = i.id ORDER BY v.id DESC LIMIT 1) AS title, "
        "(SELECT state FROM item_state t WHERE t.item = i.id ORDER BY t.op_from DESC LIMIT 1) AS state "
        f"FROM memory_item i WHERE {condition} ORDER BY i.id"
    )
    rows = sorted(select_in(conn, sql, values), key=lambda row: row["bank"] == bank)
    return [ItemLink(row["uid"], row["id"], row["title"] or "", row["state"] or "") for row in rows]


def _siblings(conn: sqlite3.Connection, row: ListedRollout) -> tuple[ListedRollout, ...]:
    """All rollouts of the same task in the same run, in the order of their index."""
    ids = [
        found[0]
        for found in conn.execute("SELECT id FROM rollout WHERE run = ? AND task_key = ?", (row.run, row.task_key))
    ]
    return tuple(sorted(listed(conn, ids).values(), key=lambda one: (one.rollout_index, one.id)))


def _source(conn: sqlite3.Connection, rollout_id: int) -> str:
    row = conn.execute(
        "SELECT f.path, f.member FROM rollout r JOIN source_file f ON f.id = r.source_file WHERE r.id = ?",
        (rollout_id,),
    ).fetchone()
    return "" if row is None else f"{row['path']}{'/' if row['member'] else ''}{row['member']}"
