"""Finding in one rollout that is at hand: pure, every place, shown or folded away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rb_studio.records.trajectory import Step, Trajectory
from rb_studio.store.find_text import Cancelled, Hit, Matcher, Patience, Search, never, snippet

MOST = 10_000
_KINDS = {"verdict": "verdict", "memory": "memory", "note": "note", "answer": "rollout", "patch": "rollout"}


@dataclass(frozen=True, slots=True)
class Extra:
    """A text that is shown beside a trajectory: a prompt of a step, a verdict, a memory item, a note.

    `field` is one of `FIELDS`; `step` and `item` are those of a hit.
    """

    field: str
    text: str
    step: int | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """In which steps a text stands: where it comes first and last, and every step where that it does has changed."""

    first: int
    last: int
    changed: tuple[int, ...]


def find_in(
    trajectory: Trajectory,
    extras: Iterable[Extra],
    search: Search,
    *,
    rollout: int | None = None,
    run: int | None = None,
    most: int = MOST,
    cancelled: Cancelled = never,
) -> list[Hit]:
    """Every place a text stands in, in the order of steps, at most so many; off the GUI thread for long rollouts.

    `extras` with a step come after that step's own texts, the others last. `rollout` and `run` are put into the hits.
    Raises UsageError for a pattern that cannot be read or takes too long.
    """
    matcher = Matcher(search, words=bool(search.words))
    if matcher.empty:
        return []
    eager, hits = Patience(matcher), list[Hit]()
    for field, text, step, item in _texts(trajectory, tuple(extras)):
        if cancelled() or len(hits) >= most:
            break
        if not text or field not in search.fields:
            continue
        kind = _KINDS.get(field, "rollout" if step is None else "step")
        for start, length in eager.spans(text, most - len(hits)):
            shown, at = snippet(text, start, length)
            hits.append(Hit(kind, rollout, run, step, item, field, shown, start, length, at))
    return hits


def presence(trajectory: Trajectory, search: Search) -> Presence | None:
    """Where a text is first and last seen in the observations of a rollout, and where it comes and goes.

    None where it is never seen. Raises UsageError for a pattern that cannot be read or takes too long.
    """
    matcher = Matcher(search, words=bool(search.words))
    if matcher.empty:
        return None
    eager = Patience(matcher)
    there = [bool(eager.spans(step.observation, 1)) for step in trajectory.steps]
    if True not in there:
        return None
    before = bool(eager.spans(trajectory.first_observation, 1))
    changed = tuple(
        step.number
        for step, now, then in zip(trajectory.steps, there, [before, *there[:-1]], strict=True)
        if now != then
    )
    numbers = [step.number for step, now in zip(trajectory.steps, there, strict=True) if now]
    return Presence(numbers[0], numbers[-1], changed)


_Text = tuple[str, str, int | None, int | None]


def _texts(trajectory: Trajectory, extras: tuple[Extra, ...]) -> Iterator[_Text]:
    """(field, text, step, item) in the order they are read."""
    of_step: dict[int, list[Extra]] = {}
    numbers = {step.number for step in trajectory.steps}
    for extra in extras:
        if extra.step in numbers:
            of_step.setdefault(extra.step, []).append(extra)
    yield "observation", trajectory.first_observation, None, None
    for step in trajectory.steps:
        for field, text in step_texts(step):
            yield field, text, step.number, None
        for extra in of_step.get(step.number, ()):
            yield extra.field, extra.text, extra.step, extra.item
    yield "answer", trajectory.answer or "", None, None
    yield "patch", trajectory.patch or "", None, None
    for extra in extras:
        if extra.step not in numbers:
            yield extra.field, extra.text, extra.step, extra.item


def step_texts(step: Step) -> Iterator[tuple[str, str]]:
    """A step's own texts by field, in the order they came to be."""
    yield "reasoning", step.reasoning or ""
    yield "thought", step.thought
    yield "action", step.action_text
    yield "error", step.error or ""
    yield "observation", step.observation
