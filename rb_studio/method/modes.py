"""Memory modes: what each learns from and writes down; and what can run, checked before anything starts.

All modes share retrieval, injection, judging and consolidation; they differ in the step that distils.
"""

from collections.abc import Callable, Sequence

from rb_studio.method import allocate
from rb_studio.method.baselines import trajectory_memory, workflow_memory
from rb_studio.method.calls import Caller
from rb_studio.method.distill import Distilled, Labelled, distil_single
from rb_studio.records.arm import LABELS, MEMORY_MODES, SCOPES, UNITS, ArmConfig
from rb_studio.records.consolidation import parse_policy
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Selection, Status
from rb_studio.records.review import REVIEWS
from rb_studio.records.task import Task

SCALINGS = ("none", "parallel", "sequential", "vanilla")
SUCCESS_ONLY = ("synapse", "awm", "reasoningbank-success-only")

Remember = Callable[[Caller, Labelled, str, int], Distilled]
_ONE_BY_ONE: dict[str, Remember] = {"synapse": trajectory_memory, "awm": workflow_memory}


def learns(arm: ArmConfig, task: Task) -> bool:
    """Whether anything may enter the bank from this task: not without memory, when frozen, or in the test split."""
    return arm.learn and arm.memory != "none" and not is_held_out(arm, task)


def is_held_out(arm: ArmConfig, task: Task) -> bool:
    """Whether a task belongs to the test split; one without a template is a template of its own."""
    return (task.template or task.key) in arm.held_out


def usable(arm: ArmConfig, rollouts: Sequence[Labelled], selection: Selection | None) -> list[Labelled]:
    """Of the rollouts with a known label those the mode learns from.

    The success-only modes leave failures out. A baseline has nothing to compare: of parallel rollouts it keeps one
    success, the selected one where that is a success, else the first.
    """
    if arm.memory not in SUCCESS_ONLY:
        return list(rollouts)
    won = [one for one in rollouts if one.verdict.status is Status.SUCCESS]
    if arm.memory not in _ONE_BY_ONE or arm.scaling == "vanilla":
        return won
    chosen = [one for one in won if selection is not None and one.trajectory.uid == selection.rollout_uid]
    return (chosen or won)[:1]


def remember(caller: Caller, labelled: Labelled, domain: str, first_ordinal: int = 0) -> Distilled:
    """What one rollout leaves in memory under the arm's mode."""
    write = _ONE_BY_ONE.get(caller.arm.memory, distil_single)
    return write(caller, labelled, domain, first_ordinal)


def check(arm: ArmConfig) -> None:
    """Raise `UsageError` with one sentence when the arm cannot run as configured."""
    if not arm.method and arm.memory not in MEMORY_MODES:
        raise UsageError(
            f"memory mode {arm.memory!r} is not available in this version; choose {', '.join(MEMORY_MODES)}, or name a "
            "method of your own by its file, PATH/NAME.py, or as its package does; a workspace never brings it along"
        )
    _one_of("scaling", arm.scaling, SCALINGS)
    _one_of("label source", arm.label, LABELS)
    _one_of("unit of retrieval", arm.retrieve_unit, UNITS)
    _one_of("scope of retrieval", arm.scope, SCOPES)
    _one_of("review", arm.review, REVIEWS)
    parse_policy(arm.consolidation)
    if arm.k < 1:
        raise UsageError(f"k is {arm.k}: every task needs at least one rollout, so give -k 1 or more")
    if arm.scaling == "none" and arm.k > 1:
        raise UsageError(f"k is {arm.k} without scaling: add --scaling parallel, sequential or vanilla, or use -k 1")
    allocate.check(arm)
    if not 0 <= arm.retrieve_n <= 10:
        raise UsageError(f"{arm.retrieve_n} experiences to retrieve: choose 0 to 10")
    if not 0.0 <= arm.withhold < 1.0:
        raise UsageError(f"{arm.withhold} is no rate of items to withhold: give 0 or more, and less than 1")
    if not 0.0 <= arm.label_noise <= 1.0:
        raise UsageError(f"label noise is a rate: {arm.label_noise} does not lie between 0 and 1")


def _one_of(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"{what} {value!r} is not available in this version; choose {', '.join(choices)}")
