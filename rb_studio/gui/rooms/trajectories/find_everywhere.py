"""Finding in all runs, memories, verdicts and notes: hits come while it is looked for, and open where they stand."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.asking import Asking
from rb_studio.gui.rooms.trajectories.commands import WHERE
from rb_studio.gui.rooms.trajectories.find_everywhere_panel import FindEverywherePanel
from rb_studio.gui.rooms.trajectories.find_part import show_hit
from rb_studio.gui.rooms.trajectories.hits import HitRow, Names, as_markdown, rows_of
from rb_studio.gui.rooms.trajectories.offered_everywhere import OFFERED
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab
from rb_studio.gui.rooms.trajectories.plain import count
from rb_studio.gui.rooms.trajectories.run_hits import HIDDEN_BLIND, place_and_stretch
from rb_studio.store.find import find
from rb_studio.store.found import Found

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.store.find_text import Search

NAME = "everywhere"
NO_HITS = "Nothing was looked for yet, or nothing found."
NOTHING = "Nothing found"
# How much longer it is looked for than what was found is made rows of.
REST = 10
Rows = tuple[HitRow, ...]


class _Relay(QObject):
    """Brings what was found so far from the thread that looks."""

    partly = Signal(int, object, str)


class FindEverywherePart(Part):
    """A tab beside the list of rollouts."""

    tab = Tab("left", NAME, "Find")

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._asking = Asking(stage.frame.session)
        self._relay = _Relay()
        self._relay.partly.connect(self._partly)
        self._cancel = threading.Event()
        self._generation = 0
        self._was_blind = False
        self._search: Search | None = None
        self._pending: HitRow | None = None
        self.panel = panel = FindEverywherePanel(stage.frame.theme)
        panel.asked.connect(self._look)
        panel.stopped.connect(self._end)
        panel.opened.connect(self._open)
        panel.left.connect(stage.focus)

    def widget(self) -> FindEverywherePanel:
        return self.panel

    def commands(self) -> list[Command]:
        found = (lambda: self.panel.model.rowCount() > 0, NO_HITS)
        bindings = {
            "trajectories.everywhere": Binding(self.open),
            "trajectories.everywhere.next": Binding(self._next, *found),
            "trajectories.everywhere.back": Binding(self._previous, *found),
            "trajectories.everywhere.copy": Binding(self._copy, *found),
        }
        return bind(OFFERED, WHERE, bindings)

    def open(self) -> None:
        """The tab with the keyboard in its line."""
        self._stage.bring(NAME)
        self.panel.open()

    def takes(self, target: Mapping[str, Any]) -> bool:
        """`{"find": text}` looks for a text everywhere."""
        if "find" not in target:
            return False
        self.open()
        self.panel.line.setText(str(target["find"]))
        self._look()
        return True

    def show_step(self, step: int) -> None:
        """The rollout of a hit has come: go to where the hit stands in it."""
        row, opened = self._pending, self._stage.opened
        whose = row.whose if row is not None else None
        if whose is not None and opened is not None and (whose.uid, whose.run) == (opened.row.uid, opened.run.id):
            self._pending = None
            self._reveal(row)

    def set_blind(self, on: bool) -> None:
        """What was found may tell: it is looked for again, in what may be looked through now."""
        if self._search is not None and on != self._was_blind:
            self._look()

    def place_to_keep(self) -> dict[str, Any]:
        panel = self.panel
        return {"words": panel.line.text(), "regex": panel.regex.isChecked(), "case": panel.case.isChecked()}

    def restore_place(self, kept: dict[str, Any]) -> None:
        """What was looked for stands in the line; it is looked for when somebody asks."""
        panel = self.panel
        for widget, name in ((panel.regex, "regex"), (panel.case, "case")):
            widget.setChecked(bool(kept.get(name)))
        panel.line.setText(str(kept.get("words", "")))
        panel.stop()

    def redraw(self) -> None:
        self.panel.view.viewport().update()

    def closing(self) -> None:
        self._cancel.set()
        self._generation += 1
        self.panel.stop()
        self._asking.close()

    def _look(self) -> None:
        """Look anew; what was looked for before is given up."""
        self._cancel.set()
        self.panel.stop()
        self.panel.model.forget()
        self._generation += 1
        opened = self._stage.opened
        runs = (opened.run.id,) if opened is not None and self.panel.only_run.isChecked() else ()
        blind = self._was_blind = self._stage.blind
        search = self._search = self.panel.search(runs, HIDDEN_BLIND if blind else frozenset())
        if not search.text.strip():
            self._show((), "")
            return
        self.panel.show_busy(True)
        self.panel.said.set_text("Looking\u2026")
        cancel, mine = threading.Event(), self._generation
        self._cancel = cancel

        def read(conn: "Connection") -> tuple[Rows, str]:
            names = Names(conn, blind=blind)
            wait = 0.0

            def partly(found: Found) -> None:
                nonlocal wait
                begun = time.monotonic()
                if not cancel.is_set() and begun >= wait:
                    self._relay.partly.emit(mine, rows_of(found, names), f"Looking\u2026 {_said(found)}")
                    wait = time.monotonic() + REST * (time.monotonic() - begun)

            found = find(conn, search, cancelled=cancel.is_set, partly=partly)
            return rows_of(found, names), _said(found)

        self._asking.query("find everywhere", read, self._done(mine), self._failed)

    def _done(self, mine: int) -> Callable[[tuple[Rows, str]], None]:
        def done(answer: tuple[Rows, str] | None) -> None:
            if answer is not None and mine == self._generation:
                self._generation += 1
                self._show(*answer)

        return done

    def _partly(self, generation: int, rows: Rows, said: str) -> None:
        if generation == self._generation:
            self.panel.show_rows(rows, said)

    def _show(self, rows: Rows, said: str) -> None:
        self.panel.show_busy(False)
        self.panel.show_rows(rows, said)
        self._frame.registry.refresh()

    def _failed(self, sentence: str) -> None:
        self._show((), f"{sentence[:1].upper()}{sentence[1:]}.")

    def _end(self) -> None:
        """Look no further: what was found until now comes as the answer."""
        self._cancel.set()

    def _next(self) -> None:
        self.panel.view.step(1)

    def _previous(self) -> None:
        self.panel.view.step(-1)

    def _copy(self) -> None:
        words = self._search.text if self._search is not None else ""
        QGuiApplication.clipboard().setText(as_markdown(self.panel.model.rows, words))
        self._frame.toast("What was found is copied as Markdown.")

    def _open(self, row: HitRow, keyboard: bool) -> None:
        """Go to a hit in its room, at its place."""
        hit, whose, opened = row.hit, row.whose, self._stage.opened
        if hit is None:
            return
        if hit.kind == "memory":
            self._stage.go(Place("memories", {"item": hit.item}))
        elif whose is None:
            self._frame.toast("The rollout of this note is not in the workspace.")
        elif hit.kind == "verdict":
            self._stage.go(Place("verdicts", {"rollout": whose.uid}))
        elif opened is not None and (opened.row.uid, opened.run.id) == (whose.uid, whose.run):
            self._reveal(row)
        else:
            self._pending = row
            self._stage.open(whose.uid, max(hit.step or 1, 1), whose.run)
        if keyboard and hit.kind in ("step", "rollout", "note"):
            self._stage.focus()

    def _reveal(self, row: HitRow | None) -> None:
        opened, search = self._stage.opened, self._search
        if row is None or row.hit is None or opened is None or search is None:
            return
        place, start, length = place_and_stretch(opened, row.hit, blind=self._stage.blind)
        show_hit(self._stage, row.hit, place, start, length)


def _said(found: Found) -> str:
    """How much was found, and whether that is all."""
    if not found.hits:
        return NOTHING if found.complete else f"{NOTHING}: {found.why}" if found.why else NOTHING
    total = sum(hit.count for hit in found.hits)
    rollouts = len({hit.rollout for hit in found.hits if hit.rollout is not None})
    parts = [f"{count(total, 'hit')} in {count(len(found.hits), 'text')}"]
    parts += [f"of {count(rollouts, 'rollout')}"] if rollouts else []
    said = " ".join(parts)
    if found.skipped:
        said += f"; {count(found.skipped, 'text')} took the pattern too long"
    return f"{said}; {found.why}" if found.why else said
