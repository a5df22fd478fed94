"""What happened to a memory item before: carried along when a bank leaves its workspace and comes into another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Stage = Literal["procedure", "self-check", "adaptive", "compositional"]
Grade = Literal[1, 2, 3]
NOT_DUPLICATE = "not_duplicate"


@dataclass(frozen=True, slots=True)
class Act:
    """One operation, by whom and why; `number` puts those of one bank in order."""

    number: int
    at: str
    who: str
    label: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PastText:
    """A version of an item's texts."""

    number: int
    title: str
    description: str
    content: str


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """What one operation did to an item; what it left alone is None or empty."""

    act: Act
    text: PastText | None = None
    state: str | None = None
    tagged: tuple[str, ...] = ()
    untagged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemLink:
    """A link to another item by uid: what it was merged into, is a copy of, or is no duplicate of."""

    kind: str
    other: str
    act: Act


@dataclass(frozen=True, slots=True)
class ItemGrade:
    """How much an item helps with a labelled task; `paraphrase_of` is the text of the task this one says otherwise."""

    task: str
    grade: Grade
    act: Act
    template: str | None = None
    paraphrase_of: str | None = None


@dataclass(frozen=True, slots=True)
class ItemStage:
    """The stage an item's advice is at, by a person or a model."""

    by: str
    stage: Stage
    act: Act


@dataclass(frozen=True, slots=True)
class ItemTheme:
    """The name of a theme that hangs on the item."""

    name: str
    act: Act


@dataclass(frozen=True, slots=True)
class ItemPast:
    """The history of an item: its events oldest first, ending in what it is now; its links and doubts.

    Grades, stages and the theme are those it has now, with the operation that first said so.
    """

    created_at: str = ""
    events: tuple[ItemEvent, ...] = ()
    links: tuple[ItemLink, ...] = ()
    doubts: Mapping[str, float | None] = field(default_factory=dict)
    grades: tuple[ItemGrade, ...] = ()
    stages: tuple[ItemStage, ...] = ()
    theme: ItemTheme | None = None

    @property
    def acts(self) -> tuple[Act, ...]:
        """The operations of everything above."""
        said = (*self.events, *self.links, *self.grades, *self.stages, *((self.theme,) if self.theme else ()))
        return tuple(one.act for one in said)
