"""Small parts of the run dialog's fields."""

from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSpinBox, QWidget


def spin(name: str, low: int, high: int, start: int) -> QSpinBox:
    """A whole number that is taken over when it was typed to its end."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(start)
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)
    return box


def decimal(name: str, low: float, high: float, start: float, step: float, suffix: str = "") -> QDoubleSpinBox:
    """A number with two decimals that is taken over when it was typed to its end."""
    box = QDoubleSpinBox()
    box.setDecimals(2)
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setValue(start)
    box.setSuffix(suffix)
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)
    return box


def row(*parts: QWidget) -> QWidget:
    """Fields beside each other, the room that is left behind them."""
    whole = QWidget()
    layout = QHBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    return whole
