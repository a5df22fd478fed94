"""Many arms at once, each on its own bank, resumable after a kill at any moment."""

import gc
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rb_studio.jobs.cluster import ClusterExecutor, ClusterGone, check_executor
from rb_studio.jobs.driver import Driver
from rb_studio.jobs.driving import LOCAL, Brakes, Driving
from rb_studio.jobs.limits import check_spend_limit
from rb_studio.jobs.outpost import Outpost
from rb_studio.jobs.perform import OnExecutor
from rb_studio.jobs.pilot import sampled
from rb_studio.jobs.plan import (
    Ground,
    check,
    check_own,
    new_run,
    planned,
    prepare_ground,
    resolved_arm,
    shared_out,
    stands_on,
)
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import Begun, Paused
from rb_studio.jobs.starts import BankChoice, fresh_name, from_bank
from rb_studio.jobs.strand import Strand
from rb_studio.jobs.workers import LocalExecutor
from rb_studio.method import modes
from rb_studio.method.allocate import needs_vector
from rb_studio.method.prefix import family
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.identity import canonical_json
from rb_studio.store import outcomes, prompts, runs
from rb_studio.store.workspace import Workspace

MOST_PLACES = 10_000
COMMIT_SECONDS = 1.0
BATCH = 16
# A call of a cluster passes through a scheduler and costs more than one here.
CLUSTER_BATCH, CLUSTER_SECONDS = 64, 1.0
YOUNG_OBJECTS = 100_000


@dataclass(frozen=True, slots=True)
class SweepResult:
    """A finished sweep, or one after its pilot: its id, whether it had been begun before, notes on combinations left
    out, and the tasks of each arm (0 where nothing was left to do).
    """

    sweep: int
    resumed: bool
    notes: tuple[str, ...] = ()
    tasks: int = 0


class OtherGround(UsageError):
    """Tasks, prompts or models have changed since the sweep was begun, so it cannot be continued."""


def run_sweep(
    workspace: Workspace,
    request: SweepRequest,
    settings: Settings,
    *,
    resume: int | None = None,
    workers: int | None = None,
    executor: str = LOCAL,
    spend_limit: float | None = None,
    pilot: int | None = None,
    cancel: threading.Event | None = None,
    pause: threading.Event | None = None,
    on_begun: Begun | None = None,
    isolated: bool = False,
) -> SweepResult:
    """Run every arm of a sweep; rows are committed before any model starts.

    Parameters
    ----------
    resume
        Start this sweep if absent, continue it if its configuration is the same.
    workers
        Worker processes at most (default: one a core, or all of a cluster that runs already); they share the
        concurrency between them.
    executor
        `local`, `dask` for a cluster of this machine, `dask=ADDRESS` for one that runs already. Only this process
        writes.
    spend_limit
        US dollars that the whole sweep may spend by what its endpoints report: once they are, what is under way is
        finished and the sweep pauses. None keeps the limit it was begun with, `driving.NO_LIMIT` takes that off.
    pilot
        Do only so many first tasks, of the arms with fewest and most rollouts of each memory mode, scaling and
        allocation, and leave the sweep paused:
        `pilot.forecast` tells what the whole will take. Nothing is spent twice, as the sweep goes on from there.
    cancel, pause
        Set to stop. Stop drops what is under way, a pause finishes and commits it first.
    on_begun
        Called with the ids of the runs and the tasks of each once their rows are committed.
    isolated
        Speak to a cluster from a process of its own, so that this one opens no connection.

    Raises
    ------
    UsageError
        An arm cannot run, `resume` names a sweep of another configuration, or nothing could hold the spend limit.
    Paused
        Some arm met a fault that lasted; the others are finished. Or a pause was asked for, or the limit is reached.
    """
    cells, notes = check_sweep(request, settings)
    address = check_executor(executor)
    known = _known(workspace, request, resume)
    asked = Driving(executor, workers, spend_limit)
    driving = asked.settled() if known is None else asked.again(Driving.from_json(known.driving))
    check_spend_limit(request.base, settings, driving.spend_limit)
    if known is not None and _is_over(workspace, known):
        return SweepResult(known.id, True, tuple(notes))
    embedding = any(needs_vector(cell.arm()) for cell in cells)
    ground = prepare_ground(workspace, cells[0], settings, embedding=embedding)
    with (
        _shelf(address) as shelf,
        _executor(address, ground, driving.workers, isolated) as (running, places),
        workspace.hurried(),
        _seldom_collecting(),
    ):
        if known is not None:
            _refuse_other_ground(workspace, known.id, ground)
        sweep_id = _begin(workspace, request, cells, ground, resume) if known is None else known.id
        workspace.run(lambda db: runs.set_driving(db, sweep_id, driving.to_json()))
        rows = [row for row in runs.runs(workspace.reader(), sweep=sweep_id) if row.shared_with is None]
        own = [row.id for row in rows]
        if on_begun:
            on_begun(own, len(ground.tasks))
        ground = replace(ground, setup=replace(shared_out(ground.setup, places)[1], shelf=shelf))
        strands = _strands(workspace, rows, ground)
        chosen = strands if pilot is None else sampled(strands, pilot)
        brakes = Brakes(workspace, own, pause or threading.Event(), driving.spend_limit)
        driver = _driver(workspace, ground, running, places, brakes, driving)
        driver.cancel = cancel or driver.cancel
        _driven(workspace, sweep_id, driver, chosen)
    _finish(workspace, sweep_id, strands, brakes)
    return SweepResult(sweep_id, known is not None, tuple(notes), len(ground.tasks))


def _driven(workspace: Workspace, sweep_id: int, driver: Driver, strands: Sequence[Strand]) -> None:
    """Drive to the end or a pause; whoever is stopped is told how to go on."""
    try:
        _drive(workspace, sweep_id, driver, strands)
    except Cancelled:
        raise Cancelled(
            f"sweep {sweep_id} was stopped, finished tasks are kept; "
            f"give the same command with --resume {sweep_id} to continue it"
        ) from None
    except ClusterGone as error:
        raise ClusterGone(f"{error}; finished tasks are kept, continue with --resume {sweep_id}") from None


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Outcomes are many objects without cycles: looking for some among them costs more than to read them."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _executor(
    address: str | None, ground: Ground, workers: int | None, isolated: bool
) -> Iterator[tuple[Executor, int]]:
    """Where tasks run, and how many at once; no more processes are used than rollouts may be in flight."""
    running: LocalExecutor | ClusterExecutor | Outpost
    if address is None:
        places = shared_out(ground.setup, workers or os.cpu_count() or 1)[0]
        running = LocalExecutor(places)
    else:
        most = workers or (MOST_PLACES if address else os.cpu_count() or 1)
        running = (Outpost if isolated else ClusterExecutor)(address, shared_out(ground.setup, most)[0])
        places = running.places
    try:
        yield running, places
    finally:
        running.shutdown(cancel_futures=True)


@contextmanager
def _shelf(address: str | None) -> Iterator[Path | None]:
    """Where workers of this machine share the vectors of texts; None where they may be on others."""
    if address:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="rb-studio-", ignore_cleanup_errors=True) as folder:
        path = Path(folder, "vectors")
        path.touch()
        yield path


def check_sweep(request: SweepRequest, settings: Settings) -> tuple[list[RunRequest], list[str]]:
    """The arms of a sweep and notes on what is left out; raises `UsageError` before a workspace is looked at."""
    cells, notes = request.cells()
    if not cells:
        raise UsageError(f"no arm is left to run: {'; '.join(notes)}; change --scaling, --k or --budget")
    check(cells[0], settings)
    for cell in cells:
        modes.check(cell.arm())
        check_own(cell)
    return cells, notes


def _known(workspace: Workspace, request: SweepRequest, resume: int | None) -> runs.SweepRow | None:
    """The sweep to continue, None to begin a new one."""
    if resume is None:
        return None
    row = runs.sweep(workspace.reader(), resume)
    if row is not None and row.hash != request.hash:
        _refuse_changed_method(row, request)
        raise UsageError(
            f"sweep {resume} was begun with other settings: repeat its command as it was, or leave --resume out"
        )
    return row


def _refuse_changed_method(row: runs.SweepRow, request: SweepRequest) -> None:
    """A sentence of its own where nothing but the file of a method is another one."""
    before, now = dict(row.config.get("base", {})), request.base.to_json()
    known, given = before.pop("method_identities", {}), now.pop("method_identities", {})
    same = canonical_json({**row.config, "base": before}) == canonical_json({**request.to_json(), "base": now})
    changed = sorted(name for name in known if given.get(name) not in (None, known[name]))
    if same and changed:
        raise UsageError(
            f"sweep {row.id} was begun with another version of the method {changed[0]}, and a changed file is another "
            "arm: set the file back, or leave --resume out to begin a new sweep"
        )


def _is_over(workspace: Workspace, sweep: runs.SweepRow) -> bool:
    """Finished, with data for every task."""
    conn = workspace.reader()
    return sweep.status == "finished" and all(_is_over_run(workspace, row) for row in runs.runs(conn, sweep=sweep.id))


def _refuse_other_ground(workspace: Workspace, sweep_id: int, ground: Ground) -> None:
    if not all(stands_on(row, ground) for row in runs.runs(workspace.reader(), sweep=sweep_id)):
        raise OtherGround(
            f"sweep {sweep_id} was begun with other tasks, prompts or models than there are now: "
            "set them back, or leave --resume out to begin a new sweep"
        )


def _begin(
    workspace: Workspace, request: SweepRequest, cells: Sequence[RunRequest], ground: Ground, sweep_id: int | None
) -> int:
    """All rows of a sweep in one transaction: sweep, arms, runs, a bank for each arm that learns."""
    start = BankChoice()
    memories = {cell.memory: cell for cell in cells if cell.memory != "none"}
    if request.start and len(memories) > 1:
        raise UsageError(
            f"a bank holds memories of one mode, and {', '.join(memories)} cannot all start from {request.start}: "
            "sweep them one by one, or leave --from out"
        )
    for cell in memories.values() if request.start else ():
        start = from_bank(workspace, replace(cell, learn=False), ground, request.start or "")

    def begin(db: Any) -> int:
        prompts.record_prompts(db, ground.prompt_texts)
        made = runs.create_sweep(db, request.to_json(), sweep_id)
        first: dict[str, int] = {}
        for cell in cells:
            arm = resolved_arm(cell, ground, start if cell.memory != "none" else BankChoice())
            shared = first.get(arm.hash)
            choice = _bank_for(db, made, cell, start)
            if shared:
                choice = replace(choice, bank=None, new=None, parent=None)
            run_id = new_run(db, cell, arm, choice, ground, sweep=made, shared_with=shared)
            first.setdefault(arm.hash, run_id)
        return made

    return workspace.run(begin)


def _bank_for(db: Any, sweep_id: int, cell: RunRequest, start: BankChoice) -> BankChoice:
    """An arm's own bank: empty, or forked from where the sweep starts."""
    if cell.memory == "none" or (start.bank is not None and not cell.learn):
        return start if cell.memory != "none" else BankChoice()
    name = fresh_name(db.conn, f"sweep {sweep_id} {cell.memory} {cell.scaling} k={cell.k} seed={cell.seed}")
    if start.bank is None:
        return BankChoice(new=name)
    return replace(start, bank=None, new=name, parent=start.bank, state="continued")


def _drive(workspace: Workspace, sweep_id: int, driver: Driver, strands: Sequence[Strand]) -> None:
    workspace.run(lambda db: runs.set_sweep_status(db, sweep_id, "running"))
    try:
        driver.drive(strands)
    except BaseException as error:
        status = "cancelled" if isinstance(error, (Cancelled, KeyboardInterrupt)) else "failed"
        workspace.run(lambda db: runs.set_sweep_status(db, sweep_id, status))
        raise


def _driver(
    workspace: Workspace, ground: Ground, executor: Executor, places: int, brakes: Brakes, driving: Driving
) -> Driver:
    """With money to look after, tasks go out one by one and are counted before the next."""
    far, counted = driving.executor != "local", driving.spend_limit is not None
    batch, seconds = (CLUSTER_BATCH, CLUSTER_SECONDS) if far else (BATCH, None)
    return Driver(
        workspace,
        OnExecutor(executor, ground.setup, ground.suite, ground.gradings, seconds=seconds),
        in_flight=places if counted else 2 * places,
        batch=1 if counted else batch,
        commit_seconds=0.0 if counted else COMMIT_SECONDS,
        hold=brakes,
    )


def _strands(workspace: Workspace, rows: Sequence[runs.RunRow], ground: Ground) -> list[Strand]:
    """A strand for each arm with rollouts of its own; arms that can take theirs over from it go along."""
    families: dict[str, list[runs.RunRow]] = {}
    for row in rows:
        if row.arm is not None:
            families.setdefault(family(row.arm) or f"run {row.id}", []).append(row)
    strands = []
    for members in families.values():
        if all(_is_over_run(workspace, row) for row in members):
            continue
        first, *others = sorted(members, key=_most_rollouts)
        strands.append(planned(workspace, first, ground, others))
    return strands


def _most_rollouts(row: runs.RunRow) -> tuple[bool, int]:
    """Sorts arms by how much the others can take over from them, most first: k, of one that never stops early."""
    return (False, 0) if row.arm is None else (row.arm.allocation != "uniform", -row.arm.k)


def _is_over_run(workspace: Workspace, row: runs.RunRow) -> bool:
    conn = workspace.reader()
    open_tasks = outcomes.invalid_tasks(conn, row.id) | outcomes.partial_tasks(conn, row.id)
    return row.status == "finished" and not open_tasks


def _finish(workspace: Workspace, sweep_id: int, strands: Sequence[Strand], brakes: Brakes) -> None:
    """Equal cells take over the status of the arm they share; a paused or unfinished arm leaves the sweep paused."""
    members = [member for strand in strands for member in strand.members]
    paused = [member.paused for member in members if member.paused]
    sampled = [member for strand in strands if strand.only is not None for member in strand.members]
    left = any(strand.paused or strand.only is not None or not strand.done for strand in strands)

    def finish(db: Any) -> None:
        for member in sampled:
            if not member.paused:
                runs.set_run_status(db, member.run, "paused", "paused after a pilot")
        rows = {row.id: row for row in runs.runs(db.conn, sweep=sweep_id)}
        for row in rows.values():
            if row.shared_with is not None:
                runs.set_run_status(db, row.id, rows[row.shared_with].status)
        runs.set_sweep_status(db, sweep_id, "paused" if paused or left else "finished")

    workspace.run(finish)
    if brakes.reason and left:
        first = f"{brakes.mend} and " if brakes.mend else ""
        raise Paused(f"sweep {sweep_id} is paused {brakes.reason}; {first}continue with --resume {sweep_id}")
    if paused:
        told = f"1 arm is {paused[0]}" if len(paused) == 1 else f"{len(paused)} arms are paused, the first {paused[0]}"
        raise Paused(f"{told}; continue with --resume {sweep_id}")
