"""Places in a rollout that notes keep: made from a rollout, and found again in one that was read anew.

A step is known by what was thought and done in it, not by its number; a range of characters by its words. A place
whose words are gone is not bound to others: it stays unbound, and is shown as such.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rb_studio.records.annotation import STEP_PARTS, Anchor, Part, check_place
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.readable import readable
from rb_studio.records.trajectory import Step, Trajectory

LONGEST_QUOTE = 2_000
AROUND = 40
# Between the text before a quote and the text after it: a character that no readable text holds.
GAP = "\x1f"
_KEY_LENGTH = 16
_TEXTS: dict[Part, Callable[[Step], str | None]] = {
    Part.THOUGHT: lambda step: step.thought,
    Part.ACTION: lambda step: step.action_text,
    Part.OBSERVATION: lambda step: step.observation,
    Part.ERROR: lambda step: step.error,
    Part.REASONING: lambda step: step.reasoning,
    Part.STEP: lambda step: step.action_text or step.thought,
}


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a place is now: the number of its step (None: on the rollout) and its characters (None: all of it).

    `moved` tells that it is not quite where, or what, it was noted on.
    """

    step: int | None
    start: int | None = None
    end: int | None = None
    moved: bool = False


def step_key(step: Step, seen: Counter[str]) -> str:
    """What a step is known by: a digest of thought and actions, and the how-manieth of its like it is.

    `seen` counts them; it begins empty at each rollout.
    """
    base = digest(canonical_json([step.thought, [action.text for action in step.actions]]))[:_KEY_LENGTH]
    seen[base] += 1
    return f"{base}#{seen[base]}"


def step_keys(trajectory: Trajectory) -> tuple[str, ...]:
    """The keys of all steps in their order."""
    seen: Counter[str] = Counter()
    return tuple(step_key(step, seen) for step in trajectory.steps)


def text_of(trajectory: Trajectory, part: Part, number: int | None = None) -> str | None:
    """The readable text of a part; None where there is none. Step 0 has an observation only."""
    if part is Part.ANSWER or part is Part.PATCH:
        text = trajectory.answer if part is Part.ANSWER else trajectory.patch
    elif part is Part.ROLLOUT:
        text = None
    elif number == 0:
        text = trajectory.first_observation if part in (Part.OBSERVATION, Part.STEP) else None
    else:
        step = _step(trajectory, number)
        text = None if step is None else _TEXTS[part](step)
    return None if text is None else readable(text)


def anchor_at(
    trajectory: Trajectory,
    part: Part,
    number: int | None = None,
    start: int | None = None,
    end: int | None = None,
    keys: tuple[str, ...] | None = None,
) -> Anchor:
    """A place in a rollout as it is now: a step by its number, characters of the part's readable text.

    `keys` are the rollout's `step_keys`, where they are known.

    Raises
    ------
    UsageError
        There is no such step or text, or it is shorter.
    """
    place = Anchor(trajectory.uid, part, None, number if part in STEP_PARTS else None, start, end)
    check_place(place)
    text = text_of(trajectory, part, number)
    if text is None and part is not Part.ROLLOUT:
        where = "this rollout" if place.step_number is None else f"step {number} of this rollout"
        raise UsageError(f"{where} has no {part} to note on")
    key = None
    if place.step_number:
        numbers = [step.number for step in trajectory.steps]
        key = (keys or step_keys(trajectory))[numbers.index(place.step_number)]
    quote, around = "", ""
    if start is not None and end is not None:
        if text is None or end > len(text):
            raise UsageError(f"the {part} has {len(text or '')} characters, no {end}")
        quote, around = text[start:end][:LONGEST_QUOTE], _around(text, start, end)
    elif text is not None and part in STEP_PARTS:
        quote = _beginning(text)
    return Anchor(trajectory.uid, part, key, place.step_number, start, end, quote, around)


def bind(anchor: Anchor, trajectory: Trajectory, keys: tuple[str, ...] | None = None) -> Bound | None:
    """Where a note stands in a rollout; None where what it was on is there no more.

    A step is found by its key, else by its twin that stands nearest, else under its number where it still begins
    the same; characters there by their words, the nearest of several; else in whichever step has them with the same
    words before and after. `keys` are the rollout's `step_keys`, where they are known.
    """
    if anchor.part not in STEP_PARTS or anchor.step_number == 0:
        return _in_part(anchor, trajectory, anchor.step_number)
    known = step_keys(trajectory) if keys is None else keys
    for number in _candidates(anchor, trajectory, known):
        found = _in_part(anchor, trajectory, number)
        if found is not None:
            return found
    if anchor.start is None:
        return Bound(anchor.step_number, moved=True) if _begins_alike(anchor, trajectory) else None
    found = _in_part(anchor, trajectory, anchor.step_number)
    return found if found is not None else _by_surroundings(anchor, trajectory)


def bind_all(anchors: Iterable[Anchor], trajectory: Trajectory) -> list[Bound | None]:
    """`bind` for many notes on one rollout."""
    keys = step_keys(trajectory)
    return [bind(anchor, trajectory, keys) for anchor in anchors]


def surroundings(anchor: Anchor) -> tuple[str, str]:
    """The text before and after the quote."""
    before, _, after = anchor.around.partition(GAP)
    return before, after


def _step(trajectory: Trajectory, number: int | None) -> Step | None:
    if number is None:
        return None
    likely = trajectory.steps[number - 1] if 0 < number <= len(trajectory.steps) else None
    if likely is not None and likely.number == number:
        return likely
    return next((step for step in trajectory.steps if step.number == number), None)


def _candidates(anchor: Anchor, trajectory: Trajectory, keys: tuple[str, ...]) -> Iterator[int]:
    """Steps that did the same: the very one first, then its twins by their distance."""
    if anchor.step_key is None:
        return
    base = anchor.step_key.partition("#")[0]
    numbers = [step.number for step in trajectory.steps]
    alike = [(number, key) for number, key in zip(numbers, keys, strict=True) if key.startswith(f"{base}#")]
    meant = anchor.step_number or 0
    alike.sort(key=lambda one: (one[1] != anchor.step_key, abs(one[0] - meant), one[0]))
    yield from (number for number, _ in alike)


def _in_part(anchor: Anchor, trajectory: Trajectory, number: int | None) -> Bound | None:
    """The place within one step, or in a text of the rollout."""
    if anchor.part is Part.ROLLOUT:
        return Bound(None)
    text = text_of(trajectory, anchor.part, number)
    if text is None:
        return None
    elsewhere = number != anchor.step_number
    if anchor.start is None or anchor.end is None:
        return Bound(number, moved=elsewhere)
    start = _nearest(text, anchor)
    if start is None:
        return None
    end = min(start + _length(anchor), len(text))
    return Bound(number, start, end, elsewhere or start != anchor.start)


def _nearest(text: str, anchor: Anchor) -> int | None:
    """Where the quote stands: with the same text around it if it does so anywhere, and nearest to where it was."""
    before, after = surroundings(anchor)
    meant, length = anchor.start or 0, _length(anchor)
    found = list(_places(text, anchor.quote))
    framed = [
        at
        for at in found
        if (at >= len(before) and text.startswith(before, at - len(before))) and text.startswith(after, at + length)
    ]
    return min(framed or found, key=lambda at: abs(at - meant), default=None)


def _length(anchor: Anchor) -> int:
    """Characters noted on: more than the quote has where it is only the beginning."""
    return 0 if anchor.start is None or anchor.end is None else anchor.end - anchor.start


def _places(text: str, words: str) -> Iterator[int]:
    at = text.find(words) if words else -1
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _begins_alike(anchor: Anchor, trajectory: Trajectory) -> bool:
    text = text_of(trajectory, anchor.part, anchor.step_number)
    return text is not None and bool(anchor.quote) and _beginning(text) == anchor.quote


def _by_surroundings(anchor: Anchor, trajectory: Trajectory) -> Bound | None:
    """The one step in which the quote stands between the same words; words alone could stand anywhere."""
    before, after = surroundings(anchor)
    length = _length(anchor)
    whole = length == len(anchor.quote)
    if not before and not (after and whole):
        return None
    framed = before + anchor.quote + (after if whole else "")
    found = []
    for step in trajectory.steps:
        text = text_of(trajectory, anchor.part, step.number) or ""
        at = text.find(framed)
        if at >= 0:
            start = at + len(before)
            found.append(Bound(step.number, start, min(start + length, len(text)), moved=True))
    return found[0] if len(found) == 1 else None


def _around(text: str, start: int, end: int) -> str:
    return text[max(0, start - AROUND) : start] + GAP + text[end : end + AROUND]


def _beginning(text: str) -> str:
    return text[:LONGEST_QUOTE]
