"""What one task was given, why, and how it came out: all that an allocation goes by later."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

FLOOR = 0.5  # a and b of the prior of a task nobody knows anything like


@dataclass(frozen=True, slots=True)
class Allocation:
    """A task's share of the rollouts.

    `k` is what it got, of at most `limit`. `labelled` counts its rollouts with a known label, `successes` those of
    them that were successes by it; `steps` is their mean length. `a` and `b` are the Beta prior of the task's success
    rate before it ran, `score` its complexity in 0..1 where the policy asks for one. Ground truth is no part of it,
    unless it is what the arm learns from.
    `vector` is the float32[d] unit vector of the task's `text`, by which later tasks find their neighbours.
    """

    policy: str
    task_key: str
    k: int
    limit: int
    reason: str
    labelled: int = 0
    successes: int = 0
    steps: float | None = None
    a: float = FLOOR
    b: float = FLOOR
    score: float | None = None
    text: str = field(default="", compare=False)
    vector: "Vector | None" = field(default=None, compare=False, repr=False)

    @property
    def success_rate(self) -> float | None:
        return self.successes / self.labelled if self.labelled else None

    def to_json(self) -> dict[str, Any]:
        """Plain values without text and vector."""
        values = asdict(self)
        del values["text"], values["vector"]
        return values

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Allocation":
        return cls(**data)
