"""What each item of a bank did, as the store's uses and the estimator have it; kept until something changes."""

import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rb_studio.analysis.citations import cited_items
from rb_studio.analysis.effect import item_effects
from rb_studio.jobs.experiment_results import left_out_effects
from rb_studio.records.arm import ArmConfig
from rb_studio.records.effect import EffectEstimate, ItemEffect, ItemUse
from rb_studio.records.identity import canonical_json, digest
from rb_studio.store import runs
from rb_studio.store.lineage import origins
from rb_studio.store.uses import Attempt, attempts_without, item_uses, were_retrieved

MOST_KEPT = 4
MOST_READ = 300_000
UNKNOWN = EffectEstimate(None, None, None, None, None, None, 0, 0, 0)
_OF_ACTING = ("actor", "grader")
_Key = tuple[str, int]


def effects(
    conn: sqlite3.Connection, bank_id: int, *, item_uids: Collection[str] | None = None
) -> dict[str, ItemEffect]:
    """Effects of a bank's items by uid; items that were never retrieved are left out.

    The estimate is the one of the best evidence there is: of a leave-one-out of the item's present text, else of all
    its uses, by lot or as it came.

    An item that others were merged into stands for them as well: their uses count as its own, and until its own text
    was used the estimate is that of the texts it was made of.

    With `item_uids` only these are told of, and only what was said of them is read; what one item does can be told
    from all uses of the bank alone.
    """
    known = _known(conn, bank_id)
    if known is not None:
        return dict(known) if item_uids is None else {uid: known[uid] for uid in item_uids if uid in known}
    return dict(_kept(conn, bank_id)) if item_uids is None else computed(conn, bank_id, item_uids=item_uids)


def uses(
    conn: sqlite3.Connection, *, bank_id: int | None = None, item_uids: Collection[str] | None = None
) -> list[ItemUse]:
    """Uses as `store.uses.item_uses` has them, with what the agents' first thoughts said of the notes."""
    return item_uses(conn, bank_id=bank_id, item_uids=item_uids, reader=_cited)


_said: dict[int, tuple[bool | None, ...]] = {}


def _cited(thought: str, titles: Sequence[str]) -> tuple[bool | None, ...]:
    """Reading a thought takes longer than all the rest of a use, so each is read once."""
    key = hash((thought, *titles))
    found = _said.get(key)
    if found is None:
        if len(_said) > MOST_READ:
            _said.clear()
        found = _said[key] = cited_items(thought, titles)
    return found


@dataclass(slots=True)
class _Kept:
    """Effects of one bank of one file, as of the newest outcome and operation."""

    stamp: tuple[int, ...]
    effects: Mapping[str, ItemEffect]


_kept_banks: dict[_Key, _Kept] = {}
_guard = threading.Lock()


def _known(conn: sqlite3.Connection, bank_id: int) -> Mapping[str, ItemEffect] | None:
    """What was kept, unless something changed since."""
    key, stamp = (_path(conn), bank_id), _stamp(conn)
    with _guard:
        known = _kept_banks.get(key)
    return None if known is None or known.stamp != stamp else known.effects


def _kept(conn: sqlite3.Connection, bank_id: int) -> Mapping[str, ItemEffect]:
    key, stamp = (_path(conn), bank_id), _stamp(conn)
    found = computed(conn, bank_id)
    with _guard:
        _kept_banks.pop(key, None)
        _kept_banks[key] = _Kept(stamp, found)
        while len(_kept_banks) > MOST_KEPT:
            _kept_banks.pop(next(iter(_kept_banks)))
    return found


def _path(conn: sqlite3.Connection) -> str:
    return str(next((row[2] for row in conn.execute("PRAGMA database_list") if row[1] == "main"), ""))


def _stamp(conn: sqlite3.Connection) -> tuple[int, ...]:
    """What grows with every task, curation and file that is read in: a report may write a truth over another."""
    row = conn.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM outcome), (SELECT coalesce(max(id), 0) FROM operation), "
        "(SELECT coalesce(max(id), 0) FROM import_report), (SELECT count(*) FROM experiment WHERE status = 'finished')"
    ).fetchone()
    return tuple(row)


def computed(
    conn: sqlite3.Connection, bank_id: int, *, item_uids: Collection[str] | None = None
) -> dict[str, ItemEffect]:
    """The effects of a bank, or of some of its items, made anew."""
    merged, shown = _merged(conn, bank_id), None if item_uids is None else frozenset(item_uids)
    read_of = None if shown is None else shown | {one for one, into in merged.items() if into in shown}
    if read_of is not None and not were_retrieved(conn, read_of):
        return {}
    found = item_uses(conn, bank_id=bank_id, reader=_cited, read_of=read_of)
    comparable = _comparable(conn)
    baselines = _baselines(attempts_without(conn, {use.task_key for use in found}), comparable)
    by_hash = dict(comparable.values())
    estimates = item_effects(found, baselines, comparable=by_hash, told=shown)
    if merged:
        united = _united(found, merged)
        of_merged = item_effects(united, baselines, comparable=by_hash, told=shown)
        estimates |= {uid: of_merged[uid] for uid in merged.values() if uid in of_merged}
        found = [*found, *(use for use in united if use.version == 0)]
    if shown is not None:
        found = [use for use in found if use.item_uid in shown]
    return _with_counts(found, estimates | left_out_effects(conn, bank_id, item_uids=shown))


def _merged(conn: sqlite3.Connection, bank_id: int) -> dict[str, str]:
    """Uid of the last item that stands for each merged one."""
    from_ids = origins(conn, bank_id)
    if not from_ids:
        return {}
    uids = dict(conn.execute("SELECT id, uid FROM memory_item"))
    last: dict[str, str] = {}
    for item, merged in sorted(from_ids.items(), key=lambda pair: len(pair[1])):
        last |= {uids[one]: uids[item] for one in merged}
    return last


def _united(found: Iterable[ItemUse], merged: Mapping[str, str]) -> list[ItemUse]:
    """Uses of merged items as those of the item that stands for them, as a text before its first."""
    seen: dict[tuple[str, int, str, bool], ItemUse] = {}
    for use in found:
        into = merged.get(use.item_uid)
        one = use if into is None else replace(use, item_uid=into, version=0)
        known = seen.get((one.item_uid, one.run, one.task_key, one.version == 0))
        injected = one.injected or (known is not None and known.injected)
        one = replace(one, injected=injected, withheld=one.withheld and not injected)
        seen[one.item_uid, one.run, one.task_key, one.version == 0] = one
    return list(seen.values())


def _with_counts(found: Iterable[ItemUse], estimates: Mapping[str, EffectEstimate]) -> dict[str, ItemEffect]:
    retrieved, injected, withheld, rollouts = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    said: defaultdict[str, list[bool]] = defaultdict(list)
    for use in found:
        uid = use.item_uid
        retrieved[uid] += 1
        injected[uid] += use.injected
        withheld[uid] += use.withheld
        rollouts[uid] += use.n if use.injected else 0
        if use.cited is not None:
            said[uid].append(use.cited)
    return {
        uid: ItemEffect(
            retrieved=times,
            injected=injected[uid],
            withheld=withheld[uid],
            cited=sum(said[uid]) if uid in said else None,
            rollouts=rollouts[uid],
            estimate=estimates.get(uid, UNKNOWN),
        )
        for uid, times in retrieved.items()
    }


def _comparable(conn: sqlite3.Connection) -> dict[int, tuple[str, str]]:
    """By run, its arm's hash and the key that arms share which differ in nothing but their memory and scaling."""
    rows = [row for row in runs.runs(conn) if row.shared_with is None]
    return {row.id: (row.arm.hash, acting(row.arm)) if row.arm else (f"run {row.id}",) * 2 for row in rows}


def acting(arm: ArmConfig) -> str:
    """What decides how a rollout is played and graded beside the memory block: suite, models, prompts, limits."""
    values = arm.to_json()
    models = {role: name for role, name in arm.models.items() if role in _OF_ACTING}
    prompts = {name: text for name, text in arm.prompts.items() if name.partition(".")[0] in ("act", "inject", "grade")}
    return digest(canonical_json([arm.suite_hash, values["limits"], models, prompts]))


def _baselines(
    attempts: Sequence[Attempt], comparable: Mapping[int, tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[int, float]]]:
    found: defaultdict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for one in attempts:
        found[one.task_key, comparable[one.run][1]].append((one.n, one.successes))
    return dict(found)
