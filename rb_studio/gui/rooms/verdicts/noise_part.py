"""Best-of-k under a less certain judge: read while its tab is in front, drawn again for every move of a slider."""

import importlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.rooms.verdicts.commands import HIDDEN, WHERE
from rb_studio.gui.rooms.verdicts.noise_panel import NoisePanel
from rb_studio.gui.rooms.verdicts.offered_noise import OFFERED
from rb_studio.gui.rooms.verdicts.parts import Part

if TYPE_CHECKING:
    import sqlite3

    from rb_studio.analysis.noise import Flips
    from rb_studio.gui.rooms.verdicts.noise_reads import Noisy
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
    from rb_studio.records.curve import CurveSet

NOTHING = "Nothing is drawn yet."


class NoisePart(Part):
    """While one figure is worked out, the sliders may go on: only where they stand then is drawn next."""

    name = "noise"

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self.panel = NoisePanel(room.frame.theme)
        self.found: Noisy | None = None
        self._seen: object = None
        self._drawing: Flips | None = None
        self._loaded = False
        room.left.addTab(self.panel, "&Noise")
        room.left.currentChanged.connect(self._turned)
        self.panel.flipped.connect(self._draw)

    def commands(self) -> list[Command]:
        bindings = {
            "verdicts.noise": Binding(self.show, self._room.sees, HIDDEN),
            "verdicts.noise.copy": Binding(self._copy, self._drawn, NOTHING),
        }
        return bind(OFFERED, WHERE, bindings)

    def page(self) -> QWidget:
        return self.panel

    def stops(self) -> Sequence[QWidget]:
        pane = self.panel.pane
        return [self.panel.passed.slider, *([pane.plot] if pane.plot is not None else []), pane.table]

    def report_shown(self) -> None:
        """Other rollouts are looked at, or the same as they stand now."""
        self._turned()

    def place_to_keep(self) -> dict[str, Any]:
        return self.panel.keep()

    def restore_place(self, kept: dict[str, Any]) -> None:
        self.panel.restore(kept)

    def show(self) -> None:
        """The figure, with the keyboard on the first slider."""
        self._room.parts.bring(0)
        self._room.left.setCurrentWidget(self.panel)
        self.panel.passed.slider.setFocus()

    def _turned(self, _place: int = 0) -> None:
        presenter, front = self._room.presenter, self._room.left.currentWidget() is self.panel
        self._room.parts.favour(front)
        if not front or presenter.standing is self._seen:
            return
        self._seen = presenter.standing
        if not self._loaded:
            self._loaded = True
            load = partial(importlib.import_module, "rb_studio.gui.plots.screen")
            self._frame.session.background(load, while_alive(self.panel, self._plots_ready))
        read = partial(_read, key=presenter.scope)
        show, fail = while_alive(self.panel, self._show), while_alive(self.panel, self._room.show_error)
        self._frame.session.query("verdicts.noise", read, show, fail)

    def _plots_ready(self, _module: Any) -> None:
        self.panel.pane.plots_ready()

    def _show(self, found: "Noisy") -> None:
        self.found, self._drawing = found, None
        self.panel.show_arms(len(found.arms), found.source)
        self._draw()

    def _draw(self) -> None:
        """Work out the figure where the sliders stand, unless one is being worked out."""
        found = self.found
        if found is None or not found.arms or self._drawing is not None:
            return
        self._drawing = flips = self.panel.flips

        def drawn(curves: "CurveSet") -> None:
            first, self._drawing = not self._drawn(), None
            self.panel.show_figure(curves, found.looks, found.said)
            if first:
                self._frame.registry.refresh()
            if self.panel.flips != flips:
                self._draw()

        read = partial(_figure, found=found, flips=flips)
        shown, fail = while_alive(self.panel, drawn), while_alive(self.panel, self._failed)
        self._frame.session.query("verdicts.noise.figure", read, shown, fail)

    def _failed(self, sentence: str) -> None:
        self._drawing = None
        self._room.show_error(sentence)

    def _drawn(self) -> bool:
        return self._room.sees() and self.panel.pane.model.rowCount() > 0

    def _copy(self) -> None:
        self.panel.pane.table.selectAll()
        self.panel.pane.table.copy()
        self._room.say("The numbers are on the clipboard")


def _read(conn: "sqlite3.Connection", key: str) -> "Noisy":
    from rb_studio.gui.rooms.verdicts.noise_reads import noisy

    return noisy(conn, key)


def _figure(_conn: "sqlite3.Connection", found: "Noisy", flips: "Flips") -> "CurveSet":
    from rb_studio.jobs.noise_figure import noise_figure

    return noise_figure(found.arms, flips)
