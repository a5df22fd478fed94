"""How good the verdicts are: rates with intervals, undefined ones as a dash."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rb_studio.gui.rooms.verdicts.item_model import DASH
from rb_studio.gui.rooms.verdicts.reading import Rate
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.spread import SpreadDelegate
from rb_studio.gui.widgets.table_model import DISPLAY, Index, TableModel

BOUNDS = Qt.ItemDataRole.UserRole + 1
DRAWN = 4
WIDTHS = [18, 8, 15, 5, 6, 60]


class RateModel(TableModel):
    """A rate a row."""

    def __init__(self) -> None:
        super().__init__(
            [
                ("Rate", lambda rate: rate.name, lambda rate: rate.name),
                ("value", value_text, lambda rate: rate.value),
                ("95 % interval", bounds_text, lambda rate: rate.estimate.low if rate.estimate else None),
                ("n", _count, lambda rate: rate.estimate.n if rate.estimate else None),
                ("plot", lambda rate: "", lambda rate: rate.value),
                ("meaning", lambda rate: rate.meaning, lambda rate: rate.meaning),
            ]
        )

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if not index.isValid():
            return None
        rate: Rate = self.row(index)
        if role == BOUNDS and index.column() == DRAWN and rate.estimate is not None:
            return rate.estimate.low, rate.estimate.value, rate.estimate.high
        if role == Qt.ItemDataRole.ToolTipRole:
            return rate.meaning
        return super().data(index, role)


class RatesPanel(QWidget):
    """The rates of the table beside it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RateModel()
        self.model.setParent(self)
        self.table = DenseTable("Rates of the verdicts")
        self.table.setModel(self.model)
        self.table.setItemDelegateForColumn(DRAWN, SpreadDelegate(theme, BOUNDS, self.table, low=0.0))
        self.table.fit_columns(WIDTHS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)

    def show_rates(self, rates: Sequence[Rate]) -> None:
        """Show these rates."""
        self.model.set_rows(rates)


def value_text(rate: Rate) -> str:
    """A rate as shown: per cent, kappa as a number, a dash where undefined."""
    return DASH if rate.value is None else _number(rate, rate.value) + (" %" if rate.percent else "")


def bounds_text(rate: Rate) -> str:
    """The interval of a rate."""
    if rate.estimate is None:
        return DASH
    return f"{_number(rate, rate.estimate.low)} to {_number(rate, rate.estimate.high)}"


def _number(rate: Rate, value: float) -> str:
    return QLocale().toString(100 * value, "f", 1) if rate.percent else QLocale().toString(value, "f", 2)


def _count(rate: Rate) -> str:
    return DASH if rate.estimate is None else QLocale().toString(rate.estimate.n)
