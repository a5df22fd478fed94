"""From a request to strands: suite, models, banks and run rows, all committed before anything starts."""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from rb_studio.environments.builtin import BUILTIN_SUITES, builtin_suite
from rb_studio.environments.registry import domain_of, labels, runnable
from rb_studio.jobs.acting import refuse_actor
from rb_studio.jobs.request import RunRequest, chosen, ordered, read_split, split_by_template
from rb_studio.jobs.starts import BankChoice, bank_value, choose_bank, with_bank
from rb_studio.jobs.strand import Loaded, Strand
from rb_studio.jobs.toolbox import CHAT_ROLES, Setup, Toolbox
from rb_studio.method import modes
from rb_studio.method.allocate import follows_past, needs_vector
from rb_studio.method.consolidate import counted, needs_item_vectors
from rb_studio.models import registry
from rb_studio.models.errors import EmbeddingError
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.allocation import Allocation
from rb_studio.records.arm import ArmConfig
from rb_studio.records.consolidation import parse_policy, spelled
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import Bank, Tally
from rb_studio.records.task import Grading, Suite, Task
from rb_studio.store import allocations, outcomes, prompts, runs, suites
from rb_studio.store.live import drop_unfinished
from rb_studio.store.verdicts import human_labels
from rb_studio.store.workspace import Workspace

log = logging.getLogger(__name__)
DEFAULT_CONCURRENCY = 4
MEMORY_ROLES = ("embedder", "distiller")
UNFINISHED = ("planned", "running", "paused", "cancelled", "failed")


@dataclass(frozen=True, slots=True)
class Ground:
    """What every arm of a job stands on: the suite, its tasks in order, its ground truth, the models.

    `held_out` are the templates of the test split; `human` holds status and reason of a person's verdict by task key,
    where arms learn from those.
    """

    suite: Suite
    tasks: tuple[Task, ...]
    gradings: Mapping[str, Grading]
    setup: Setup
    suite_hash: str
    identities: Mapping[str, str]
    prompt_hashes: Mapping[str, str]
    prompt_texts: Mapping[str, str]
    held_out: tuple[str, ...] = ()
    human: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    order: str = "id"

    def sequence(self, order: str) -> tuple[Task, ...]:
        """These very tasks in another order, those of the test split still last."""
        tasks = ordered(self.tasks, order, None)
        return tuple(sorted(tasks, key=lambda task: (task.template or task.key) in self.held_out))


def check(request: RunRequest, settings: Settings) -> None:
    """Raise `UsageError` for whatever is wrong with a request before a workspace is looked at."""
    modes.check(request.arm())
    check_own(request)
    ordered((), request.order, request.limit)
    read_split(request.split)
    make_setup(request, settings, {})


def check_own(request: RunRequest) -> None:
    """Raise `UsageError` where a memory method of one's own is given a policy beside its own."""
    own = request.own_method
    if own is not None and own.consolidates and spelled(request.consolidation) != "append":
        raise UsageError(f"the method {own.name} consolidates by itself: leave --consolidation out")
    if own is not None and request.retrieve_unit == "item" and "retrieve" in own.functions:
        raise UsageError(f"the method {own.name} retrieves by itself: leave --retrieve-unit out")


@dataclass(frozen=True, slots=True)
class Stream:
    """The tasks of a request in order, and what is known to label them by."""

    suite: Suite
    tasks: tuple[Task, ...]
    gradings: Mapping[str, Grading]
    held_out: tuple[str, ...]
    human: Mapping[str, tuple[str, str]]


def read_stream(conn: sqlite3.Connection, request: RunRequest) -> Stream:
    """Resolve the tasks of a stored suite.

    Raises
    ------
    UsageError
        The suite cannot run or has no such tasks, they cannot be split, or they lack the labels asked for.
    """
    suite = suites.suite(conn, request.suite).suite
    ready, reason = runnable(suite)
    if not ready:
        raise UsageError(reason or f"the suite {suite.name} cannot run")
    tasks = ordered(chosen(suites.tasks(conn, request.suite), request.tasks), request.order, request.limit)
    if not tasks:
        raise UsageError(f"the suite {request.suite} has no tasks")
    tasks, held_out = split_by_template(tasks, request.split)
    gradings = suites.gradings(conn, [task.key for task in tasks])
    _refuse_unlabelled(request, suite, gradings)
    human = _human(conn, tasks) if request.label == "human" else {}
    return Stream(suite, tuple(tasks), gradings, held_out, human)


def prepare_ground(
    workspace: Workspace, request: RunRequest, settings: Settings, *, embedding: bool | None = None
) -> Ground:
    """Resolve suite, tasks and models; raises `UsageError` with a sentence when something does not resolve.

    `embedding` tells whether any arm needs an embedder (default: the request's own does).
    """
    check(request, settings)
    ensure_suite(workspace, request.suite)
    conn = workspace.reader()
    stream = read_stream(conn, request)
    setup = make_setup(request, settings, prompts.prompt_texts(conn))
    refuse_actor(stream.suite, setup.profiles["actor"].name)
    embedding = needs_vector(request.arm()) if embedding is None else embedding
    identities, hashes, texts = _identities(setup, domain_of(stream.suite), embedding=embedding)
    return Ground(
        suite=stream.suite,
        tasks=stream.tasks,
        gradings=stream.gradings,
        setup=setup,
        suite_hash=suites.suite_hash(conn, request.suite),
        identities=identities,
        prompt_hashes=hashes,
        prompt_texts=texts,
        held_out=stream.held_out,
        human=stream.human,
        order=request.order,
    )


def _refuse_unlabelled(request: RunRequest, suite: Suite, gradings: Mapping[str, Grading]) -> None:
    """Labels by ground truth need one that may be learned from."""
    if request.label == "gt" and not any(labels(suite, grading) for grading in gradings.values()):
        raise UsageError(
            f"--label gt needs ground truth, and the suite {suite.name} has none to learn from (grader "
            f"{suite.grader}): use --label judge, or import the suite with a grader that compares answers"
        )


def _human(conn: sqlite3.Connection, tasks: Sequence[Task]) -> dict[str, tuple[str, str]]:
    """Labels by a person need rollouts that one judged."""
    found = human_labels(conn, [task.key for task in tasks])
    if not found:
        raise UsageError(
            "--label human goes by a person's verdict on an earlier rollout of the same task, and none of these tasks "
            "has one: judge rollouts in the window first, or use --label judge"
        )
    return found


def is_built_in(suite: str) -> bool:
    """Whether a suite needs no import. Raises `UsageError` when this version lacks it."""
    base = suite.partition("/")[0]
    return base in BUILTIN_SUITES and bool(builtin_suite(base))


def ensure_suite(workspace: Workspace, name: str) -> None:
    """Put a built-in suite into the workspace when it is asked for the first time."""
    base = name.partition("/")[0]
    present = {row.suite.name for row in suites.suites(workspace.reader())}
    if base in BUILTIN_SUITES and base not in present:
        content = builtin_suite(base)
        workspace.run(lambda db: suites.save_suite(db, content))


def make_setup(request: RunRequest, settings: Settings, overrides: Mapping[str, str]) -> Setup:
    """Profiles by role: the named ones, else the actor's, which is the settings' own unless named."""
    actor = registry.profile(request.profiles.get("actor", settings.profile), settings)
    named = {role: registry.profile(name, settings) for role, name in request.profiles.items() if role in CHAT_ROLES}
    profiles: dict[str, Profile] = {role: named.get(role, actor) for role in CHAT_ROLES}
    fallback = 1 if actor.name == "practice" else min(DEFAULT_CONCURRENCY, actor.concurrency)
    concurrency = request.concurrency or fallback
    if concurrency < 1:
        raise UsageError(f"--concurrency {concurrency}: give 1 or more rollouts in flight")
    if request.concurrency is not None:
        profiles = {role: _limited(p, concurrency, same=p.name == actor.name) for role, p in profiles.items()}
    wanted = request.embedder or settings.embedder
    chosen = settings.profiles.get(wanted, wanted)
    own, seconds = request.methods, settings.method_seconds
    return Setup(profiles, chosen, dict(overrides), concurrency, methods=own, method_seconds=seconds)


def _limited(profile: Profile, concurrency: int, *, same: bool) -> Profile:
    """The actor's endpoint takes as many calls as are asked for, those beside a rollout too; others at most theirs."""
    return replace(profile, concurrency=concurrency if same else min(concurrency, profile.concurrency))


def shared_out(setup: Setup, processes: int) -> tuple[int, Setup]:
    """How many of so many processes to use, and the setup of each, so that all together keep to the concurrency.

    Rollouts that wait for an endpoint get no more processes than may be in flight; the practice model computes,
    and has a process wherever there is one.
    """
    if setup.profiles["actor"].name != "practice":
        processes = min(processes, setup.concurrency)
    profiles = {role: replace(p, concurrency=max(1, p.concurrency // processes)) for role, p in setup.profiles.items()}
    return processes, replace(setup, profiles=profiles, concurrency=max(1, setup.concurrency // processes))


def _identities(setup: Setup, domain: str, *, embedding: bool) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    toolbox = Toolbox(replace(setup, concurrency=1))
    try:
        identities = {role: model.identity for role, model in toolbox.models.items()}
        if embedding:
            identities["embedder"] = _embedder_identity(toolbox)
        return identities, toolbox.prompts.hashes(domain), dict(toolbox.prompts.texts)
    finally:
        toolbox.close()


def _embedder_identity(toolbox: Toolbox) -> str:
    """An embedder that is not there was named wrongly; one that fails later is a fault."""
    try:
        return toolbox.embedder.identity
    except EmbeddingError as error:
        raise UsageError(str(error)) from error


def resolved_arm(request: RunRequest, ground: Ground, choice: BankChoice) -> ArmConfig:
    """The arm with everything that decides its results."""
    moot = () if request.memory != "none" else ("distiller",) if needs_vector(request.arm()) else MEMORY_ROLES
    arm = request.arm()
    if arm.order != ground.order and arm.limit is not None:
        arm = replace(arm, limit=None, tasks=tuple(sorted(task.key for task in ground.tasks)))
    return replace(
        arm,
        suite_hash=ground.suite_hash,
        start=choice.start,
        pass_number=choice.pass_number,
        models={role: name for role, name in ground.identities.items() if role not in moot},
        prompts=ground.prompt_hashes,
        held_out=ground.held_out,
    )


def unfinished_run(conn: sqlite3.Connection, request: RunRequest, ground: Ground) -> runs.RunRow | None:
    """The newest run of this very request, if tasks of it are open and it stood on the same ground."""
    wanted = request.to_json()
    asked = [row for row in runs.runs(conn) if row.config.get("request") == wanted and row.sweep is None]
    rows = [row for row in asked if stands_on(row, ground)]
    if not rows:
        return None
    unfinished = rows[-1].status in UNFINISHED or outcomes.invalid_tasks(conn, rows[-1].id)
    return rows[-1] if unfinished else None


def stands_on(row: runs.RunRow, ground: Ground) -> bool:
    """Whether a run was begun with the tasks, prompts and models there are now."""
    arm = row.arm
    return (
        arm is not None
        and arm.suite_hash == ground.suite_hash
        and arm.own_prompts(arm.prompts) == arm.own_prompts(ground.prompt_hashes)
        and all(ground.identities.get(role) == name for role, name in arm.models.items())
    )


def begin_run(workspace: Workspace, request: RunRequest, ground: Ground) -> tuple[Strand, runs.RunRow]:
    """The strand of one run: an interrupted run of the same request is continued, else a new one begins."""
    conn = workspace.reader()
    row = unfinished_run(conn, request, ground)
    if row is None:
        _tell_changed_method(conn, request)
        choice = choose_bank(workspace, request, ground)
        arm = _not_yet_taken(conn, resolved_arm(request, ground, choice))
        workspace.run(lambda db: prompts.record_prompts(db, ground.prompt_texts))
        row = runs.run(conn, workspace.run(lambda db: new_run(db, request, arm, choice, ground)))
    return continued(workspace, row, ground), row


def _tell_changed_method(conn: sqlite3.Connection, request: RunRequest) -> None:
    """A method's file that was changed makes another arm; whoever meant to go on with the old one should know."""

    def apart(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name != "method_identities"}

    if request.own_method is None:
        return
    wanted = apart(request.to_json())
    rows = [row for row in runs.runs(conn) if row.sweep is None and apart(row.config.get("request", {})) == wanted]
    if rows and rows[-1].status in UNFINISHED and rows[-1].arm and rows[-1].arm.method != request.own_method.identity:
        log.warning(
            "the method %s has changed since run %d, which stays unfinished: this is another arm, begun anew",
            request.memory,
            rows[-1].id,
        )


def new_run(
    db: Any,
    request: RunRequest,
    arm: ArmConfig,
    choice: BankChoice,
    ground: Ground,
    *,
    sweep: int | None = None,
    shared_with: int | None = None,
) -> int:
    """A planned run row of an arm, and its bank with it where that is new: a kill leaves both or neither."""
    choice = with_bank(db, request.memory, choice)
    return runs.create_run(
        db,
        arm,
        bank=choice.bank,
        sweep=sweep,
        start_state=choice.state,
        simulated=ground.setup.simulated or ground.suite.simulated,
        shared_with=shared_with,
        config={"request": request.to_json(), "at_operation": choice.at_operation}
        | ({"human": ground.human} if ground.human else {}),
    )


def continued(workspace: Workspace, row: runs.RunRow, ground: Ground) -> Strand:
    """A run from where its committed tasks end, begun."""
    strand = planned(workspace, row, ground)
    strand.begin()
    return strand


def planned(workspace: Workspace, row: runs.RunRow, ground: Ground, followers: Sequence[runs.RunRow] = ()) -> Strand:
    """A run that is read when its turn comes; half-written tasks are dropped then."""
    assert row.arm is not None
    return Strand(
        arm=row.arm,
        run=row.id,
        tasks=ground.sequence(row.arm.order),
        bank_id=row.bank,
        load=partial(_loaded, workspace, row, ground),
        human={key: _carried(key, *said) for key, said in row.config.get("human", {}).items()},
        over=row.status == "finished",
        followers=tuple(planned(workspace, one, ground) for one in followers),
    )


def _loaded(workspace: Workspace, row: runs.RunRow, ground: Ground) -> Loaded:
    workspace.run(lambda db: drop_unfinished(db, row.id))
    value = Bank()
    if row.bank is not None and row.arm is not None:
        items = needs_item_vectors(row.arm)
        value = bank_value(workspace, row.bank, ground, at_operation=row.config.get("at_operation"), items=items)
        value = replace(value, tally=_tally(workspace.reader(), row.id, row.arm))
    if row.arm is not None and follows_past(row.arm):
        value = replace(value, past=_past(workspace.reader(), row.id, row.arm, ground))
    return outcomes.finished_tasks(workspace.reader(), row.id), value


def _tally(conn: sqlite3.Connection, run_id: int, arm: ArmConfig) -> Tally:
    """How the run's labels came out so far, where consolidation goes by it."""
    tally = Tally()
    if parse_policy(arm.consolidation).counts:
        for retrieval, verdicts in outcomes.labels_along(conn, run_id):
            tally = counted(tally, retrieval, verdicts)
    return tally


def _past(conn: sqlite3.Connection, run_id: int, arm: ArmConfig, ground: Ground) -> tuple[Allocation, ...]:
    """What the run's tasks were given so far, where the next one's share goes by it."""
    found = allocations.allocations(conn, run_id)
    if not needs_vector(arm):
        return tuple(found)
    texts = {task.key: task.text for task in ground.tasks}
    return allocations.with_vectors(conn, found, arm.models["embedder"], texts)


def _carried(task_key: str, status: str, reason: str) -> Verdict:
    return Verdict("", task_key, Status(status), reason, source="human")


def _not_yet_taken(conn: sqlite3.Connection, arm: ArmConfig) -> ArmConfig:
    """The arm with the first repeat number no run of the workspace has."""
    while runs.runs(conn, arm_hash=arm.hash):
        arm = replace(arm, repeat=arm.repeat + 1)
    return arm
