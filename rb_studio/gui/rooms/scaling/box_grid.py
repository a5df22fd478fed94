"""Check boxes in as many columns as there is room for."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLayout, QSizePolicy, QWidget


class BoxGrid(QWidget):
    """Widgets side by side that go on in another row; the label's letter leads to the first of them."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel(label)
        self._parts: list[QWidget] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def put(self, part: QWidget, before: QWidget | None = None) -> None:
        """One more, at the end or before another one, also for Tab."""
        part.setParent(self)
        self._parts.insert(len(self._parts) if before is None else self._parts.index(before), part)
        if before is not None:
            QWidget.setTabOrder(before, part)
            QWidget.setTabOrder(part, before)
        self.lead()
        self._columns = 0
        self._arrange()

    def lead(self) -> None:
        """The label's letter leads to the first of them that can be chosen."""
        self.label.setBuddy(next((part for part in self._parts if part.isEnabledTo(self)), self._parts[0]))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As narrow as the widest part."""
        return QSize(self._widest(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def _widest(self) -> int:
        return max((part.sizeHint().width() for part in self._parts), default=0)

    def _arrange(self) -> None:
        gap = max(0, self._grid.horizontalSpacing())
        columns = max(1, (self.width() + gap) // (self._widest() + gap)) if self._parts else 1
        if columns == self._columns:
            return
        self._columns = columns
        for number, part in enumerate(self._parts):
            self._grid.addWidget(part, number // columns, number % columns, Qt.AlignmentFlag.AlignLeft)
            part.show()
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self.updateGeometry()
