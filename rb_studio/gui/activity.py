"""The activity bar: the rooms, one click or Ctrl+1 to Ctrl+5 away."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget


class ActivityBar(QToolBar):
    """Checkable actions from top to bottom; the present room is checked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Rooms", parent)
        self.setObjectName("activity bar")
        self.setOrientation(Qt.Orientation.Vertical)
        self.setMovable(False)
        self.setIconSize(QSize(24, 24))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self._group = QActionGroup(self)
        self._group.setExclusive(True)

    def add_room(self, action: QAction) -> None:
        """Offer one more room."""
        action.setCheckable(True)
        self._group.addAction(action)
        self.addAction(action)
        button = self.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setMinimumWidth(self.fontMetrics().averageCharWidth() * 13)
            button.setAccessibleName(action.text().replace("&", ""))
