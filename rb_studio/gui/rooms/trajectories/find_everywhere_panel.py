"""Finding everywhere: what is looked for and how, how far it is, and the hits."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.facet_bar import StayingMenu
from rb_studio.gui.rooms.trajectories.find_bar import toggle
from rb_studio.gui.rooms.trajectories.hits import HitRow, HitsModel, fields_shown
from rb_studio.gui.rooms.trajectories.hits_view import HitsView
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided
from rb_studio.store.find_text import Search

PAUSE = 350
USUAL = Search("").fields


class FindEverywherePanel(QWidget):
    """Signals up, setters down.

    Signals
    -------
    asked
        Something is to be looked for now.
    stopped
        What is looked for is to be looked for no more.
    opened
        A hit was chosen; carries its row and whether the keyboard is to go there.
    left
        Back to the steps.
    """

    asked = Signal()
    stopped = Signal()
    opened = Signal(object, bool)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(placeholderText="Find in all runs, memories, verdicts, notes")
        self.line.setAccessibleName("Find everywhere")
        self.line.setToolTip('Words that all have to stand in one text, or "words as they stand"')
        self.line.setClearButtonEnabled(True)
        self.case, self.regex = toggle("Aa", "Capitals count"), toggle(".*", "A regular expression")
        self.only_run = toggle("This run", "Only in the run of the open rollout")
        self.fields = QToolButton()
        self.fields.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.fields.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.fields.setMenu(self._fields_menu())
        self.stop_button = QPushButton("Stop")
        self.stop_button.setToolTip("Look no further; what was found stays")
        self.said = Elided(2, muted=True)
        self.model = HitsModel(self)
        self.view = HitsView(self.model, theme)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(PAUSE)
        self._lay_out()
        self._show_fields()
        self.show_busy(False)
        self.line.textChanged.connect(self._typed)
        self.line.returnPressed.connect(self._entered)
        self._typing.timeout.connect(self.asked)
        for switch in (self.case, self.regex, self.only_run):
            switch.toggled.connect(self._switched)
        self.stop_button.clicked.connect(self.stopped)
        self.view.opened.connect(self.opened)

    def search(self, runs: Sequence[int], hidden: frozenset[str] = frozenset()) -> Search:
        """What is looked for, as it is asked; what is hidden is looked through by no one."""
        chosen = frozenset(action.data() for action in self._actions() if action.isChecked()) - hidden
        return Search(self.line.text(), self.regex.isChecked(), self.case.isChecked(), chosen, tuple(runs))

    def open(self) -> None:
        """The keyboard into the line."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def show_busy(self, on: bool) -> None:
        """While it is looked for it can be stopped."""
        had = self.stop_button.hasFocus()
        self.stop_button.setVisible(on)
        if had and not on:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_rows(self, rows: tuple[HitRow, ...], said: str) -> None:
        """What was found so far, or in all."""
        self.said.set_text(said)
        self.view.show_rows(rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape stops, and where there is nothing to stop goes back to the steps; Down goes into the hits."""
        if event.key() == Qt.Key.Key_Escape:
            (self.stopped if self.stop_button.isVisible() else self.left).emit()
        elif event.key() == Qt.Key.Key_Down and self.line.hasFocus() and self.model.rowCount():
            self._to_hits()
        else:
            super().keyPressEvent(event)

    def stop(self) -> None:
        self._typing.stop()

    def _lay_out(self) -> None:
        switches = QHBoxLayout()
        switches.setSpacing(2)
        for widget in (self.case, self.regex, self.only_run, self.fields):
            switches.addWidget(widget)
        switches.addStretch(1)
        switches.addWidget(self.stop_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 3, 0)
        layout.setSpacing(4)
        layout.addWidget(self.line)
        layout.addLayout(switches)
        layout.addWidget(self.said)
        layout.addWidget(self.view, 1)

    def _fields_menu(self) -> StayingMenu:
        menu = StayingMenu(self)
        for field, title in fields_shown().items():
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(field in USUAL)
            action.setData(field)
            action.toggled.connect(self._field_chosen)
        return menu

    def _actions(self) -> list[QAction]:
        return self.fields.menu().actions()

    def _field_chosen(self, _on: bool) -> None:
        self._show_fields()
        self._switched()

    def _show_fields(self) -> None:
        chosen = {action.data() for action in self._actions() if action.isChecked()}
        names = [fields_shown()[field] for field in fields_shown() if field in chosen]
        text = "All texts" if chosen >= USUAL else names[0] if len(names) == 1 else f"{len(names)} kinds of texts"
        self.fields.setText(text)
        tip = f"Looked through: {', '.join(names) or 'nothing'}"
        self.fields.setToolTip(tip)
        self.fields.setAccessibleName(tip)

    def _typed(self, _text: str) -> None:
        self._typing.start()

    def _switched(self, _on: bool = False) -> None:
        if self.line.text():
            self.asked.emit()

    def _entered(self) -> None:
        """Enter looks at once, and where that is done goes on to the first hit."""
        waiting = self._typing.isActive()
        self._typing.stop()
        if waiting or not self.model.rowCount():
            self.asked.emit()
        else:
            self._to_hits()

    def _to_hits(self) -> None:
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0, 0))
