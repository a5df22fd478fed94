"""The query's clauses as boxes to tick, and the saved filter they came from."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QWidget

from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.gui.widgets.tip import plain_tip

LONGEST = 36
HOW = "Space switches it off and on, Delete removes it"


class FilterStrip(QWidget):
    """Shown while there is something to say: clauses, or a filter that was chosen.

    Signals
    -------
    switched
        A clause's place, and whether it is to be on; places count the clauses that are on, then those that are off.
    removed
        A clause's place.
    update_asked, back_asked
        What to do about a filter that differs from what was saved.
    left
        Back to the table.
    """

    switched = Signal(int, bool)
    removed = Signal(int)
    update_asked = Signal()
    back_asked = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.update_button, self.back_button = QPushButton("Update"), QPushButton("Go back")
        self.update_button.setToolTip("Save the view as it is now under the same name")
        self.back_button.setToolTip("Show what was saved under this name")
        self.boxes: list[QCheckBox] = []
        self._shown: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._flow = FlowLayout(self, self.fontMetrics().averageCharWidth())
        for widget in (self.name, self.update_button, self.back_button):
            self._flow.addWidget(widget)
        self.update_button.clicked.connect(self.update_asked)
        self.back_button.clicked.connect(self.back_asked)
        self.show_filter("", "")
        self.hide()

    def show_filter(self, name: str, differs: str, *, writable: bool = True) -> None:
        """Which saved filter is shown, and in what it differs by now."""
        self.name.setText(
            f"Filter \u201c{name}\u201d" + (f" \u00b7 changed: {differs}" if differs else "") if name else ""
        )
        self.name.setVisible(bool(name))
        self.update_button.setVisible(bool(name and differs) and writable)
        self.back_button.setVisible(bool(name and differs))
        self._appear()

    def show_clauses(self, on: Sequence[str], off: Sequence[str]) -> None:
        """The clauses of the query, and those that are switched off."""
        if (tuple(on), tuple(off)) == self._shown:
            return
        self._shown = tuple(on), tuple(off)
        focused = next((place for place, box in enumerate(self.boxes) if box.hasFocus()), None)
        for box in self.boxes:
            self._flow.removeWidget(box)
            box.hide()
            box.deleteLater()
        self.boxes = [self._box(place, text, place < len(on)) for place, text in enumerate((*on, *off))]
        self._appear()
        if focused is not None and self.boxes:
            self.boxes[min(focused, len(self.boxes) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)
        elif focused is not None:
            self.left.emit()

    def focus_first(self) -> None:
        """Step through the clauses with Tab."""
        if self.boxes:
            self.boxes[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Delete removes a clause, arrows go on to the next, Esc goes back to the table."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched in self.boxes:
            place = self.boxes.index(watched)
            steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.removed.emit(place)
            elif event.key() in steps:
                after = (place + steps[Qt.Key(event.key())]) % len(self.boxes)
                self.boxes[after].setFocus(Qt.FocusReason.TabFocusReason)
            elif event.key() == Qt.Key.Key_Escape:
                self.left.emit()
            else:
                return super().eventFilter(watched, event)
            return True
        return super().eventFilter(watched, event)

    def _box(self, place: int, text: str, on: bool) -> QCheckBox:
        short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "\u2026"
        box = QCheckBox(short.replace("&", "&&"))
        box.setChecked(on)
        font = box.font()
        font.setStrikeOut(not on)
        box.setFont(font)
        box.setAccessibleName(f"{text}, {'on' if on else 'off'}")
        box.setToolTip(plain_tip(f"{text}\n{'On' if on else 'Off'}: {HOW}"))
        box.installEventFilter(self)
        box.clicked.connect(self._clicked)
        remove = QAction("Remove", box)
        remove.triggered.connect(partial(self._remove, place))
        box.addAction(remove)
        box.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._flow.addWidget(box)
        box.show()
        return box

    def _clicked(self, on: bool) -> None:
        place = next(place for place, box in enumerate(self.boxes) if box is self.sender())
        self.switched.emit(place, on)

    def _remove(self, place: int, _checked: bool = False) -> None:
        self.removed.emit(place)

    def _appear(self) -> None:
        self.setVisible(bool(self.boxes or self.name.text()))
        self.updateGeometry()
