"""Sets of labels for reading trajectories: up to nine, each on a number key."""

from dataclasses import dataclass

from rb_studio.records.annotation import LONGEST_NAME
from rb_studio.records.errors import UsageError

MOST_LABELS = 9
LONGEST_MEANING = 1_000


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its name, and in a sentence when it applies."""

    name: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """A named set; the first label is on key 1. `shipped` ones come with the program."""

    name: str
    labels: tuple[Label, ...]
    shipped: bool = False

    def at_key(self, key: int) -> Label | None:
        """The label on a number key, None where there is none."""
        return self.labels[key - 1] if 0 < key <= len(self.labels) else None


STEPS = LabelSet(
    "Steps",
    (
        Label("Key step", "Without it the task would not have been done."),
        Label("Detour", "It did no harm and brought nothing nearer."),
        Label("Wrong action", "The plan was right; the element, command or value was not."),
        Label("Misread", "What stood on the page or in the output was understood wrongly or overlooked."),
        Label("Wrong plan", "The aim of the step does not serve the task."),
        Label("Loop", "It repeats what was tried before without a reason."),
        Label("Memory helped", "It follows an injected memory item, and rightly."),
        Label("Memory misled", "It follows an injected memory item that does not fit here."),
        Label("Ends too early", "It answers or gives up before the task is done or shown to be undoable."),
    ),
    shipped=True,
)
OUTCOMES = LabelSet(
    "Outcome",
    (
        Label("Solved", "The task is done as it was asked for."),
        Label("Partly", "A part of it is done and nothing is broken."),
        Label("Failed", "It is not done."),
        Label("Lucky", "It is done, but not for the reasons given."),
        Label("Harmful", "Something was changed that should not have been."),
        Label("Impossible", "The task cannot be done as it stands."),
    ),
    shipped=True,
)
SHIPPED = (STEPS, OUTCOMES)


def checked(found: LabelSet) -> LabelSet:
    """The set with white space trimmed. Raises UsageError with a sentence for one that cannot be."""
    name = found.name.strip()
    labels = tuple(Label(one.name.strip(), one.meaning.strip()) for one in found.labels)
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(f"a set of labels needs a name of at most {LONGEST_NAME} characters")
    if not 0 < len(labels) <= MOST_LABELS:
        raise UsageError(f"a set has 1 to {MOST_LABELS} labels, one for each number key, not {len(labels)}")
    for one in labels:
        if not one.name or len(one.name) > LONGEST_NAME or len(one.meaning) > LONGEST_MEANING:
            raise UsageError(f"a label of “{name}” needs a name of at most {LONGEST_NAME} characters")
    twice = next((one.name for at, one in enumerate(labels) if one.name in [other.name for other in labels[:at]]), None)
    if twice is not None:
        raise UsageError(f"“{name}” has the label “{twice}” twice")
    return LabelSet(name, labels)
