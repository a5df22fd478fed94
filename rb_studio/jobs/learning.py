"""Distilling stored trajectories into candidate items, outside any run.

Each group of rollouts (a task's, or with `--contrast template` a template's) becomes one experience, committed by
itself. A group that was learned before is left alone, so an interrupted command continues and hand edits stay. What
speaks against an item by its distiller's reply is kept for the review, where all of them wait.
"""

import itertools
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_studio.jobs.aside import aside, report
from rb_studio.jobs.estimates import Estimate, estimate
from rb_studio.jobs.learn_groups import CHOSEN, MODE, Group, LearnRequest, groups
from rb_studio.jobs.plan import make_setup
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.toolbox import Setup, Toolbox
from rb_studio.method.calls import Caller
from rb_studio.method.distill import Distilled, Labelled
from rb_studio.method.label import truth_verdict, without_noise
from rb_studio.method.matts import known, learn
from rb_studio.method.prompts import PromptSet
from rb_studio.method.render import steps_text
from rb_studio.method.review import of_writing
from rb_studio.method.tools import Tools
from rb_studio.models.settings import Settings
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import LlmCall
from rb_studio.records.errors import Cancelled, RbStudioError, UsageError
from rb_studio.records.identity import canonical_json, digest, uid
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Experience, ItemSource, ItemState, MemoryItem
from rb_studio.records.review import Doubt
from rb_studio.records.task import Suite
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import banks, prompts, rollouts
from rb_studio.store.item_import import import_items
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.review import add_doubts
from rb_studio.store.rollouts import RolloutRow
from rb_studio.store.temporal import chain
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database


class LearningStopped(RbStudioError):
    """The distiller's endpoint failed; what was learned before stays."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of it; `skipped` counts rollouts nothing was learned from, `reasons` says why.

    `tokens` and `cost` (US dollars) are None when a call did not report them.
    """

    bank: str
    experiences: int
    items: int
    reasons: Mapping[str, int]
    simulated: bool
    tokens: int | None
    cost: float | None
    notes: tuple[str, ...] = ()
    item_uids: tuple[str, ...] = ()

    @property
    def skipped(self) -> int:
        return sum(self.reasons.values())

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "skipped": self.skipped}


@dataclass
class _Tally:
    experiences: int = 0
    items: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    calls: list[LlmCall] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    alone: int = 0
    simulated: bool = False
    uids: list[str] = field(default_factory=list)


def learn_from(
    workspace: Workspace,
    request: LearnRequest,
    settings: Settings,
    *,
    cancel: threading.Event | None = None,
    on_group: Callable[[int, int], None] = lambda done, total: None,
    isolated: bool = False,
) -> Learned:
    """Distil the chosen trajectories into candidate items of a bank.

    Parameters
    ----------
    on_group
        Called with how many groups are done, and of how many.
    isolated
        Distil in a process of its own, so that a window is never held up; a stop ends it at once.

    Raises
    ------
    UsageError
        Nothing matches, or a label, bank or profile does not exist.
    LearningStopped
        The endpoint failed for good; the same command goes on from there.
    Cancelled
        Stop was asked for.
    """
    request.check()
    conn = workspace.reader()
    tally = _Tally()
    found = groups(conn, request, tally.reasons)
    setup = make_setup(_run_request(request), settings, prompts.prompt_texts(conn))
    _learned_before(conn, request.bank)  # refuses a bank of another memory mode before anything is spent
    workspace.run(lambda db: prompts.record_prompts(db, dict(PromptSet.with_overrides(setup.prompts).texts)))
    done = itertools.count(1)

    def keep(outcome: _Outcome) -> None:
        _keep(workspace, request, outcome, tally)
        on_group(next(done), len(found))

    try:
        if isolated:
            aside(_distil_aside, workspace.path, request, setup, heard=keep, tick=partial(_check, cancel))
        else:
            with closing(_distilled(workspace, request, setup, found, cancel)) as outcomes:
                for outcome in outcomes:
                    keep(outcome)
    except Cancelled:
        raise Cancelled("stopped; what was learned stays, and the same command goes on from there") from None
    return Learned(
        bank=request.bank,
        experiences=tally.experiences,
        items=tally.items,
        reasons=dict(tally.reasons),
        simulated=tally.simulated,
        tokens=_known_sum([call.reply.usage.total if call.reply.usage else None for call in tally.calls]),
        cost=_known_sum([call.reply.cost for call in tally.calls]),
        notes=(*dict.fromkeys(tally.notes), *_told_alone(tally.alone, request)),
        item_uids=tuple(tally.uids),
    )


def estimate_learning(conn: sqlite3.Connection, request: LearnRequest, settings: Settings) -> Estimate:
    """What the distiller will take, one call a rollout, or a comparison. Raises `UsageError` as `learn_from`."""
    request.check()
    found = groups(conn, request, Counter())
    distiller = make_setup(_run_request(request), settings, prompts.prompt_texts(conn)).profiles["distiller"]
    texts = [
        steps_text(_cut(rollouts.trajectory(conn, row.uid, run=row.run), request).steps)
        for group in found
        for row in group.rows
    ]
    calls = len(found) if request.contrast else len(texts)
    return estimate(conn, "distiller", distiller, calls, characters=sum(map(len, texts)) // calls if calls else None)


def _check(cancel: threading.Event | None) -> None:
    if cancel is not None and cancel.is_set():
        raise Cancelled("stopped on request")


def _distil_aside(path: Path, request: LearnRequest, setup: Setup) -> None:
    """In a process of its own: every group's outcome is reported as soon as it is there."""
    with Workspace.open(path, write=False) as workspace:
        for outcome in _distilled(workspace, request, setup, groups(workspace.reader(), request, Counter())):
            report(outcome)


def _distilled(
    workspace: Workspace,
    request: LearnRequest,
    setup: Setup,
    found: Sequence[Group],
    cancel: threading.Event | None = None,
) -> "Generator[_Outcome, None, None]":
    """What the groups give, distilled side by side, in order; a failed endpoint ends it after what is done."""
    with (
        closing(Toolbox(replace(setup, concurrency=1), cancel)) as toolbox,
        ThreadPoolExecutor(setup.concurrency, thread_name_prefix="learn") as pool,
    ):
        learner = _Learner(workspace, request, toolbox, _learned_before(workspace.reader(), request.bank))
        waiting: list[Future[_Outcome]] = [pool.submit(learner.distil, group) for group in found]
        try:
            for future in waiting:
                yield toolbox.result(future)
        except BaseException:
            for future in waiting:
                future.cancel()
            toolbox.close()  # before the pool waits, so that calls in flight end at once
            raise


def _keep(workspace: Workspace, request: LearnRequest, outcome: "_Outcome", tally: _Tally) -> None:
    """Commit an experience and count."""
    tally.calls += outcome.calls
    tally.notes += outcome.notes
    experience = outcome.experience
    if experience is None:
        tally.reasons[outcome.reason] += len(outcome.group.rows)
        return
    workspace.run(lambda db: _save(db, request, experience, outcome.doubts))
    tally.experiences += 1
    tally.items += len(experience.items)
    tally.uids += [item.uid for item in experience.items]
    tally.alone += request.contrast is not None and experience.kind == "single"
    tally.simulated |= any(item.simulated for item in experience.items)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one group gave: an experience with doubts about its items by uid, or the reason for none."""

    group: Group
    experience: Experience | None = None
    reason: str = ""
    doubts: Mapping[str, tuple[Doubt, ...]] = field(default_factory=dict)
    calls: tuple[LlmCall, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Learner:
    """Distils groups; who asked keeps what comes of them."""

    workspace: Workspace
    request: LearnRequest
    toolbox: Toolbox
    learned_before: Set[str]

    def distil(self, group: Group) -> _Outcome:
        """One group's experience; nothing is asked of the model when it was learned before."""
        conn = self.workspace.reader()
        arm = self._arm(group)
        given = self._given(conn, group) if self.request.relabelled else ()
        caller = Caller(arm, self._hash(arm, group, given), group.task, self._tools())
        if _experience_uid(caller, group) in self.learned_before:
            return _Outcome(group, reason="learned before")
        every = [_labelled(conn, row, caller, self.request.label) for row in group.rows]
        labelled = [replace(one, trajectory=_cut(one.trajectory, self.request)) for one in every]
        known_ones = known([one.trajectory for one in labelled], [one.verdict for one in labelled])
        usable = [replace(one, task=group.goals.get(one.trajectory.uid, "")) for one in known_ones]
        distilled = learn(caller, usable, group.domain)
        calls = caller.calls()
        _refuse_failure(calls)
        if distilled is None or not distilled.items:
            notes = distilled.notes if distilled else ()
            return _Outcome(group, reason="the distiller gave no item", calls=calls, notes=notes)
        experience = self._experience(caller, group, usable, distilled)
        return _Outcome(group, experience, doubts=of_writing(distilled), calls=calls, notes=distilled.notes)

    def _sources(self, item: MemoryItem) -> MemoryItem:
        """An item that leads back to the chosen steps: to those it cites among several rollouts, else to all."""
        return replace(item, sources=tuple(self._source(source) for source in item.sources))

    def _source(self, source: ItemSource) -> ItemSource:
        chosen = self.request.steps.get(source.rollout_uid)
        if chosen is None:
            return source
        cited = source.steps if len(self.request.rollouts) > 1 else ()
        return replace(source, steps=cited or tuple(sorted(chosen)))

    def _tools(self) -> Tools:
        return self.toolbox.tools(Suite("", "answer", "none"), {}, embedding=False)

    def _arm(self, group: Group) -> ArmConfig:
        return ArmConfig(
            suite=group.task.suite,
            memory=MODE,
            scaling="vanilla" if self.request.contrast is None else "parallel",
            k=max(2, len(group.rows)),
            label=self.request.label,
            models={"distiller": self.toolbox.models["distiller"].identity},
            prompts=self.toolbox.prompts.hashes(group.domain),
        )

    def _given(self, conn: sqlite3.Connection, group: Group) -> tuple[str, ...]:
        """The verdicts that are learned by."""
        said = (rollouts.verdicts(conn, row.uid, run=row.run) for row in group.rows)
        return tuple(sorted(_latest(verdicts, self.request.label).uid for verdicts in said))

    def _hash(self, arm: ArmConfig, group: Group, given: Sequence[str]) -> str:
        """Identity of what is learned: other rollouts, labels, prompts or models give another experience."""
        uids = sorted(row.uid for row in group.rows)
        steps = {uid: sorted(self.request.steps[uid]) for uid in uids if uid in self.request.steps}
        further = [one for one in (steps, list(given)) if one]
        return digest(canonical_json(["learn", arm.hash, uids, *further]))

    def _experience(self, caller: Caller, group: Group, usable: Sequence[Labelled], distilled: Distilled) -> Experience:
        simulated = any(one.trajectory.simulated for one in usable)
        items = tuple(
            replace(self._sources(item), state=ItemState.CANDIDATE, simulated=item.simulated or simulated)
            for item in distilled.items
        )
        return Experience(
            uid=_experience_uid(caller, group),
            task_key=group.key,
            task_text=group.text,
            items=items,
            rollout_uids=tuple(one.trajectory.uid for one in usable),
            template=group.task.template,
            site=group.task.site,
            label="+".join(sorted({str(one.verdict.status) for one in usable})),
            kind=distilled.kind,
            raw=distilled.raw,
        )


def _cut(trajectory: Trajectory, request: LearnRequest) -> Trajectory:
    """A rollout with the steps to learn from only. Raises `UsageError` for a step that it has not."""
    chosen = request.steps.get(trajectory.uid)
    if chosen is None:
        return trajectory
    missing = set(chosen) - {step.number for step in trajectory.steps}
    if missing or not chosen:
        what = f"there is no step {min(missing)}" if missing else "no step is chosen"
        raise UsageError(f"{what} in the rollout: choose from its {len(trajectory.steps)} steps")
    return replace(trajectory, steps=tuple(step for step in trajectory.steps if step.number in set(chosen)))


def _told_alone(alone: int, request: LearnRequest) -> list[str]:
    """A contrast needs two attempts; where there is one, it was distilled like any single one."""
    if alone and request.contrast == CHOSEN:
        return ["only one of the chosen rollouts has a known label: nothing to compare, so it was distilled by itself"]
    which = f"{alone} {request.contrast}{'' if alone == 1 else 's'}"
    return [f"{which} with one known attempt: nothing to compare, so it was distilled by itself"] if alone else []


def _run_request(request: LearnRequest) -> RunRequest:
    return RunRequest(suite="", profiles={"actor": request.profile} if request.profile else {})


def _learned_before(conn: sqlite3.Connection, name: str) -> set[str]:
    """Uids of the bank's experiences. Raises UsageError for a bank of another memory mode."""
    found = banks.find_bank(conn, name)
    if found is None:
        return set()
    if found.mode != MODE:
        raise UsageError(f"bank {name!r} holds {found.mode} memories, and this makes {MODE} ones; name another bank")
    return {one.uid for one in banks.bank_value(conn, found.id, embedder="").experiences}


def _save(
    db: "Database", request: LearnRequest, experience: Experience, doubts: Mapping[str, tuple[Doubt, ...]]
) -> None:
    found = banks.find_bank(db.conn, request.bank)
    bank_id = banks.create_bank(db, request.bank, MODE) if found is None else found.id
    why = f"learned by {request.label} label" + (f", contrast by {request.contrast}" if request.contrast else "")
    import_items(db, bank_id, [experience], who="learn", reason=why)
    ids = row_ids(db.conn, "memory_item", chain(db.conn, bank_id), list(doubts))
    add_doubts(db, {ids[uid]: them for uid, them in doubts.items()})


def _experience_uid(caller: Caller, group: Group) -> str:
    return uid(caller.arm_hash, group.key, "experience")


def _labelled(conn: sqlite3.Connection, row: RolloutRow, caller: Caller, label: str) -> Labelled:
    trajectory = rollouts.trajectory(conn, row.uid, run=row.run)
    if label == "gt":
        return Labelled(trajectory, truth_verdict(caller, trajectory, rollouts.truths(conn, row.uid, run=row.run)))
    return Labelled(trajectory, _latest(rollouts.verdicts(conn, row.uid, run=row.run), label))


def _latest(verdicts: Sequence[Verdict], source: str) -> Verdict:
    return without_noise(next(verdict for verdict in reversed(verdicts) if verdict.source == source))


def _refuse_failure(calls: Sequence[LlmCall]) -> None:
    """Of the attempts of one call only the last counts."""
    last = {(call.rollout_uid, call.number): call.reply.failure for call in calls}
    fault = next((failure for failure in last.values() if failure is not None and failure.infrastructure), None)
    if fault is not None:
        raise LearningStopped(
            f"the distiller failed: {fault.message}; what was learned stays, and the command goes on from there"
        )


def _known_sum(values: Sequence[Any]) -> Any:
    return None if None in values else sum(values)
