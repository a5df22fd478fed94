"""A dialog whose fields scroll, and what it does when more of them are unfolded."""

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QWidget

from rb_studio.gui.dialogs.run_more import RunMore


def scrolling(fields: QWidget) -> QScrollArea:
    """Fields that scroll up and down where there is no room for all."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(fields)
    return area


def follow_unfolding(dialog: QDialog, area: QScrollArea, more: RunMore) -> None:
    """Bring what is unfolded onto the screen once it has its place; grow downwards as far as there is room."""

    def scroll() -> None:
        room, frame = dialog.screen().availableGeometry(), dialog.frameGeometry()
        wanted = dialog.height() + more.body.height()
        most = dialog.height() + room.bottom() - frame.bottom()
        dialog.resize(dialog.width(), max(dialog.height(), min(wanted, most)))
        bar = area.verticalScrollBar()
        bar.setValue(min(bar.maximum(), bar.value() + more.mapTo(area.viewport(), QPoint()).y()))

    more.unfolded.connect(lambda: QTimer.singleShot(0, dialog, scroll))
