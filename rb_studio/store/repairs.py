"""What a person's verdict means for memory: which lessons were learned under another label, and who was given them.

An override and the archiving that goes with it are one operation of the scope `verdicts`, so one undo takes back both.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import ItemState
from rb_studio.store import feed
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.curation import count, put_state
from rb_studio.store.judgement_rows import STANDING, save_verdict
from rb_studio.store.operations import begin
from rb_studio.store.rows import insert, select_in
from rb_studio.store.runs import ARM
from rb_studio.store.temporal import chain, visible
from rb_studio.store.verdicts import SCOPE

if TYPE_CHECKING:
    from sqlite_utils import Database

# A bank that an unfinished run goes on with is left alone: taken up again it must equal one that nobody disturbed.
_OVER = ("finished", "imported")
_REPAIRABLE = (ItemState.ACTIVE, ItemState.CANDIDATE)


@dataclass(frozen=True, slots=True)
class Place:
    """A bank that shows an item, with its state there; `busy` is the run that goes on with the bank, None for none."""

    bank: int
    name: str
    state: str
    busy: int | None = None

    @property
    def open(self) -> bool:
        """Whether the item can be archived here."""
        return self.busy is None and self.state in _REPAIRABLE


@dataclass(frozen=True, slots=True)
class Suspect:
    """An item learned under another label.

    `learned` is that label, `rollouts` the ones of those overridden that it stems from. `contrast` tells that it stems
    from others as well, `edited` that a person has written its present texts: neither is archived without being asked
    for (`sure`).
    """

    item: int
    uid: str
    title: str
    learned: str
    rollouts: tuple[int, ...]
    places: tuple[Place, ...]
    contrast: bool
    edited: bool

    @property
    def sure(self) -> bool:
        return not self.contrast and not self.edited


@dataclass(frozen=True, slots=True)
class ServedTo:
    """A task of a run whose prompt held a suspect."""

    run: int
    task_key: str
    rollout_uid: str
    item_uid: str


@dataclass(frozen=True, slots=True)
class Damage:
    """What stems from rollouts whose label turns out another: items, the rollouts that were given them, their arms.

    `busy` are unfinished runs whose banks show suspects; those banks are left.
    """

    items: tuple[Suspect, ...] = ()
    served: tuple[ServedTo, ...] = ()
    arms: tuple[int, ...] = ()
    busy: tuple[int, ...] = ()

    def offered(self) -> tuple[tuple[int, int], ...]:
        """(bank, item) that are archived unless one says otherwise."""
        return tuple((place.bank, one.item) for one in self.items if one.sure for place in one.places if place.open)

    def sentence(self) -> str:
        """What is told before anything is written."""
        if not self.items:
            return "No memory was learned from this under another label."
        runs, tasks = ({one.run for one in self.served}, {(one.run, one.task_key) for one in self.served})
        given = "no task" if not tasks else "1 task" if len(tasks) == 1 else f"{len(tasks):,} tasks"
        given += "" if not runs else " of 1 run" if len(runs) == 1 else f" of {len(runs):,} runs"
        left = [f"one bank is left as it is, because run {run} goes on with it" for run in self.busy]
        return "; ".join([f"{count(self.items)} learned under another label, given to {given}", *left]) + "."


_SOURCES = """
SELECT s.item, s.status, r.id AS rollout, i.uid, i.bank
FROM rollout r JOIN item_source s ON s.rollout_uid = r.uid JOIN memory_item i ON i.id = s.item
JOIN experience e ON e.id = i.experience
WHERE (e.run IS NULL OR e.run = r.run) AND {where} ORDER BY s.item, r.id
"""
# What a person says now of a rollout, where it is another thing than a lesson from it was learned under.
_HUMAN = f"""(SELECT v.status FROM verdict v WHERE v.rollout = r.id AND v.source = 'human' AND {STANDING}
  ORDER BY v.id DESC LIMIT 1)"""
_WRONG = f"r.id IN (SELECT rollout FROM verdict WHERE source = 'human') AND {_HUMAN} <> s.status"
_SERVED = """
SELECT e.run, e.task_key, u.item_uid, run.bank, run.arm,
  (SELECT r.uid FROM rollout r WHERE r.run = e.run AND r.task_key = e.task_key ORDER BY r.rollout_index, r.id LIMIT 1)
    AS rollout_uid
FROM retrieval_item u JOIN retrieval_pair p ON p.id = u.pair JOIN retrieval_event e ON e.id = p.event
JOIN run ON run.id = e.run WHERE u.item_uid IN ({}) ORDER BY e.id, u.position
"""


def damage(conn: sqlite3.Connection, rollouts: Sequence[int], status: Status) -> Damage:
    """What rests on these rollouts, by row id, not having been this; nothing is changed."""
    learned: dict[int, str] = {}
    stems: defaultdict[int, list[int]] = defaultdict(list)
    for row in select_in(conn, _SOURCES.format(where="r.id IN ({})"), dict.fromkeys(rollouts)):
        if row["status"] != str(status):
            learned[row["item"]] = row["status"]
            stems[row["item"]].append(row["rollout"])
    banks = _Banks(conn)
    suspects = tuple(_suspect(conn, banks, item, learned[item], stems[item]) for item in sorted(learned))
    given = _served(conn, banks, {one.item: one.uid for one in suspects})
    return Damage(
        items=suspects,
        served=tuple(one for one, _ in given),
        arms=tuple(sorted({arm for _, arm in given if arm is not None})),
        busy=tuple(sorted({place.busy for one in suspects for place in one.places if place.busy is not None})),
    )


def override(
    db: "Database",
    rollouts: Sequence[int],
    status: Status,
    reason: str,
    *,
    archive: Sequence[tuple[int, int]] = (),
    who: str = "user",
) -> ChangeRecord:
    """A person's verdict on rollouts, by row id, and the archiving of (bank, item), as one step of undo.

    Raises
    ------
    UsageError
        A rollout is unknown, an item is not learned from them under another label, or its bank is in use by a run.
    """
    wanted = list(dict.fromkeys(rollouts))
    known = {
        row["id"]: row["uid"] for row in select_in(db.conn, "SELECT id, uid FROM rollout WHERE id IN ({})", wanted)
    }
    missing = next((one for one in wanted if one not in known), None)
    if missing is not None or not wanted:
        raise UsageError(f"there is no rollout {missing}: choose from the list" if wanted else "choose a rollout first")
    by_bank = _allowed(db.conn, wanted, status, archive)
    label = f"Judge {len(wanted)} rollout{'s' * (len(wanted) != 1)} as {status}"
    label += f" and archive {count(archive)}" if archive else ""
    forward = {"rollouts": wanted, "status": str(status), "archived": sorted(archive)}
    op = begin(db, SCOPE, label, who=who, reason=reason, forward=forward)
    verdicts = tuple(_judge(db, op, row, known[row], status, reason, who) for row in wanted)
    for bank, items in by_bank.items():
        put_state(db, bank, items, ItemState.ARCHIVED, op)
    archived = tuple(dict.fromkeys(item for items in by_bank.values() for item in items))
    ids = {"verdict": verdicts, "rollout": tuple(wanted)} | ({"memory_item": archived} if archived else {})
    return ChangeRecord(label, who, ("verdict", "item_state") if archived else ("verdict",), ids, op)


def tainted_runs(conn: sqlite3.Connection) -> dict[int, int]:
    """Runs in which tasks were given a lesson that a person's verdict contradicts, with how many tasks.

    It follows from what stands now: an override taken back, or another one, changes it. A run that shares another's
    results is as tainted.
    """
    wrong = {row["item"]: row["uid"] for row in conn.execute(_SOURCES.format(where=_WRONG))}
    tasks: defaultdict[int, set[str]] = defaultdict(set)
    for one, _ in _served(conn, _Banks(conn), wrong):
        tasks[one.run].add(one.task_key)
    found = {run: len(keys) for run, keys in tasks.items()}
    shared = conn.execute("SELECT id, shared_with FROM run WHERE shared_with IS NOT NULL")
    return found | {row[0]: found[row[1]] for row in shared if row[1] in found}


class _Banks:
    """Which banks show another bank's items, and which a run goes on with."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self.names: dict[int, str] = dict(map(tuple, conn.execute("SELECT id, name FROM bank ORDER BY id")))
        self.layers: Mapping[int, frozenset[int]] = {
            bank: frozenset(layer for layer, _ in chain(conn, bank)) for bank in self.names
        }
        unfinished = conn.execute(
            f"SELECT bank, max(id) FROM run WHERE bank IS NOT NULL AND purpose = '{ARM}' AND status NOT IN "
            "(SELECT value FROM json_each(?)) GROUP BY bank",
            (json.dumps(_OVER),),
        )
        self.busy: dict[int, int] = dict(map(tuple, unfinished))

    def places(self, item: int, home: int) -> Iterable[Place]:
        """The banks that show an item, whose own bank is `home`."""
        for bank, name in self.names.items():
            if home not in self.layers[bank]:
                continue
            query, params = visible("item_state", chain(self._conn, bank))
            row = self._conn.execute(f"SELECT state FROM ({query}) WHERE item = ?", [*params, item]).fetchone()
            if row is not None and row[0] != ItemState.DELETED:
                yield Place(bank, name, row[0], self.busy.get(bank))


def _suspect(conn: sqlite3.Connection, banks: _Banks, item: int, learned: str, rollouts: list[int]) -> Suspect:
    row = conn.execute("SELECT uid, bank FROM memory_item WHERE id = ?", (item,)).fetchone()
    newest = conn.execute(
        "SELECT v.title, v.number, o.who FROM item_version v JOIN operation o ON o.id = v.op_from WHERE v.item = ? "
        "ORDER BY v.number DESC, v.op_from LIMIT 1",
        (item,),
    ).fetchone()
    sources = conn.execute("SELECT count(DISTINCT rollout_uid) FROM item_source WHERE item = ?", (item,)).fetchone()[0]
    return Suspect(
        item=item,
        uid=row["uid"],
        title=newest["title"] if newest else "",
        learned=learned,
        rollouts=tuple(rollouts),
        places=tuple(banks.places(item, row["bank"])),
        contrast=sources > len(set(rollouts)),
        edited=newest is not None and newest["number"] > 1,
    )


def _served(conn: sqlite3.Connection, banks: _Banks, items: Mapping[int, str]) -> list[tuple[ServedTo, int | None]]:
    """Where items, by id with their uids, were in a prompt, with the run's arm; another bank's of that uid is not."""
    homes: defaultdict[str, set[int]] = defaultdict(set)
    for row in select_in(conn, "SELECT uid, bank FROM memory_item WHERE id IN ({})", items):
        homes[row["uid"]].add(row["bank"])
    return [
        (ServedTo(row["run"], row["task_key"], row["rollout_uid"] or "", row["item_uid"]), row["arm"])
        for row in select_in(conn, _SERVED, homes)
        if row["bank"] is not None and homes[row["item_uid"]] & banks.layers[row["bank"]]
    ]


def _allowed(
    conn: sqlite3.Connection, rollouts: Sequence[int], status: Status, archive: Sequence[tuple[int, int]]
) -> dict[int, list[int]]:
    """The items to archive by bank, those that are still open there. Raises UsageError."""
    if not archive:
        return {}
    found = {(place.bank, one.item): place for one in damage(conn, rollouts, status).items for place in one.places}
    by_bank: defaultdict[int, list[int]] = defaultdict(list)
    for bank, item in dict.fromkeys(archive):
        place = found.get((bank, item))
        if place is None:
            raise UsageError(f"memory {item} was not learned from these rollouts under another label: leave it out")
        if place.busy is not None:
            raise UsageError(
                f"run {place.busy} goes on with the bank {place.name}: let it finish, or leave its items out"
            )
        if place.open:
            by_bank[bank].append(item)
    return dict(by_bank)


def _judge(db: "Database", op: int, rollout: int, name: str, status: Status, reason: str, who: str) -> int:
    """A standing verdict of a person; its uid tells it from all given before."""
    row = save_verdict(
        db, rollout, Verdict(uid("human", op, rollout, name), name, status, reason, "human"), who=who, learned=False
    )
    insert(db, "verdict_presence", {"verdict": row, "op_from": op})
    run = db.execute("SELECT run FROM rollout WHERE id = ?", (rollout,)).fetchone()[0]
    feed.emit(db, run, "verdict", "verdict", row)
    return row
