"""What a method of one's own is shown, built field by field: ground truth and grading are not among it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rb_studio.method.calls import Caller
from rb_studio.method.case import Attempt, AttemptStep, Note
from rb_studio.method.distill import Labelled
from rb_studio.method.render import answer_text, steps_text
from rb_studio.method.retrieve import excluded, ranked_experiences
from rb_studio.records.judgement import Status
from rb_studio.records.memory import Bank
from rb_studio.records.trajectory import Trajectory

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

Rank = tuple[int, float, str | None]


def ranks(bank: Bank, caller: Caller, query: "Vector") -> dict[str, Rank]:
    """Experiences by uid: rank among all that could be shown, cosine, and why one must not be."""
    arm = caller.arm
    found: dict[str, Rank] = {}
    place = 0
    for one, score in ranked_experiences(bank, query):
        reason = excluded(one, caller.task, arm.exclude_template, arm.scope)
        place += reason is None
        found[one.uid] = (place if reason is None else 0, score, reason)
    return found


def notes_of(bank: Bank, allowed: set[str] | None = None, ranks: Mapping[str, Rank] | None = None) -> tuple[Note, ...]:
    """Items in use, the oldest first; of the allowed experiences where they are told."""
    return tuple(
        Note(
            item.title,
            item.description,
            item.content,
            bank.item_vectors.get(item.uid),
            uid=item.uid,
            task=one.task_text,
            polarity=item.polarity,
            tags=item.tags,
            rank=ranks[one.uid][0] if ranks else 0,
        )
        for one in bank.experiences
        if allowed is None or one.uid in allowed
        for item in one.active_items
    )


def attempt_of(number: int, labelled: Labelled) -> Attempt:
    """A labelled rollout; its number counts from 1 among those shown."""
    trajectory: Trajectory = labelled.trajectory
    return Attempt(
        number=number,
        success=labelled.verdict.status is Status.SUCCESS,
        reason=labelled.verdict.reason,
        answer=answer_text(trajectory),
        steps=tuple(
            AttemptStep(step.thought, step.action_text, step.observation, step.error) for step in trajectory.steps
        ),
        text=steps_text(trajectory.steps),
    )
