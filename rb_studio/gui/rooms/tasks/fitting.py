"""Column widths that go with the window."""

from PySide6.QtWidgets import QTableView


def give_rest(view: QTableView, column: int, least: float) -> None:
    """Let one column have what the others leave of the width, at least `least` characters."""
    header = view.horizontalHeader()
    others = sum(header.sectionSize(n) for n in range(header.count()) if n != column and not header.isSectionHidden(n))
    rest = view.viewport().width() - others
    header.resizeSection(column, max(rest, round(least * view.fontMetrics().horizontalAdvance("0"))))
