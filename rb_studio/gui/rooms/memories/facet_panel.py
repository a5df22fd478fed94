"""Facets with counts: a click, or Enter, puts the clause into the query or takes it out."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.memories.columns import BY_HAND, POLARITY_COLOURS, POLARITY_ICONS, STATE_COLOURS, STATE_ICONS
from rb_studio.gui.theme import Theme
from rb_studio.jobs.item_query import NONE, POLARITIES, Clause
from rb_studio.records.memory import ItemState
from rb_studio.store.item_facets import Facets

CLAUSE = Qt.ItemDataRole.UserRole
MOST_TAGS = 200


class FacetPanel(QTreeWidget):
    """States, polarities and tags of what is found.

    Signals
    -------
    toggled
        Field, value, and whether it stands alone in its field.
    """

    toggled = Signal(str, str, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[Facets, frozenset[tuple[str, str]]] | None = None
        self.setAccessibleName("Filters with counts")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(self.fontMetrics().averageCharWidth())
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 18)
        self.itemClicked.connect(self._clicked)
        theme.changed.connect(self._recolour)

    def show_facets(self, facets: Facets, clauses: Iterable[Clause]) -> None:
        """Show counts and which clauses the query has."""
        on = frozenset((_field(one), one.value.lower() if one.field != "tag" else one.value) for one in clauses)
        if self._shown == (facets, on):
            return
        scroll, current = self.verticalScrollBar().value(), self._current_clause()
        self._shown = (facets, on)
        self.clear()
        self._add("State", "state", {state: facets.states.get(state, 0) for state in ItemState}, on)
        polarities = {name: facets.polarities.get(name, 0) for name in POLARITIES}
        self._add("Learned from", "polarity", {**polarities, NONE: facets.polarities.get("", 0)}, on)
        tags = dict(list(facets.tags.items())[:MOST_TAGS])
        self._add("Tags", "tag", {**{value: 0 for field, value in on if field == "tag"}, **tags}, on)
        self.expandAll()
        self._come_back(current)
        self.verticalScrollBar().setValue(scroll)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter and Space do what a click does."""
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._clicked(item, 0)
        else:
            super().keyPressEvent(event)

    def _add(self, title: str, field: str, counts: Mapping[str, int], on: frozenset[tuple[str, str]]) -> None:
        group = QTreeWidgetItem(self, [title])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        group.setFirstColumnSpanned(True)
        group.setForeground(0, self.palette().placeholderText())
        bold = QFont(self.font())
        bold.setBold(True)
        group.setFont(0, bold)
        if not counts:
            QTreeWidgetItem(group, ["none yet"]).setFlags(Qt.ItemFlag.NoItemFlags)
        for value, count in counts.items():
            checked = (field, value) in on
            item = QTreeWidgetItem(group, [("\u2713 " if checked else "") + self._word(field, value), f"{count:,}"])
            item.setData(0, CLAUSE, (field, value))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setForeground(1, self.palette().placeholderText())
            item.setToolTip(
                0, f"{'Take' if checked else 'Put'} {field}:{value} {'out of' if checked else 'into'} the query"
            )
            if checked:
                item.setFont(0, bold)
            self._decorate(item, field, value)

    def _word(self, field: str, value: str) -> str:
        return BY_HAND if (field, value) == ("polarity", NONE) else value

    def _decorate(self, item: QTreeWidgetItem, field: str, value: str) -> None:
        icons, colours = {
            "state": (STATE_ICONS, STATE_COLOURS),
            "polarity": (POLARITY_ICONS, POLARITY_COLOURS),
            "tag": ({}, {}),
        }[field]
        key = "" if (field, value) == ("polarity", NONE) else value
        if key in icons:
            colour = getattr(self._theme.colours, colours[key])
            item.setIcon(0, icon(icons[key], colour, self._theme.colours.border))

    def _clicked(self, item: QTreeWidgetItem, _column: int) -> None:
        clause = item.data(0, CLAUSE)
        if clause is not None:
            self.toggled.emit(clause[0], clause[1], clause[0] == "polarity")

    def _current_clause(self) -> object:
        item = self.currentItem()
        return item.data(0, CLAUSE) if item is not None else None

    def _come_back(self, clause: object) -> None:
        for row in range(self.topLevelItemCount()):
            group = self.topLevelItem(row)
            for place in range(group.childCount() if group else 0):
                if group is not None and clause is not None and group.child(place).data(0, CLAUSE) == clause:
                    self.setCurrentItem(group.child(place))

    def _recolour(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            self.show_facets(shown[0], [Clause("", field, value) for field, value in shown[1]])


def _field(clause: Clause) -> str:
    """`source:failure` says the same as `polarity:failure`."""
    return "polarity" if clause.field == "source" and clause.value in POLARITIES else clause.field
