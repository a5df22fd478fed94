"""What was found, by run, rollout and field."""

from collections.abc import Mapping
from dataclasses import dataclass

from rb_studio.store.find_text import Hit


@dataclass(frozen=True, slots=True)
class RolloutHits:
    """What was found in a rollout, by field; `rollout` is None for memories."""

    rollout: int | None
    fields: Mapping[str, tuple[Hit, ...]]

    @property
    def count(self) -> int:
        return sum(hit.count for hits in self.fields.values() for hit in hits)


@dataclass(frozen=True, slots=True)
class RunHits:
    """What was found in a run; `run` is None for what belongs to none."""

    run: int | None
    rollouts: tuple[RolloutHits, ...]

    @property
    def count(self) -> int:
        return sum(rollout.count for rollout in self.rollouts)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, one hit for each text: newest run first, then by rollout, step and field.

    `complete` is False where there is more, or not everything was looked at: `why` says so in a few words.
    `unindexed` counts texts that were read because they are not indexed yet; `skipped` those that a regular expression
    took too long for, of which only the beginning was read.
    """

    hits: tuple[Hit, ...]
    complete: bool = True
    why: str = ""
    unindexed: int = 0
    skipped: int = 0

    def groups(self) -> tuple[RunHits, ...]:
        """The hits by run, rollout and field, in their order."""
        runs: dict[int | None, dict[int | None, dict[str, list[Hit]]]] = {}
        for hit in self.hits:
            runs.setdefault(hit.run, {}).setdefault(hit.rollout, {}).setdefault(hit.field, []).append(hit)
        return tuple(
            RunHits(
                run,
                tuple(
                    RolloutHits(rollout, {field: tuple(hits) for field, hits in fields.items()})
                    for rollout, fields in rollouts.items()
                ),
            )
            for run, rollouts in runs.items()
        )
