"""Memory methods beside the shipped modes: examples, installed ones, and files a person picks."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.rooms.scaling.box_grid import BoxGrid
from rb_studio.gui.rooms.trajectories.resume import METHOD_FILES

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.records.own_method import MethodSource

ADD = "Add method &file\u2026"


class MethodBoxes(BoxGrid):
    """A check box a method and a button to add a file; a method is loaded once it is checked, in its own process.

    Signals
    -------
    changed
        Another choice, or a method was loaded or could not be.
    """

    changed = Signal()

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__("Met&hods", parent)
        self._frame = frame
        self.boxes: dict[str, QCheckBox] = {}
        self._texts: dict[str, str] = {}
        self._loaded: dict[str, MethodSource] = {}
        self.fault = ""  # why the method chosen last is not among them
        self.add = QPushButton(ADD)
        self.add.setToolTip("A Python file with retrieve, inject, distil or consolidate; its code is run here")
        self.add.clicked.connect(self._pick)
        self.put(self.add)

    def offer(self, known: Mapping[str, str]) -> None:
        """Methods that need no file: what each is, by name; nothing of them is run before they are checked."""
        for name, what in known.items():
            self._offer(name, name, what)

    def chosen(self) -> tuple[str, ...]:
        """Names of the methods that are checked."""
        return tuple(name for name, box in self.boxes.items() if box.isChecked())

    def sources(self) -> "tuple[MethodSource, ...]":
        """Those of them that are loaded."""
        return tuple(self._loaded[name] for name in self.chosen() if name in self._loaded)

    def waiting(self) -> str:
        """What a sweep has to wait for; empty when it has not."""
        waiting = [name for name in self.chosen() if name not in self._loaded]
        return f"Loading {', '.join(waiting)}\u2026" if waiting else ""

    def _offer(self, name: str, text: str, what: str) -> QCheckBox:
        self._texts[name] = text
        box = self.boxes.get(name)
        if box is None:
            box = QCheckBox(name)
            self.boxes[name] = box
            self.put(box, before=self.add)
            box.toggled.connect(partial(self._toggled, name))
        box.setToolTip(what)
        return box

    def _pick(self) -> None:
        """Take a file over: its name is read, its code is loaded with its check."""
        from rb_studio.jobs.plugins import find
        from rb_studio.records.errors import RbStudioError

        for path in self._frame.dialogs.open_files("Choose a memory method", METHOD_FILES)[:1]:
            try:
                source = find(str(path))
            except RbStudioError as error:
                self._fail(str(error))
                return
            if source is None:
                self._fail(f"{path.name} is no Python file: a memory method is one, FILE.py.")
                return
            self._loaded.pop(source.name, None)
            box = self._offer(source.name, str(path), str(path))
            box.setChecked(False)
            box.setChecked(True)
            box.setFocus(Qt.FocusReason.OtherFocusReason)

    def _toggled(self, name: str, on: bool) -> None:
        self.fault = ""
        if on and name not in self._loaded:
            self._load(name)
        self.changed.emit()

    def _load(self, name: str) -> None:
        text, settings = self._texts[name], self._frame.settings

        def load() -> "MethodSource":
            from rb_studio.jobs.plugins import with_methods
            from rb_studio.jobs.request import RunRequest

            request, _ = with_methods(RunRequest(""), [text], settings())
            return request.methods[0]

        self._frame.session.background(
            load,
            while_alive(self, partial(self._loading_done, text)),
            while_alive(self, partial(self._loading_failed, name, text)),
        )

    def _loading_done(self, text: str, source: "MethodSource") -> None:
        if self._texts.get(source.name) == text:
            self._loaded[source.name] = source
            self.changed.emit()

    def _loading_failed(self, name: str, text: str, sentence: str) -> None:
        if self._texts.get(name) == text:
            self.boxes[name].setChecked(False)
            self._fail(sentence)

    def _fail(self, sentence: str) -> None:
        self.fault = sentence
        self.changed.emit()
