"""Facets with counts: a click, or Enter, puts the clause into the query or takes it out.

With Alt it leaves such items out, with Shift it is one more choice beside those of its field.
"""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.memories.columns import BY_HAND, POLARITY_COLOURS, POLARITY_ICONS, STATE_COLOURS, STATE_ICONS
from rb_studio.gui.theme import Theme
from rb_studio.jobs.item_query import NONE, POLARITIES, Clause
from rb_studio.records.memory import ItemState
from rb_studio.store.item_facets import Facets

CLAUSE = Qt.ItemDataRole.UserRole
MOST_TAGS = 200
MOST_VALUES = 40
# Sections that show only where there is a choice: title, field, and the attribute of the counts.
MORE = (
    ("Source", "source", "sources"),
    ("Run", "run", "runs"),
    ("Used", "used", "used"),
    ("Mode", "mode", "modes"),
    ("Model", "model", "models"),
    ("Labelled by", "label", "labels"),
)
ALONE = ("polarity", "source", "run", "mode", "model", "label", "used")
USES = {"0": "never", ">=1": "at all", ">=5": "5 times or more", ">=20": "20 times or more"}
On = Mapping[tuple[str, str], bool]


class FacetPanel(QTreeWidget):
    """States, polarities and tags of what is found.

    Signals
    -------
    toggled
        Field, value, whether it stands alone in its field, whether it is left out, whether it is one more choice.
    """

    toggled = Signal(str, str, bool, bool, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[Facets, On] | None = None
        self.setAccessibleName("Filters with counts")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(self.fontMetrics().averageCharWidth())
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 24)
        self.itemClicked.connect(self._clicked)
        theme.changed.connect(self._recolour)

    def show_facets(self, facets: Facets, clauses: Iterable[Clause]) -> None:
        """Show counts and which clauses the query has."""
        on = {(_field(one), _value(one)): one.negated for one in clauses}
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
        for title, field, name in MORE:
            self._add_where_there_is_a_choice(title, field, getattr(facets, name), on)
        self.expandAll()
        self._come_back(current)
        self.verticalScrollBar().setValue(scroll)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter and Space do what a click does."""
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._toggle(item, event.modifiers())
        else:
            super().keyPressEvent(event)

    def _add_where_there_is_a_choice(self, title: str, field: str, counts: Mapping[str, int], on: On) -> None:
        chosen = {value: 0 for name, value in on if name == field and value}
        values = {value or NONE: count for value, count in list(counts.items())[:MOST_VALUES]}
        if len(values) > 1 or chosen:
            self._add(title, field, {**chosen, **values}, on)

    def _add(self, title: str, field: str, counts: Mapping[str, int], on: On) -> None:
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
            checked, negated = (field, value) in on, on.get((field, value), False)
            sign = ("\u2212 " if negated else "\u2713 ") if checked else ""
            item = QTreeWidgetItem(group, [sign + self._word(field, value), f"{count:,}"])
            item.setData(0, CLAUSE, (field, value, negated))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setForeground(1, self.palette().placeholderText())
            item.setToolTip(0, _tip(f"{field}:{value}", checked))
            if checked:
                item.setFont(0, bold)
            self._decorate(item, field, value)

    def _word(self, field: str, value: str) -> str:
        words = {("polarity", NONE): BY_HAND, ("source", "hand"): BY_HAND}
        return words.get((field, value), USES.get(value, value) if field == "used" else value)

    def _decorate(self, item: QTreeWidgetItem, field: str, value: str) -> None:
        icons, colours = {
            "state": (STATE_ICONS, STATE_COLOURS),
            "polarity": (POLARITY_ICONS, POLARITY_COLOURS),
        }.get(field, ({}, {}))
        key = "" if (field, value) == ("polarity", NONE) else value
        if key in icons:
            colour = getattr(self._theme.colours, colours[key])
            item.setIcon(0, icon(icons[key], colour, self._theme.colours.border))

    def _clicked(self, item: QTreeWidgetItem, _column: int) -> None:
        self._toggle(item, QApplication.keyboardModifiers())

    def _toggle(self, item: QTreeWidgetItem, keys: Qt.KeyboardModifier) -> None:
        """Taking a clause out that leaves items out takes no key: it goes as it stands."""
        clause = item.data(0, CLAUSE)
        if clause is None:
            return
        field, value, left_out = clause
        leave_out = bool(keys & Qt.KeyboardModifier.AltModifier) or left_out
        either = bool(keys & Qt.KeyboardModifier.ShiftModifier) and not leave_out
        self.toggled.emit(field, value, field in ALONE and not either and not leave_out, leave_out, either)

    def _current_clause(self) -> object:
        item = self.currentItem()
        clause = item.data(0, CLAUSE) if item is not None else None
        return clause[:2] if clause else None

    def _come_back(self, clause: object) -> None:
        for row in range(self.topLevelItemCount()):
            group = self.topLevelItem(row)
            for place in range(group.childCount() if group else 0):
                if group is not None and clause is not None and group.child(place).data(0, CLAUSE)[:2] == clause:
                    self.setCurrentItem(group.child(place))

    def _recolour(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            self.show_facets(
                shown[0], [Clause("", field, value, negated) for (field, value), negated in shown[1].items()]
            )


def _field(clause: Clause) -> str:
    """`source:failure` says the same as `polarity:failure`."""
    return "polarity" if clause.field == "source" and clause.value in POLARITIES else clause.field


def _value(clause: Clause) -> str:
    return clause.value.lower() if _field(clause) in ("state", "polarity", "source") else clause.value


def _tip(clause: str, checked: bool) -> str:
    if checked:
        return f"Take {clause} out of the query"
    return f"Put {clause} into the query; with Alt leave such items out, with Shift have them too"
