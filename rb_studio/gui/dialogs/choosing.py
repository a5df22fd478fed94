"""Combo boxes of choices, some of which cannot be chosen and say why."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QSizePolicy, QWidget

from rb_studio.gui.dialogs.choice import Choice

VALUE = Qt.ItemDataRole.UserRole


def combo(name: str) -> QComboBox:
    """A combo box that does not grow with its longest entry."""
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(18)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box


def fill(box: QComboBox, choices: Sequence[Choice], current: str) -> None:
    """Offer other choices without telling anybody; an impossible present one gives way to the first possible."""
    box.blockSignals(True)
    box.clear()
    for number, choice in enumerate(choices):
        box.addItem(f"{choice.text} \u2013 {choice.why_not}" if choice.why_not else choice.text, choice.value)
        model = box.model()
        if choice.why_not and isinstance(model, QStandardItemModel):
            model.item(number).setEnabled(False)
            box.setItemData(number, choice.why_not, Qt.ItemDataRole.ToolTipRole)
    possible = [number for number, choice in enumerate(choices) if not choice.why_not]
    wanted = [number for number in possible if choices[number].value == current]
    box.setCurrentIndex((wanted or possible or [-1])[0])
    box.blockSignals(False)


def value(box: QComboBox) -> str:
    """What is chosen."""
    return str(box.currentData() if box.currentData() is not None else box.currentText())


def note(role: str = "muted") -> QLabel:
    """A wrapping line of plain text."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", role)
    return label


def form_layout(parent: QWidget) -> QFormLayout:
    """Labels beside fields, above them where it is narrow."""
    layout = QFormLayout(parent)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    return layout
