"""Notes on the rollout on screen: labels, comments, tags, ratings, the first wrong step."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.questions import CANCEL
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.rooms.memories.texts import local_time
from rb_studio.gui.rooms.trajectories.annotate_files import NoteFiles
from rb_studio.gui.rooms.trajectories.annotate_reads import (
    Beside,
    Noted,
    Placed,
    history_text,
    marks,
    read_beside,
    read_noted,
    stretches,
)
from rb_studio.gui.rooms.trajectories.annotating import FIRST_ERROR, Spot, Writing, spot_of
from rb_studio.gui.rooms.trajectories.annotations_panel import AnnotationsPanel
from rb_studio.gui.rooms.trajectories.commands import NO_ROLLOUT, WHERE
from rb_studio.gui.rooms.trajectories.label_sets import ChosenSet
from rb_studio.gui.rooms.trajectories.offered_annotate import OFFERED
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Lane, Part, Stage, Tab, TextPart
from rb_studio.records.annotation import RATINGS, Kind, Note, Said
from rb_studio.records.errors import UsageError
from rb_studio.records.label_set import MOST_LABELS
from rb_studio.store import annotations, operations
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from rb_studio.records.trajectory import Trajectory

TABLES = frozenset(("annotation_version", "label_set", "rollout", "step"))
READ_ONLY = "Nothing can be noted: no rollout is open, or the workspace can only be read."
NO_LABEL = "The chosen set has no label on this key."
NO_NOTE = "No note is chosen in the list of notes."
BEGUN = "Save or cancel first what you have begun to type."
NO_PLACE = "The words this was noted on are there no more; the note itself is kept."
THERE = "That is noted there already."
Pending = tuple[Spot, "Trajectory | None"] | int


class AnnotatePart(Part):
    """The tab of notes, their marks on the scrub bar and in the texts, and every act on them."""

    tab = Tab("side", "notes", "Notes")
    undo_scope = annotations.SCOPE

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.panel = AnnotationsPanel(stage.frame.theme)
        self.blind = reviews_of(stage.frame).blind
        self._writing = Writing(stage.frame.settings)
        self._files = NoteFiles(stage, self.panel, self._writing)
        self._noted: Noted | None = None
        self._beside = Beside()
        self._sets = ChosenSet(stage, self.panel)
        self._whole = False
        self._pending: Pending | None = None
        self._connect()

    def widget(self) -> AnnotationsPanel:
        return self.panel

    def commands(self) -> list[Command]:
        able, one = (self._able, READ_ONLY), (self._has_note, NO_NOTE)
        keys = range(1, MOST_LABELS + 1)
        bindings = {
            **{
                f"trajectories.label.{key}": Binding(
                    partial(self._put_label, key),
                    partial(self._has_label, key),
                    NO_LABEL,
                    shown_title=partial(self._label_title, key),
                )
                for key in keys
            },
            "trajectories.labels.next": Binding(self._sets.next),
            "trajectories.labels.edit": Binding(self._sets.edit),
            "trajectories.comment": Binding(partial(self._type, Kind.COMMENT), *able),
            "trajectories.tag": Binding(partial(self._type, Kind.TAG), *able),
            "trajectories.first_error": Binding(self._put_first_error, self._has_step, READ_ONLY),
            **{f"trajectories.rate.{rate}": Binding(partial(self._rate, rate), *able) for rate in RATINGS},
            "trajectories.whole": Binding(self._toggle_whole, checked=lambda: self._whole),
            "trajectories.notes": Binding(self._show_tab),
            "trajectories.notes.next": Binding(partial(self._step, 1), self._has_notes, NO_ROLLOUT),
            "trajectories.notes.back": Binding(partial(self._step, -1), self._has_notes, NO_ROLLOUT),
            "trajectories.note.change": Binding(self._change_current, *one),
            "trajectories.note.remove": Binding(self._remove_selected, *one),
            **self._files.bindings(),
        }
        return bind(OFFERED, WHERE, bindings)

    def joined(self) -> None:
        self._read_beside()

    def show_rollout(self, opened: Opened | None) -> None:
        if opened is None:
            self._noted = None
            self._show()
            return
        known = self._noted
        if known is None or known.uid != opened.row.uid or known.unbound:
            if known is not None and known.uid != opened.row.uid:
                self._noted = None
                self._show()
            self._read()

    def changed(self, change: ChangeRecord) -> None:
        if TABLES & set(change.tables):
            self._read()
            self._read_beside()

    def redraw(self) -> None:
        self.panel.redraw()

    def place_to_keep(self) -> dict[str, Any]:
        editor, pending = self.panel.editor, self._pending
        typed = {"kind": str(editor.kind), "text": editor.text} if editor.begun and pending is not None else None
        if typed is not None:
            typed["on"] = pending if isinstance(pending, int) else pending[0].to_plain()  # type: ignore[index,assignment]
        return {"set": self._sets.name, "whole": self._whole, "typed": typed}

    def restore_place(self, kept: dict[str, Any]) -> None:
        self._sets.choose(str(kept.get("set", "")))
        self._set_whole(kept.get("whole") is True)
        typed = kept.get("typed")
        on = typed.get("on") if isinstance(typed, Mapping) else None
        spot = Spot.from_plain(on)
        if isinstance(typed, Mapping) and (isinstance(on, int) or spot is not None):
            self._pending = (spot, None) if spot is not None else on
            kind = Kind.TAG if typed.get("kind") == Kind.TAG else Kind.COMMENT
            self.panel.editor.begin(kind, "What you typed and did not save", str(typed.get("text", "")), focus=False)

    def closing(self) -> None:
        self._files.stop()

    def _able(self) -> bool:
        return self._stage.opened is not None and self._frame.session.workspace.writable

    def _has_step(self) -> bool:
        return self._able() and self._stage.step > 0

    def _has_notes(self) -> bool:
        return self._noted is not None and bool(self._noted.placed)

    def _has_note(self) -> bool:
        return self._able() and self.panel.current is not None

    def _has_label(self, key: int) -> bool:
        return self._able() and self._sets.chosen.at_key(key) is not None

    def _label_title(self, key: int) -> str:
        label = self._sets.chosen.at_key(key)
        name = "none" if label is None else label.name.replace("&", "&&")
        return f"Label {key}: {name}"

    def _put_label(self, key: int) -> None:
        chosen = self._sets.chosen
        label = chosen.at_key(key)
        if label is not None:
            self._put(Said(Kind.LABEL, chosen.name, label.name), toggle=True)

    def _rate(self, rating: int) -> None:
        self._put(Said(Kind.RATING, rating=rating), toggle=True)

    def _put_first_error(self) -> None:
        opened = self._stage.opened
        if opened is not None and self._stage.step:
            spot = spot_of(opened, replace(self._stage.selection(), steps=(self._stage.step,), part=""))
            self._write(self._writing.put(spot, FIRST_ERROR, opened.trajectory, toggle=True), spot.told)

    def _put(self, said: Said, *, toggle: bool = False) -> None:
        spot, opened = self._spot(), self._stage.opened
        if spot is not None and opened is not None:
            self._write(self._writing.put(spot, said, opened.trajectory, toggle=toggle), spot.told)

    def _spot(self) -> Spot | None:
        """What a note goes on now; where it can go on nothing, why is said."""
        opened = self._stage.opened
        if opened is None:
            return None
        try:
            return spot_of(opened, self._stage.selection(), whole=self._whole)
        except UsageError as error:
            self._frame.toast(f"{error}.")
            return None

    def _write(
        self, work: "Callable[[Database], ChangeRecord]", on: str = "", done: "Callable[[], None] | None" = None
    ) -> None:
        def written(change: ChangeRecord) -> None:
            if done is not None:
                done()
            if change.operation is None:
                self._frame.toast(THERE)
            else:
                self._frame.toast(f"{change.label}{f': {on}' if on else ''}.", "Undo", partial(self._undo, change))

        self._frame.session.operate(work, written, self._frame.toast)

    def _undo(self, change: ChangeRecord) -> None:
        undo = partial(operations.undo, scope=annotations.SCOPE, only=change.operation)
        self._frame.session.operate(undo, None, self._frame.toast)

    def _type(self, kind: Kind) -> None:
        """Begin a comment or a tag on what is selected now, whatever is selected when it is saved."""
        spot, opened = self._spot(), self._stage.opened
        if spot is not None and opened is not None and self._free():
            self._pending = (spot, opened.trajectory)
            self._begin(kind, f"{'Comment' if kind is Kind.COMMENT else 'Tag'} on {spot.told}")

    def _free(self) -> bool:
        """Whether nothing is typed that would be lost; else it is gone on with."""
        if not self.panel.editor.begun:
            return True
        self._stage.bring("notes")
        self.panel.editor.focus()
        self._frame.toast(BEGUN)
        return False

    def _begin(self, kind: Kind, heading: str, text: str = "") -> None:
        self._stage.bring("notes")
        self.panel.editor.begin(kind, heading, text)

    def _typed(self, text: str) -> None:
        kind, pending = self.panel.editor.kind, self._pending
        commenting = kind is Kind.COMMENT
        if isinstance(pending, int):
            words = {"comment" if commenting else "label": text}
            self._write(self._writing.change(pending, **words), done=self._end_typing)
        elif pending is not None:
            spot, trajectory = pending
            said = Said(kind, comment=text) if commenting else Said(kind, label=text)
            self._write(self._writing.put(spot, said, trajectory), spot.told, self._end_typing)

    def _end_typing(self) -> None:
        self.panel.editor.end()
        self._left()

    def _left(self) -> None:
        self._pending = None
        self._stage.focus()

    def _change(self, note: Note) -> None:
        """Let a note say something else."""
        if note.kind in (Kind.COMMENT, Kind.TAG) and self._free():
            self._pending = note.id
            self._begin(note.kind, f"Change the {note.kind}", note.value)
        elif note.kind is Kind.RATING:
            answer = self._frame.dialogs.ask("Rate again", "", [*map(str, RATINGS), CANCEL])
            if answer is not None:
                self._write(self._writing.change(note.id, rating=int(answer)))
        elif note.kind is Kind.LABEL:
            known = self._sets.named(note.label_set) or self._sets.chosen
            answer = self._frame.dialogs.ask("Another label", "", [*(label.name for label in known.labels), CANCEL])
            if answer is not None:
                self._write(self._writing.change(note.id, label=answer, label_set=known.name))

    def _change_current(self) -> None:
        if self.panel.current is not None:
            self._change(self.panel.current.note)

    def _remove_selected(self) -> None:
        self._remove(self.panel.selected)

    def _remove(self, notes: list[Note]) -> None:
        if notes and self._frame.session.workspace.writable:
            self._write(self._writing.remove(*(note.id for note in notes)))

    def _toggle_whole(self) -> None:
        self._set_whole(not self._whole)

    def _set_whole(self, on: bool) -> None:
        self._whole = on
        self.panel.set_whole(on)
        self._frame.registry.refresh()

    def _show_tab(self) -> None:
        self._stage.bring("notes")
        self.panel.focus_notes()

    def _step(self, by: int) -> None:
        found = self.panel.choose(by, self._stage.step)
        if found is not None:
            self._go(found)

    def _go(self, one: Placed) -> None:
        """To what a note is on."""
        bound = one.bound
        if bound is None:
            self._frame.toast(NO_PLACE)
            return
        part: TextPart = next((name for name in get_args(TextPart) if name == str(one.part)), "")
        if part and bound.start is not None and bound.end is not None and one.step != 0 and part != "answer":
            self._stage.reveal(one.step or self._stage.step, part, bound.start, bound.end - bound.start)
        elif one.step is not None:
            self._stage.jump(max(one.step, 1))

    def _chosen(self, note: Note | None) -> None:
        self._frame.registry.refresh()
        if note is not None:
            read = partial(annotations.history, note_id=note.id)
            self._frame.session.query("trajectories.note", read, partial(self._show_history, note), _nothing)

    def _show_history(self, note: Note, events: "tuple[annotations.Event, ...]") -> None:
        self.panel.show_about(note, history_text(events, local_time))

    def _read(self) -> None:
        opened = self._stage.opened
        if opened is not None:
            read = partial(read_noted, opened=opened, settings=self._frame.settings)
            self._frame.session.query("trajectories.notes", read, self._came)

    def _came(self, noted: Noted) -> None:
        opened = self._stage.opened
        if opened is not None and opened.row.uid == noted.uid:
            self._noted = noted
            self._show()

    def _read_beside(self) -> None:
        self._frame.session.query("trajectories.notes beside", read_beside, self._beside_came)

    def _beside_came(self, beside: Beside) -> None:
        self._beside = beside
        self._sets.show(beside.sets)
        self._show()

    def _show(self, _blind: bool = False) -> None:
        """Notes in the list, on the scrub bar and in the texts; while one judges blind only one's own."""
        noted, hidden = self._noted, 0
        if noted is not None and self.blind.on:
            hidden, noted = len(noted.placed), noted.of_me()
            hidden -= len(noted.placed)
        self.panel.show_notes(noted, self._beside, hidden)
        shown = noted if noted is not None else Noted("")
        for lane, steps in marks(shown).items():
            self._mark(lane, steps)
        self._stage.underline(stretches(shown))
        self._frame.registry.refresh()

    def _mark(self, lane: str, steps: dict[int, str]) -> None:
        found: Lane = next(name for name in get_args(Lane) if name == lane)
        self._stage.mark(found, steps)

    def _connect(self) -> None:
        panel = self.panel
        panel.label_asked.connect(self._put_label)
        panel.whole_toggled.connect(self._set_whole)
        panel.chosen.connect(self._chosen)
        panel.go_asked.connect(self._go)
        panel.edit_asked.connect(self._change)
        panel.remove_asked.connect(self._remove)
        panel.editor.saved.connect(self._typed)
        panel.editor.left.connect(self._left)
        self.blind.changed.connect(self._show)


def _nothing(_sentence: str) -> None:
    """A note that went away meanwhile has no history to show."""
