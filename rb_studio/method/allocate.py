"""How many rollouts a task gets."""

from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError

POLICIES = ("uniform",)


def rollouts_for(arm: ArmConfig) -> int:
    """k of the next task under the arm's allocation."""
    if arm.allocation not in POLICIES:
        raise UsageError(
            f"allocation {arm.allocation!r} is not available in this version; choose {', '.join(POLICIES)}"
        )
    return arm.k
