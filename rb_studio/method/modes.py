"""Which memory modes and scalings this version runs, checked before anything starts."""

from rb_studio.method import allocate, consolidate
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError

MEMORY_MODES = ("none", "reasoningbank")
SCALINGS = ("none", "parallel", "sequential", "vanilla")
LABELS = ("judge", "gt")


def check(arm: ArmConfig) -> None:
    """Raise `UsageError` with one sentence when the arm cannot run as configured."""
    _one_of("memory mode", arm.memory, MEMORY_MODES)
    _one_of("scaling", arm.scaling, SCALINGS)
    _one_of("label source", arm.label, LABELS)
    _one_of("allocation", arm.allocation, allocate.POLICIES)
    _one_of("consolidation", arm.consolidation, consolidate.POLICIES)
    if arm.k < 1:
        raise UsageError(f"k is {arm.k}: every task needs at least one rollout, so give -k 1 or more")
    if arm.scaling == "none" and arm.k > 1:
        raise UsageError(f"k is {arm.k} without scaling: add --scaling parallel, sequential or vanilla, or use -k 1")
    if arm.budget is not None and arm.allocation == "uniform":
        raise UsageError("a budget has no use when every task gets k rollouts: leave --budget out, or lower -k")
    if not 0 <= arm.retrieve_n <= 10:
        raise UsageError(f"{arm.retrieve_n} experiences to retrieve: choose 0 to 10")
    if not 0.0 <= arm.label_noise <= 1.0:
        raise UsageError(f"label noise is a rate: {arm.label_noise} does not lie between 0 and 1")


def _one_of(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"{what} {value!r} is not available in this version; choose {', '.join(choices)}")
