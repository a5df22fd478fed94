"""The notes on the rollout on screen, each with where it stands in it now."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import count
from rb_studio.records.anchors import Bound, bind_all
from rb_studio.records.annotation import Kind, Note, Part
from rb_studio.records.label_set import LabelSet
from rb_studio.store import annotations
from rb_studio.store.label_sets import label_sets

if TYPE_CHECKING:
    from rb_studio.models.settings import Settings

SIGNS = {
    Kind.LABEL: "\u25a0",
    Kind.COMMENT: "\u201c",
    Kind.TAG: "#",
    Kind.RATING: "\u2605",
    Kind.FIRST_ERROR: "\u2691",
}
SHORT = 40


@dataclass(frozen=True, slots=True)
class Placed:
    """A note and the place of its step, counted from 1; 0 is what was seen first, None the rollout as a whole.

    Without `bound` the words it was on are there no more.
    """

    note: Note
    bound: Bound | None
    step: int | None = None

    @property
    def part(self) -> Part:
        return self.note.anchor.part


@dataclass(frozen=True, slots=True)
class Noted:
    """All notes on one rollout, in the order of their places; who `me` is; which other runs have the same rollout."""

    uid: str
    placed: tuple[Placed, ...] = ()
    me: str = ""
    other_runs: tuple[int, ...] = ()

    @property
    def unbound(self) -> tuple[Placed, ...]:
        return tuple(one for one in self.placed if one.bound is None)

    def of_me(self) -> "Noted":
        """Without what others said."""
        mine = tuple(one for one in self.placed if one.note.changed_by == self.me)
        return Noted(self.uid, mine, self.me, self.other_runs)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is not of one rollout: sets of labels, tags in use, notes on rollouts that are not here."""

    sets: tuple[LabelSet, ...] = ()
    tags: tuple[str, ...] = ()
    absent: tuple[Note, ...] = ()


def read_noted(conn: sqlite3.Connection, opened: Opened, settings: "Callable[[], Settings]") -> Noted:
    """The notes on a rollout, bound to it as it is now."""
    from rb_studio.jobs.annotations import person

    uid, trajectory = opened.row.uid, opened.trajectory
    notes = annotations.of_rollouts(conn, [uid])[uid]
    bounds = bind_all([note.anchor for note in notes], trajectory) if notes else []
    places = {step.number: place for place, step in enumerate(trajectory.steps, 1)} | {0: 0}
    placed = [Placed(note, bound, _place(bound, places)) for note, bound in zip(notes, bounds, strict=True)]
    runs = [row[0] for row in conn.execute("SELECT run FROM rollout WHERE uid = ? ORDER BY run", (uid,))]
    others = tuple(run for run in runs if run != opened.run.id)
    return Noted(uid, tuple(sorted(placed, key=_order)), person(settings().author), others)


def read_beside(conn: sqlite3.Connection) -> Beside:
    """What is not of one rollout."""
    tags = conn.execute(
        "SELECT DISTINCT label FROM annotation_version WHERE kind = 'tag' AND op_to IS NULL ORDER BY label"
    )
    absent = annotations.without_rollout(conn)
    return Beside(tuple(label_sets(conn)), tuple(row[0] for row in tags), absent)


def said(note: Note) -> str:
    """What a note says in a line, with a sign of its kind."""
    words = "first error" if note.kind is Kind.FIRST_ERROR else " ".join(note.value.split())
    return f"{SIGNS[note.kind]} {f'{note.rating} of 5' if note.kind is Kind.RATING else words}"


def where(one: Placed) -> str:
    """Where a note stands, in a few words."""
    anchor = one.note.anchor
    step = anchor.step_number if one.bound is None else one.step
    if one.part is Part.ROLLOUT:
        return "rollout"
    name = "" if one.part is Part.STEP else str(one.part)
    of = "" if step is None else "start" if step == 0 else f"step {step}"
    words = f"\u201c{short(anchor.quote)}\u201d" if anchor.start is not None else ""
    moved = "(moved)" if one.bound is not None and one.bound.moved else ""
    return " ".join(filter(None, (of, name, words, moved)))


def short(text: str, most: int = SHORT) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1]}\u2026"


def marks(noted: Noted) -> Mapping[str, dict[int, str]]:
    """What stands on the scrub bar, by lane and step."""
    lanes: dict[str, dict[int, str]] = {"labels": {}, "first_error": {}, "bookmarks": {}}
    for one in noted.placed:
        if one.bound is None or not one.step:
            continue
        kind = one.note.kind
        lane = lanes[{Kind.FIRST_ERROR: "first_error", Kind.COMMENT: "bookmarks"}.get(kind, "labels")]
        words = f"{short(one.note.value) if kind is not Kind.FIRST_ERROR else 'said'} ({one.note.changed_by})"
        lane[one.step] = f"{lane[one.step]}, {words}" if one.step in lane else words
    return lanes


def stretches(noted: Noted) -> Mapping[tuple[int, Part], tuple[tuple[int, int], ...]]:
    """What stands out in the texts: characters by step and part; texts of the whole rollout have step 0."""
    found: dict[tuple[int, Part], list[tuple[int, int]]] = {}
    for one, bound in _ranges(noted):
        found.setdefault((one.step or 0, one.part), []).append(bound)
    return {key: tuple(sorted(spans)) for key, spans in found.items()}


def _ranges(noted: Noted) -> Iterator[tuple[Placed, tuple[int, int]]]:
    for one in noted.placed:
        bound = one.bound
        if bound is not None and bound.start is not None and bound.end is not None:
            yield one, (bound.start, bound.end)


def history_text(events: tuple[annotations.Event, ...], time: Callable[[str], str]) -> str:
    """Every version of a note, the newest first."""
    return "\n".join(
        f"{time(event.at)}  {event.who}: {event.act}{_what(event)}" for event in sorted(events, key=_newest_first)
    )


def _newest_first(event: annotations.Event) -> int:
    return -event.operation


def _what(event: annotations.Event) -> str:
    if event.said is None:
        return ""
    words = event.said.comment or (f"{event.said.rating} of 5" if event.said.rating is not None else "")
    return f": {words}" if words else ""


def _place(bound: Bound | None, places: Mapping[int, int]) -> int | None:
    return None if bound is None or bound.step is None else places.get(bound.step)


def _order(one: Placed) -> tuple[bool, int, int, int]:
    step = one.step if one.step is not None else -1
    return one.bound is None, step, (one.bound.start or 0) if one.bound else 0, one.note.id


def told(places: int, part: Part, step: int | None) -> str:
    """What a note is put on, in words."""
    if part is Part.ROLLOUT:
        return "the rollout"
    if places > 1:
        return count(places, "step")
    of = "" if step is None else "the start" if step == 0 else f"step {step}"
    return of if part is Part.STEP else f"words of the {part}" + (f" of {of}" if of else "")
