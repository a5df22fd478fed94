"""Distilling again what was learned under another label than a person gave: cost first, candidates, its own undo."""

import sqlite3
import threading
from collections.abc import Callable, Sequence

from rb_studio.jobs.estimates import Estimate
from rb_studio.jobs.learn_groups import MODE, LearnRequest
from rb_studio.jobs.learning import Learned, estimate_learning, learn_from
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.store.rows import select_in
from rb_studio.store.workspace import Workspace


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
