"""Facets as buttons with menus: every value with its count, several may be chosen."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from rb_studio.gui.review.blind import tells
from rb_studio.gui.rooms.trajectories.columns import EXITS
from rb_studio.store.rollout_filter import COSTS, FREE, MOST_COST, NONE, RolloutFilter

TITLES = {
    "verdict": "Verdict",
    "truth": "Truth",
    "memory": "Memory",
    "k": "k",
    "exit": "Exit",
    "model": "Model",
    "cost": "Cost",
    "simulated": "Simulated",
}
WORDS = {
    "verdict": {NONE: "not judged"},
    "truth": {NONE: "unknown"},
    "memory": {"none": "no memory", "imported": "imported"},
    "k": {NONE: "imported"},
    "model": {NONE: "not named"},
    "cost": {
        NONE: "unknown",
        FREE: "nothing",
        **{band: f"below ${limit:g}" for band, limit in COSTS.items()},
        MOST_COST: "$1 and more",
    },
    "exit": {"running": "running", **{key: word for key, word in EXITS.items() if key}},
}
ACROSS = 4
SIDES, TIGHT_SIDES = 36, 12
PADDING = {False: "padding: 4px 16px 4px 6px; text-align: left;", True: "padding: 4px 2px 4px 6px; text-align: left;"}
_COSTS = (FREE, *COSTS, MOST_COST, NONE)


class StayingMenu(QMenu):
    """A menu that stays open while check marks are set."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click on a check mark sets it and leaves the menu open."""
        if not self._toggled(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """So does Space."""
        if event.key() != Qt.Key.Key_Space or not self._toggled(self.activeAction()):
            super().keyPressEvent(event)

    def _toggled(self, action: QAction | None) -> bool:
        if action is None or not action.isCheckable():
            return False
        action.trigger()
        return True


class FacetButton(QPushButton):
    """A button whose text is elided where it does not fit, and then has the room of the arrow too."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._tight = False
        self.setStyleSheet(PADDING[False])

    def fit(self) -> None:
        """Another text or another width."""
        tight = self.fontMetrics().horizontalAdvance(self.text()) > self.width() - SIDES
        if tight != self._tight:
            self._tight = tight
            self.setStyleSheet(PADDING[tight])

    def shown_text(self) -> str:
        """As much of the text as there is room for."""
        room = self.width() - (TIGHT_SIDES if self._tight else SIDES)
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The arrow goes where the text needs its room."""
        super().resizeEvent(event)
        self.fit()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """As any button, with its text cut to the room there is."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.shown_text()
        if self._tight:
            option.features &= ~QStyleOptionButton.ButtonFeature.HasMenu
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.end()


class FacetBar(QWidget):
    """One button a facet.

    Signals
    -------
    toggled
        A value was chosen or no more; carries facet and value.
    lifted
        All of a facet's values are to be chosen no more; carries the facet.
    """

    toggled = Signal(str, str)
    lifted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, FacetButton] = {}
        self._menus: dict[str, StayingMenu] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for place, (facet, title) in enumerate(TITLES.items()):
            layout.addWidget(self._button(facet, title), place // ACROSS, place % ACROSS)

    def show_facets(self, chosen: RolloutFilter, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Bring buttons and menus up to date."""
        for facet, button in self._buttons.items():
            values = chosen.facets.get(facet, ())
            words = ", ".join(word(facet, value) for value in values)
            button.setText(f"{TITLES[facet]}: {words}" if words else TITLES[facet])
            if button.property("primary") != bool(values):
                button.setProperty("primary", bool(values))
                button.style().unpolish(button)
                button.style().polish(button)
            button.fit()
            button.setToolTip(f"{TITLES[facet]}: {words or 'all'}")
            self._fill(facet, values, counts.get(facet, {}))

    def set_blind(self, on: bool) -> None:
        """Without facets of what is hidden from who judges blind, or with them."""
        for facet, button in self._buttons.items():
            button.setVisible(not (on and tells(facet)))

    def offered(self, facet: str) -> bool:
        """Whether a facet can be chosen by."""
        return not self._buttons[facet].isHidden()

    def open_menu(self, facet: str) -> None:
        """Open a facet's menu, for the keyboard."""
        if self.offered(facet):
            self._buttons[facet].setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._buttons[facet].showMenu()

    def _button(self, facet: str, title: str) -> FacetButton:
        button = FacetButton(title)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(f"Filter by {title.lower() if len(title) > 1 else title}")
        menu = StayingMenu(button)
        menu.setObjectName(facet)
        menu.triggered.connect(self._chosen)
        button.setMenu(menu)
        self._buttons[facet], self._menus[facet] = button, menu
        return button

    def _fill(self, facet: str, values: tuple[str, ...], counts: Mapping[str, int]) -> None:
        """Actions are kept while their values stay, so that an open menu does not jump."""
        menu = self._menus[facet]
        wanted = sorted({*counts, *values}, key=_COSTS.index if facet == "cost" else _order)
        present = {action.data(): action for action in menu.actions() if action.data()}
        if list(present) != wanted or menu.isEmpty():
            menu.clear()
            present = {}
            for value in wanted:
                present[value] = menu.addAction("")
                present[value].setData(value)
                present[value].setCheckable(True)
            if wanted:
                menu.addSeparator()
            menu.addAction("All").setEnabled(bool(values))
        for value, action in present.items():
            action.setText(f"{word(facet, value)}\t{counts.get(value, 0):,}".replace("&", "&&"))
            action.setChecked(value in values)
        menu.actions()[-1].setEnabled(bool(values))

    def _chosen(self, action: QAction) -> None:
        menu = action.parent() if isinstance(action.parent(), QMenu) else self.sender()
        facet = menu.objectName() if isinstance(menu, QObject) else ""
        if action.data() is None:
            self.lifted.emit(facet)
        else:
            self.toggled.emit(facet, action.data())


def word(facet: str, value: str) -> str:
    """A facet's value as it is shown."""
    return WORDS.get(facet, {}).get(value, value)


def _order(value: str) -> tuple[int, int, str]:
    return (0, int(value), "") if value.isdecimal() else (1, 0, value)
