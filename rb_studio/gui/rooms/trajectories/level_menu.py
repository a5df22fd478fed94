"""The button that tells how much is read, with a menu of levels and kinds."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from rb_studio.gui.rooms.trajectories.levels import KINDS, Level, Reading

ABOUT = {
    Level.OUTLINE: "Outline \u2013 a line for each step",
    Level.SIMPLE: "Simple \u2013 a step as a text to read",
    Level.FULL: "Full \u2013 a step with everything known of it",
}


class LevelMenu(QToolButton):
    """Signals up, setters down.

    Signals
    -------
    level_chosen
        Carries the level.
    kind_toggled
        Carries the name of the kind.
    """

    level_chosen = Signal(str)
    kind_toggled = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("How much is read")
        self.setToolTip("How much of a step is read (Z)")
        menu = QMenu(self)
        group = QActionGroup(menu)
        self._levels: dict[Level, QAction] = {}
        self._kinds: dict[str, QAction] = {}
        for level, about in ABOUT.items():
            action = self._levels[level] = group.addAction(menu.addAction(about))
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose, level))
        menu.addSeparator()
        for kind, about in KINDS.items():
            action = self._kinds[kind] = menu.addAction(about)
            action.setCheckable(True)
            action.triggered.connect(partial(self._toggle, kind))
        self.setMenu(menu)

    def show_reading(self, reading: Reading) -> None:
        """How much is read now."""
        self.setText(str(reading.level).capitalize())
        self._levels[reading.level].setChecked(True)
        for kind, action in self._kinds.items():
            action.setChecked(getattr(reading, kind))

    def _choose(self, level: Level, _checked: bool = False) -> None:
        self.level_chosen.emit(str(level))

    def _toggle(self, kind: str, _checked: bool = False) -> None:
        self.kind_toggled.emit(kind)
