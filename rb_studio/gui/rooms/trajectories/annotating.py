"""What a note is put on, and putting it there: the part of annotating that needs no widgets."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rb_studio.gui.rooms.trajectories.annotate_reads import told
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Selected
from rb_studio.records.anchors import anchor_at, step_keys, text_of
from rb_studio.records.annotation import STEP_PARTS, Anchor, Kind, Part, Said
from rb_studio.records.errors import UsageError
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import annotations, rollouts
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.models.settings import Settings

NOT_NOTED = "These words stand in no step: note on the step, or select what was thought, done or seen"
SOURCES = (Part.THOUGHT, Part.ACTION, Part.REASONING, Part.OBSERVATION, Part.ERROR)


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a rollout: its steps by number, the characters of one text of one of them."""

    run: int
    uid: str
    part: Part = Part.ROLLOUT
    steps: tuple[int, ...] = ()
    start: int | None = None
    end: int | None = None

    @property
    def told(self) -> str:
        return told(len(self.steps), self.part, self.steps[0] if self.steps else None)

    def to_plain(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"steps": list(self.steps)}

    @classmethod
    def from_plain(cls, kept: Any) -> "Spot | None":
        """What `to_plain` gave; None for anything else."""
        try:
            ends = (None if kept[end] is None else int(kept[end]) for end in ("start", "end"))
            steps = tuple(int(step) for step in kept["steps"])
            return cls(int(kept["run"]), str(kept["uid"]), Part(kept["part"]), steps, *ends)
        except (KeyError, TypeError, ValueError):
            return None


def spot_of(opened: Opened, selected: Selected, *, whole: bool = False) -> Spot:
    """What a note goes on: the rollout where that is wished, the selected words, else the selected steps.

    Raises
    ------
    UsageError
        Words are selected that are no part of a step.
    """
    run, uid = opened.run.id, opened.row.uid
    places = [place for place in selected.steps if 0 <= place <= opened.count]
    if whole or not (places or selected.part):
        return Spot(run, uid)
    numbers = tuple(opened.step(place).number if place else 0 for place in places)
    if not selected.part or selected.end <= selected.start:
        return Spot(run, uid, Part.STEP, numbers)
    if selected.part in ("prompt", "reply"):
        return _spot_of_words(opened, selected.text, numbers[0])
    part = Part(selected.part)
    return Spot(run, uid, part, numbers[:1] if part in STEP_PARTS else (), selected.start, selected.end)


def _spot_of_words(opened: Opened, words: str, number: int) -> Spot:
    """Where words of a prompt or a reply come from: the nearest step that says or has seen them, up to this one."""
    trajectory = opened.trajectory
    numbers = [0, *(step.number for step in trajectory.steps if step.number <= number)]
    for back in reversed(numbers):
        for part in SOURCES:
            text = text_of(trajectory, part, back) if back or part is Part.OBSERVATION else None
            if text and words in text:
                start = text.find(words)
                return Spot(opened.run.id, opened.row.uid, part, (back,), start, start + len(words))
    raise UsageError(NOT_NOTED)


def anchors_of(trajectory: Trajectory, spot: Spot) -> list[Anchor]:
    """The places of a spot. Raises UsageError for one that is not there."""
    if not spot.steps:
        return [anchor_at(trajectory, spot.part, None, spot.start, spot.end)]
    keys = step_keys(trajectory)
    return [anchor_at(trajectory, spot.part, number, spot.start, spot.end, keys) for number in spot.steps]


class Writing:
    """Makes operations of what is to be said; they run on the writer's thread."""

    def __init__(self, settings: "Callable[[], Settings]") -> None:
        self._settings = settings

    def put(
        self, spot: Spot, said: Said, trajectory: Trajectory | None, *, toggle: bool = False
    ) -> "Callable[[Database], ChangeRecord]":
        """Note something; with `toggle` what the person said everywhere there already is taken away again."""

        def work(db: "Database") -> ChangeRecord:
            known = trajectory or rollouts.trajectory(db.conn, spot.uid, run=spot.run)
            places = anchors_of(known, spot)
            who = self.who()
            mine = _mine(db, places, said, who) if toggle else []
            if mine and len(mine) == len(places):
                return annotations.remove_all(db, mine, who)
            words = {key: value for key, value in asdict(said).items() if key != "kind"}
            return annotations.add_all(db, places, said.kind, who=who, **words)

        return work

    def change(self, note_id: int, **said: Any) -> "Callable[[Database], ChangeRecord]":
        """Let a note say something else."""
        return lambda db: annotations.change(db, note_id, who=self.who(), **said)

    def remove(self, *note_ids: int) -> "Callable[[Database], ChangeRecord]":
        """Take notes away."""
        return lambda db: annotations.remove_all(db, note_ids, self.who())

    def who(self) -> str:
        """Under which name notes are made; asked off the GUI thread, for settings are a file."""
        from rb_studio.jobs.annotations import person

        return person(self._settings().author)


def _mine(db: "Database", places: list[Anchor], said: Said, who: str) -> list[int]:
    """The person's own notes that say just this just there."""
    uid, there = places[0].rollout_uid, {place.place for place in places}
    return [
        note.id
        for note in annotations.of_rollouts(db.conn, [uid])[uid]
        if note.changed_by == who
        and note.anchor.place in there
        and Said(note.kind, note.label_set, note.label, note.comment, note.rating) == said
    ]


FIRST_ERROR = Said(Kind.FIRST_ERROR)
