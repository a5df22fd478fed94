"""The distilling practice model: behaviours in the text become lessons.

From one attempt it cannot know which behaviour mattered, so it names some. From several it ranks them by
how their presence differs between success and failure; where nothing differs it has nothing to say.
"""

from collections import Counter
from collections.abc import Sequence

from rb_studio.models.practice_behaviours import blamed, shown
from rb_studio.models.practice_constants import PracticeConstants
from rb_studio.models.practice_habits import Behaviour, Habit, Trait
from rb_studio.models.practice_lessons import lesson, wordings
from rb_studio.models.practice_talk import ShownAttempt, part, read_attempts, read_steps
from rb_studio.models.practice_text import die, shuffled
from rb_studio.records.item_text import ItemText

SUCCESS, FAILURE = "success", "failure"
EVERY: tuple[Behaviour, ...] = (*Habit, *Trait)
_GUESSES = 2
_LEAST_STEPS = 2
_KINDS = {
    "click": "Press {button or link}",
    "fill": "Type {text} into {field}",
    "select_option": "Choose {entry} from {list}",
    "goto": "Open {page}",
    "go_back": "Go back to the page before",
    "send_msg_to_user": "Report {answer} to the person",
}


def distil(text: str, constants: PracticeConstants, seed: int) -> str:
    """Reasoning and memory items for one attempt or several, as a distiller's prompt describes them."""
    attempts = read_attempts(text)
    if attempts:
        return _compare(attempts, constants, seed)
    steps = read_steps(part(text, "## What the agent thought and did"))
    if not steps:
        return "I am the practice model and find no steps of the practice shop in this."
    present = shown(steps)
    if part(text, "Outcome:", "\n").lower().startswith(SUCCESS):
        chosen = shuffled(list(present), seed, "present")[: constants.single_items]
        return _written("These ways of working show in the attempt.", chosen, seed)
    reason = part(text, "Reviewer's reason:", "\n## What the agent")
    chosen = _missing(blamed(reason), set(present), constants.single_items, seed)
    return _written("This is what the attempt lacked, as far as the reason tells.", chosen, seed)


def workflow(text: str, seed: int) -> str:
    """One attempt as a workflow: what its thoughts tell of ways of working, else what kind of action was taken.

    Nothing of the task is in it: the lessons hold none of its words, and actions are told by their kind.
    """
    lines: list[str] = []
    for step in read_steps(part(text, "## What the agent thought and did")):
        told = [_worded(behaviour, seed).title for behaviour in shown([step])] or [_kind(step.action)]
        lines += [line for line in told if line not in lines]
    if len(lines) < _LEAST_STEPS:
        return "none"
    steps = "\n".join(f"{number}. {line}." for number, line in enumerate(lines, 1))
    title = f"{lines[0]}, then {lines[1][0].lower()}{lines[1][1:]}"
    return f"# Workflow\n## Title {title}\n## Description Fits tasks that ask for the same steps.\n## Content\n{steps}"


def _kind(action: str) -> str:
    return next((words for name, words in _KINDS.items() if action.startswith(name)), "Go on")


def _missing(named: Sequence[Habit], present: set[Behaviour], most: int, seed: int) -> list[Behaviour]:
    """What a reason blames; where it blames little, guesses among what did not show."""
    chosen: list[Behaviour] = list(named[:most])
    guesses = [b for b in shuffled(EVERY, seed, "missing") if b not in present and b not in chosen]
    return chosen + guesses[: max(0, min(_GUESSES, most) - len(chosen))]


def _compare(attempts: Sequence[ShownAttempt], constants: PracticeConstants, seed: int) -> str:
    found = {attempt.number: shown(attempt.steps) for attempt in attempts}
    won = [attempt for attempt in attempts if attempt.outcome == SUCCESS]
    lost = [attempt for attempt in attempts if attempt.outcome == FAILURE]
    if won and lost:
        chosen = _decisive(won, lost, found, constants, seed)
        reasoning = "I keep what shows where it succeeded and is missing where it failed."
        if not chosen:
            return "The attempts show the same behaviours whether they succeeded or failed; nothing sets them apart."
        return _written(reasoning, chosen, seed, {b: _evidence(b, found) for b in chosen})
    if won:
        shared = _shared(won, found, seed)[: constants.single_items]
        return _written("All attempts share this.", shared, seed, {b: _evidence(b, found) for b in shared})
    missed = _missed(lost, found, constants, seed)
    ends = "; ".join(f"Attempt {a.number} step {a.steps[-1].number}" for a in lost if a.steps)
    return _written("None of the attempts did this.", missed, seed, dict.fromkeys(missed, ends))


def _decisive(
    won: Sequence[ShownAttempt],
    lost: Sequence[ShownAttempt],
    found: dict[int, dict[Behaviour, list[int]]],
    constants: PracticeConstants,
    seed: int,
) -> list[Behaviour]:
    """Behaviours by how much more often they show in successes than in failures."""
    gaps: dict[Behaviour, float] = {}
    for behaviour in EVERY:
        gap = _share(behaviour, won, found) - _share(behaviour, lost, found)
        if gap >= constants.difference and gap > 0:
            gaps[behaviour] = gap
    ranked = sorted(gaps, key=lambda behaviour: (-gaps[behaviour], die(seed, f"tie:{behaviour}")))
    return ranked[: constants.contrast_items]


def _share(
    behaviour: Behaviour, attempts: Sequence[ShownAttempt], found: dict[int, dict[Behaviour, list[int]]]
) -> float:
    return sum(behaviour in found[attempt.number] for attempt in attempts) / len(attempts)


def _shared(won: Sequence[ShownAttempt], found: dict[int, dict[Behaviour, list[int]]], seed: int) -> list[Behaviour]:
    """What every success shows, else what most show."""
    counts = Counter(behaviour for attempt in won for behaviour in found[attempt.number])
    most = max(counts.values(), default=0)
    return shuffled([behaviour for behaviour in EVERY if counts[behaviour] == most > 0], seed, "shared")


def _missed(
    lost: Sequence[ShownAttempt],
    found: dict[int, dict[Behaviour, list[int]]],
    constants: PracticeConstants,
    seed: int,
) -> list[Behaviour]:
    """What the reasons blame, the most blamed first, else guesses among what nobody showed."""
    counts = Counter(habit for attempt in lost for habit in blamed(attempt.reason))
    named = [habit for habit, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
    present = {behaviour for behaviours in found.values() for behaviour in behaviours}
    return _missing(named, present, constants.single_items, seed)


def _evidence(behaviour: Behaviour, found: dict[int, dict[Behaviour, list[int]]]) -> str:
    """Attempts and steps that show a behaviour."""
    parts = []
    for number, behaviours in found.items():
        steps = behaviours.get(behaviour, [])
        if steps:
            parts.append(f"Attempt {number} step{'s' * (len(steps) > 1)} {', '.join(map(str, steps))}")
    return "; ".join(parts)


def _written(
    reasoning: str, chosen: Sequence[Behaviour], seed: int, evidence: dict[Behaviour, str] | None = None
) -> str:
    """The reply: a sentence of reasoning, then the items in the form asked for."""
    blocks = [reasoning]
    for number, behaviour in enumerate(chosen, 1):
        text = _worded(behaviour, seed)
        block = (
            f"# Memory Item {number}\n## Title {text.title}\n## Description {text.description}\n"
            f"## Content {text.content}"
        )
        if evidence and evidence.get(behaviour):
            block += f"\n## Evidence {evidence[behaviour]}"
        blocks.append(block)
    return "\n\n".join(blocks)


def _worded(behaviour: Behaviour, seed: int) -> ItemText:
    """A lesson in the wording that the seed chooses."""
    return lesson(behaviour, int(die(seed, f"wording:{behaviour}") * wordings(behaviour)))
