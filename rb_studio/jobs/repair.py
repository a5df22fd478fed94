"""Distilling again what was learned under another label than a person gave: cost first, candidates, its own undo."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Sequence

from rb_studio.jobs.estimates import Estimate
from rb_studio.jobs.learn_groups import MODE, LearnRequest
from rb_studio.jobs.learning import Learned, estimate_learning, learn_from
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.store.rows import select_in
from rb_studio.store.workspace import Workspace

_HOMES = """
SELECT i.bank, count(*) AS items FROM rollout r JOIN item_source s ON s.rollout_uid = r.uid
JOIN memory_item i ON i.id = s.item JOIN experience e ON e.id = i.experience
WHERE r.id IN ({}) AND (e.run IS NULL OR e.run = r.run) GROUP BY i.bank
"""
_FREE = """
SELECT name FROM bank b WHERE id = ? AND mode = ? AND NOT EXISTS (SELECT 1 FROM run
  WHERE run.bank = b.id AND status NOT IN ('finished', 'imported'))
"""


def again(
    conn: sqlite3.Connection, rollouts: Sequence[int], *, profile: str | None = None, bank: str = MODE
) -> LearnRequest:
    """What to learn from rollouts, by row id, under the verdict a person gave. Raises UsageError for an unknown one."""
    wanted = list(dict.fromkeys(rollouts))
    known = {
        row["id"]: (row["run"], row["uid"])
        for row in select_in(conn, "SELECT id, run, uid FROM rollout WHERE id IN ({})", wanted)
    }
    missing = next((one for one in wanted if one not in known), None)
    if missing is not None:
        raise UsageError(f"there is no rollout {missing}: choose from the list")
    chosen = tuple(known[one] for one in wanted)
    return LearnRequest(label="human", profile=profile, bank=bank, rollouts=chosen, relabelled=True)


def repaired_bank(conn: sqlite3.Connection, rollouts: Sequence[int], archived: Sequence[int] = ()) -> str:
    """The bank to learn into once more: where most of the `archived` items were, each named by its bank.

    Without any it is the bank that most memory from these rollouts, by row id, came into; the method's own where there
    is none. A bank that an unfinished run goes on with is not proposed.
    """
    counts = Counter(archived)
    if not counts:
        for row in select_in(conn, _HOMES, dict.fromkeys(rollouts)):
            counts[row["bank"]] += row["items"]
    for bank, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        found = conn.execute(_FREE, (bank, MODE)).fetchone()
        if found is not None:
            return str(found[0])
    return MODE


def estimate_again(
    conn: sqlite3.Connection, rollouts: Sequence[int], settings: Settings, *, profile: str | None = None
) -> Estimate:
    """What distilling them again will take. Raises `UsageError` as `again`."""
    return estimate_learning(conn, again(conn, rollouts, profile=profile), settings)


def distil_again(
    workspace: Workspace,
    rollouts: Sequence[int],
    settings: Settings,
    *,
    profile: str | None = None,
    bank: str = MODE,
    cancel: threading.Event | None = None,
    on_group: Callable[[int, int], None] = lambda done, total: None,
    isolated: bool = False,
) -> Learned:
    """Learn from rollouts, by row id, once more under the verdict a person gave, into candidates.

    Verdicts are known apart: after a second override they are learned from again. It is an operation of its own among
    the memories. Rollouts whose verdict is unknown, or that no person judged, are told as skipped.

    Raises
    ------
    UsageError, LearningStopped, Cancelled
        As `learn_from`.
    """
    request = again(workspace.reader(), rollouts, profile=profile, bank=bank)
    return learn_from(workspace, request, settings, cancel=cancel, on_group=on_group, isolated=isolated)
