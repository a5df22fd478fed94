"""A list whose keys are its own, also where they are commands of the room."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QWidget


class KeyedTree(QTreeWidget):
    """Rows with columns; some keys ask for acts.

    Signals
    -------
    asked
        The act a key stands for.
    """

    asked = Signal(str)

    def __init__(
        self, name: str, headings: list[str], keys: Mapping[Qt.Key, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._keys = dict(keys)
        self.setAccessibleName(name)
        self.setHeaderLabels(headings)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)

    def event(self, event: QEvent) -> bool:
        """Claim the keys before shortcuts get them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._act(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """A key of its own asks for its act."""
        act = self._act(event)
        if act is None:
            super().keyPressEvent(event)
        else:
            self.asked.emit(act)

    def _act(self, event: QKeyEvent) -> str | None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return self._keys.get(Qt.Key(event.key())) if plain else None
