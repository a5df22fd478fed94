"""What a memory method of one's own is given, and what it gives back. It needs to import nothing of this.

A `Case` is one task as a method may see it: the task's text, the bank, labelled attempts, models by role, the embedder.
Ground truth is no part of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.method.merging import parse_decisions
from rb_studio.method.prompts import substitute
from rb_studio.records.item_text import render_items

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

Talk = Callable[[str, Any], Any]


@dataclass(frozen=True, eq=False)
class Text:
    """Title, description and content, with a unit vector float32[d] of all three."""

    title: str
    description: str
    content: str
    vector: "Vector | None" = None

    def likeness(self, other: "Text") -> float:
        """Cosine with another text, 0 where one of them has no vector yet."""
        if self.vector is None or other.vector is None:
            return 0.0
        return round(float(self.vector @ other.vector), 6)

    def nearest(self, others: "Sequence[Note]") -> "tuple[Note | None, float]":
        """The most alike of some notes and its likeness; the earlier one among equals."""
        best = max(others, key=self.likeness, default=None)
        return best, (0.0 if best is None else self.likeness(best))


@dataclass(frozen=True, eq=False)
class Lesson(Text):
    """Something new to remember. `origin` is kept by the engine: where a shipped prompt found it."""

    origin: int | None = None

    def edit(self, **texts: str) -> "Lesson":
        """The same lesson with other texts (title, description, content)."""
        return Lesson(*_edited(self, texts), origin=self.origin)


@dataclass(frozen=True, eq=False)
class Note(Text):
    """A memory item in use. `task` is the text it was learned at, `rank` 1 for those of the most similar past task."""

    uid: str = ""
    task: str = ""
    polarity: str = ""
    tags: tuple[str, ...] = ()
    rank: int = 0

    def edit(self, **texts: str) -> "Edit":
        """Give the note other texts (title, description, content)."""
        return Edit(self.uid, *_edited(self, texts))

    def drop(self, reason: str = "") -> "Drop":
        """Take the note out of use; it is archived with the reason, not lost."""
        return Drop(self.uid, reason)


@dataclass(frozen=True)
class Edit:
    """A note with new texts."""

    uid: str
    title: str
    description: str
    content: str


@dataclass(frozen=True)
class Drop:
    """A note to archive."""

    uid: str
    reason: str = ""


@dataclass(frozen=True)
class AttemptStep:
    """One step of an attempt."""

    thought: str
    action: str
    observation: str
    error: str | None = None


@dataclass(frozen=True)
class Attempt:
    """A rollout with a known label: `success` as learning's own label has it, and the label's reason.

    `text` is the rollout as the shipped prompts show it: thoughts and actions.
    """

    number: int
    success: bool
    reason: str
    answer: str
    steps: tuple[AttemptStep, ...]
    text: str


@dataclass(frozen=True)
class Case:
    """One task, as a memory method sees it.

    `notes` is the bank as it stands before the task, the oldest first: in `retrieve` and `inject` without what a task
    must not see (its own). `used` are the notes that were injected, `attempts` the labelled rollouts; both are empty
    before there are any. `n` is the number of experiences asked for with --retrieve. `seed` is the call's own; Python's
    and numpy's dice are set to it.
    """

    task: str
    site: str | None
    notes: tuple[Note, ...]
    n: int
    seed: int
    preamble: str
    used: tuple[Note, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    talk: Talk | None = field(default=None, repr=False)

    def nearest(self, n: int | None = None) -> list[Note]:
        """The notes of the n most similar past tasks, the most similar first (default: as many as were asked for)."""
        wanted = self.n if n is None else n
        return sorted((note for note in self.notes if 0 < note.rank <= wanted), key=lambda note: note.rank)

    def block(self, notes: Sequence[Note]) -> str:
        """The shipped preamble with the notes under it, as ReasoningBank injects them."""
        return substitute(self.preamble, {"items": render_items(notes)}).rstrip("\n") if notes else ""

    def lesson(self, title: str, description: str, content: str) -> Lesson:
        """A lesson in one's own words."""
        return Lesson(title, description, content)

    def lessons(self, attempts: Sequence[Attempt]) -> list[Lesson]:
        """What the shipped prompts find in attempts: one is distilled alone, several are compared."""
        found = self._ask("lessons", [attempt.number for attempt in attempts])
        return [Lesson(title, description, content, origin=origin) for origin, title, description, content in found]

    def ask(self, role: str, text: str = "", *, prompt: str = "", **values: str) -> str:
        """The reply of the arm's distiller or selector, to a text or to a shipped prompt with its slots filled.

        An empty reply is one the model could not give; the task's notes say why. Every call is in the ledger.
        """
        if bool(text) == bool(prompt):
            raise ValueError("ask takes either a text or the name of a prompt")
        return str(self._ask("ask", {"role": role, "text": text, "prompt": prompt, "values": values}))

    def matched(self, lessons: Sequence[Lesson], notes: Sequence[Note]) -> list[tuple[Note | None, Lesson]]:
        """For each lesson the note that says the same, None for a new one, and the wording to keep.

        The distiller decides, in the form of the shipped `merge` prompt; a note is given to one lesson at most.
        """
        if not lessons or not notes:
            return [(None, lesson) for lesson in lessons]
        texts = {"task": self.task, "new": render_items(lessons), "existing": render_items(notes)}
        decisions, _ = parse_decisions(self.ask("distiller", prompt="merge", **texts), len(lessons), len(notes))
        found: list[tuple[Note | None, Lesson]] = [(None, lesson) for lesson in lessons]
        for one in decisions:
            worded = lessons[one.new - 1].edit(title=one.title, description=one.description, content=one.content)
            found[one.new - 1] = (notes[one.existing - 1], worded)
        return found

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """float32[n, d] unit vectors from the arm's embedder."""
        found: NDArray[np.float32] = self._ask("embed", [str(text) for text in texts])
        return found

    def render(self, notes: Sequence[Text]) -> str:
        """Notes or lessons in the form the shipped prompts use, numbered from 1."""
        return render_items(notes)

    def _ask(self, what: str, value: Any) -> Any:
        if self.talk is None:
            raise RuntimeError("this case is not connected to an arm")
        return self.talk(what, value)


def _edited(one: Text, texts: Mapping[str, str]) -> tuple[str, str, str]:
    unknown = sorted(set(texts) - {"title", "description", "content"})
    if unknown:
        raise TypeError(f"there are title, description and content to edit, no {unknown[0]}")
    get = texts.get
    return get("title", one.title), get("description", one.description), get("content", one.content)
