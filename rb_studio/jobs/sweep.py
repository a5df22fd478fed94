"""Many arms at once, each on its own bank, resumable after a kill at any moment."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from rb_studio.jobs.driver import Driver, Strand
from rb_studio.jobs.perform import OnExecutor
from rb_studio.jobs.plan import (
    BankChoice,
    Ground,
    continued,
    fresh_name,
    from_bank,
    new_run,
    prepare_ground,
    resolved_arm,
)
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import Begun, Paused
from rb_studio.jobs.workers import LocalExecutor
from rb_studio.method import modes
from rb_studio.models.settings import Settings
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError
from rb_studio.store import banks, runs
from rb_studio.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SweepResult:
    """A finished sweep: its id, whether it had been begun before, notes on combinations left out."""

    sweep: int
    resumed: bool
    notes: tuple[str, ...] = ()


def run_sweep(
    workspace: Workspace,
    request: SweepRequest,
    settings: Settings,
    *,
    resume: int | None = None,
    workers: int | None = None,
    cancel: threading.Event | None = None,
    on_begun: Begun | None = None,
) -> SweepResult:
    """Run every arm of a sweep; rows are committed before any model starts.

    Parameters
    ----------
    resume
        Start this sweep if absent, continue it if its configuration is the same.
    workers
        Local worker processes (default: one a core).
    on_begun
        Called with the ids of the runs and the tasks of each once their rows are committed.

    Raises
    ------
    UsageError
        An arm cannot run, or `resume` names a sweep of another configuration.
    Paused
        Some arm met a fault that lasted; the others are finished.
    """
    cells, notes = request.cells()
    if not cells:
        raise UsageError("no arm is left to run: k > 1 needs --scaling parallel or vanilla")
    for cell in cells:
        modes.check(cell.arm())
    known = _known(workspace, request, resume)
    if known is not None and known.status == "finished":
        return SweepResult(known.id, True, tuple(notes))
    ground = prepare_ground(workspace, replace(cells[0], suite=request.base.suite), settings)
    sweep_id = known.id if known else _begin(workspace, request, cells, ground)
    rows = runs.runs(workspace.reader(), sweep=sweep_id)
    if on_begun:
        on_begun([row.id for row in rows if row.shared_with is None], len(ground.tasks))
    count = workers or os.cpu_count() or 1
    executor = LocalExecutor(count)
    try:
        strands = _drive(workspace, sweep_id, ground, executor, 2 * count, cancel)
    finally:
        executor.shutdown(cancel_futures=True)
    _finish(workspace, sweep_id, strands)
    return SweepResult(sweep_id, known is not None, tuple(notes))


def _known(workspace: Workspace, request: SweepRequest, resume: int | None) -> runs.SweepRow | None:
    """The sweep to continue, None to begin a new one."""
    if resume is None:
        return None
    row = runs.sweep(workspace.reader(), resume)
    if row is not None and row.hash != request.hash:
        raise UsageError(
            f"sweep {resume} was begun with other settings: repeat its command as it was, or leave --resume out"
        )
    return row


def _begin(workspace: Workspace, request: SweepRequest, cells: Sequence[RunRequest], ground: Ground) -> int:
    """All rows of a sweep in one transaction: sweep, arms, runs, an empty bank for each arm that learns."""
    start = BankChoice()
    memories = [cell for cell in cells if cell.memory != "none"]
    if request.start and memories:
        start = from_bank(workspace, replace(memories[0], bank=request.start, learn=False), ground, request.start)

    def begin(db: Any) -> int:
        sweep_id = runs.create_sweep(db, request.to_json())
        first: dict[str, int] = {}
        for cell in cells:
            arm = resolved_arm(cell, ground, start if cell.memory != "none" else BankChoice())
            shared = first.get(arm.hash)
            choice = BankChoice() if shared else _bank_for(db, sweep_id, cell, start)
            run_id = _run_row(db, cell, arm, choice, ground, sweep_id, shared)
            first.setdefault(arm.hash, run_id)
        return sweep_id

    return workspace.run(begin)


def _run_row(
    db: Any, cell: RunRequest, arm: ArmConfig, choice: BankChoice, ground: Ground, sweep_id: int, shared: int | None
) -> int:
    config = {"request": cell.to_json(), "at_operation": choice.at_operation}
    return new_run(db, arm, choice, ground, config=config, sweep=sweep_id, shared_with=shared)


def _bank_for(db: Any, sweep_id: int, cell: RunRequest, start: BankChoice) -> BankChoice:
    """An arm's own bank: empty, or forked from where the sweep starts."""
    if cell.memory == "none":
        return BankChoice()
    if start.bank is not None and not cell.learn:
        return start
    name = fresh_name(db.conn, f"sweep {sweep_id} {cell.memory} {cell.scaling} k={cell.k} seed={cell.seed}")
    if start.bank is None:
        return BankChoice(banks.create_bank(db, name, cell.memory))
    forked = banks.fork_bank(db, start.bank, name, at_operation=start.at_operation)
    return replace(start, bank=forked, state="continued", at_operation=None)


def _drive(
    workspace: Workspace,
    sweep_id: int,
    ground: Ground,
    executor: Executor,
    in_flight: int,
    cancel: threading.Event | None,
) -> list[Strand]:
    rows = runs.runs(workspace.reader(), sweep=sweep_id)
    own = [row for row in rows if row.shared_with is None]
    strands = [continued(workspace, row, ground) for row in own]
    performer = OnExecutor(executor, ground.setup, ground.suite, ground.gradings)
    workspace.run(lambda db: runs.set_sweep_status(db, sweep_id, "running"))
    try:
        Driver(workspace, performer, in_flight=in_flight, cancel=cancel or threading.Event()).drive(strands)
    except BaseException:
        workspace.run(lambda db: runs.set_sweep_status(db, sweep_id, "cancelled"))
        raise
    return strands


def _finish(workspace: Workspace, sweep_id: int, strands: Sequence[Strand]) -> None:
    """Equal cells take over the status of the arm they share; a paused arm leaves the sweep paused."""
    paused = [strand.paused for strand in strands if strand.paused]
    status = "paused" if paused else "finished"

    def finish(db: Any) -> None:
        rows = {row.id: row for row in runs.runs(db.conn, sweep=sweep_id)}
        for row in rows.values():
            if row.shared_with is not None:
                runs.set_run_status(db, row.id, rows[row.shared_with].status)
        runs.set_sweep_status(db, sweep_id, status)

    workspace.run(finish)
    if paused:
        raise Paused(f"{len(paused)} arms are paused, the first {paused[0]}; continue with --resume {sweep_id}")
