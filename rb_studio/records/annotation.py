"""What people note on rollouts: labels, comments, tags, ratings, the first wrong step; with every version of each."""

from dataclasses import dataclass
from enum import StrEnum

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest

LONGEST_COMMENT = 100_000
LONGEST_NAME = 200
RATINGS = range(1, 6)


class Part(StrEnum):
    """What of a rollout a note is on: all of it, a step, or one of the texts of a step or rollout."""

    ROLLOUT = "rollout"
    STEP = "step"
    THOUGHT = "thought"
    ACTION = "action"
    OBSERVATION = "observation"
    ERROR = "error"
    REASONING = "reasoning"
    ANSWER = "answer"
    PATCH = "patch"


STEP_PARTS = frozenset({Part.STEP, Part.THOUGHT, Part.ACTION, Part.OBSERVATION, Part.ERROR, Part.REASONING})


class Kind(StrEnum):
    """What a note says."""

    LABEL = "label"
    COMMENT = "comment"
    TAG = "tag"
    RATING = "rating"
    FIRST_ERROR = "first_error"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a note stands, so that it is found again in a rollout that was read anew.

    `start` and `end` are offsets in the readable text of the part (see `records.readable`), in characters; None for
    the whole part. They are hints: `quote` is what must stand there, `around` the text before and after it. For a
    step without a range `quote` is how it begins. `step_number` 0 is what was seen before the first step.
    """

    rollout_uid: str
    part: Part = Part.ROLLOUT
    step_key: str | None = None
    step_number: int | None = None
    start: int | None = None
    end: int | None = None
    quote: str = ""
    around: str = ""

    @property
    def place(self) -> tuple[str, str, str | None, int | None, int | None, int | None]:
        """Equal for notes on the same spot."""
        return self.rollout_uid, str(self.part), self.step_key, self.step_number, self.start, self.end


@dataclass(frozen=True, slots=True)
class Said:
    """What one version of a note says; which fields count depends on the kind."""

    kind: Kind
    label_set: str = ""
    label: str = ""
    comment: str = ""
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """One version of a note: who said what, when (ISO-8601 UTC)."""

    said: Said
    who: str
    at: str

    @property
    def name(self) -> str:
        """The same in every workspace the version came to."""
        said = self.said
        parts = [str(said.kind), said.label_set, said.label, said.comment, said.rating, self.who, self.at]
        return digest(canonical_json(parts))[:20]


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it stands now. `who` and `at` began it, `changed_by` and `changed_at` said what it says now.

    `origin` is the file it came with, empty for one made here.
    """

    id: int
    uid: str
    anchor: Anchor
    kind: Kind
    label_set: str
    label: str
    comment: str
    rating: int | None
    who: str
    at: str
    origin: str
    changed_by: str
    changed_at: str

    @property
    def value(self) -> str:
        """What it says in one cell: the label, the tag, the rating, the comment; the step of a first error."""
        if self.kind is Kind.RATING:
            return str(self.rating)
        if self.kind is Kind.FIRST_ERROR:
            return "" if self.anchor.step_number is None else str(self.anchor.step_number)
        return self.comment if self.kind is Kind.COMMENT else self.label


@dataclass(frozen=True, slots=True)
class NotePast:
    """A note with all its versions, oldest first: what travels between workspaces. A `removed` one says so too."""

    uid: str
    anchor: Anchor
    who: str
    at: str
    versions: tuple[NoteVersion, ...]
    origin: str = ""
    removed: bool = False

    @property
    def states(self) -> tuple[str, ...]:
        """Names of what it has been, oldest first; the last is what it is."""
        names = tuple(version.name for version in self.versions)
        return (*names, f"removed {names[-1]}") if self.removed else names


def check_said(said: Said) -> None:
    """Raises UsageError with a sentence for what no note can say."""
    if said.kind in (Kind.LABEL, Kind.TAG) and not said.label.strip():
        raise UsageError(f"a {said.kind} needs a name")
    if said.kind is Kind.LABEL and not said.label_set.strip():
        raise UsageError(f"the label {said.label!r} needs the name of its set")
    if said.kind is Kind.COMMENT and not said.comment.strip():
        raise UsageError("a comment needs words")
    if (said.rating is None) is (said.kind is Kind.RATING):
        raise UsageError("a rating has a number, and nothing else has")
    if said.rating is not None and said.rating not in RATINGS:
        raise UsageError(f"a rating goes from {RATINGS[0]} to {RATINGS[-1]}, not {said.rating}")
    _check_lengths(said)


def check_person(who: str) -> str:
    """A person's name without white space around it. Raises UsageError for none, or a too long one."""
    name = " ".join(who.split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(f"a note needs the name of who makes it, of at most {LONGEST_NAME} characters")
    return name


def check_place(anchor: Anchor) -> None:
    """Raises UsageError for a place that cannot be."""
    if not anchor.rollout_uid:
        raise UsageError("a note needs the rollout it is on")
    if anchor.part in STEP_PARTS and anchor.step_number is None:
        raise UsageError(f"a note on a {anchor.part} needs the number of its step")
    start, end = anchor.start, anchor.end
    if (start is None) is not (end is None) or (start is not None and end is not None and not 0 <= start < end):
        raise UsageError("the characters a note is on need a beginning and an end after it")


def _check_lengths(said: Said) -> None:
    if len(said.comment) > LONGEST_COMMENT:
        raise UsageError(f"a comment has at most {LONGEST_COMMENT:,} characters, not {len(said.comment):,}: shorten it")
    too_long = next((name for name in (said.label, said.label_set) if len(name) > LONGEST_NAME), None)
    if too_long is not None:
        raise UsageError(f"a label, tag or set has at most {LONGEST_NAME} characters, not {len(too_long):,}")
