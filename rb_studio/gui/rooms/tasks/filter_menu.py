"""The menu of ready filters: results, and the sites and templates there are."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from rb_studio.store.task_query import toggled, values_of

RESULTS = {
    "Difficulty": (
        ("always solved", "result", "always"),
        ("mixed", "result", "mixed"),
        ("never solved", "result", "never"),
    ),
    "Last rollout": (
        ("success", "result", "success"),
        ("failure", "result", "failure"),
        ("unknown", "result", "unknown"),
        ("not tried yet", "result", "untried"),
    ),
    "Last judged": (
        ("success", "judged", "success"),
        ("failure", "judged", "failure"),
        ("unknown", "judged", "unknown"),
        ("not judged", "judged", "none"),
    ),
}
TITLES = {"site": "Site", "template": "Template"}
MOST = 30


class FilterMenu(QMenu):
    """One entry a part of the filter; the parts that are set are ticked, and go when chosen again.

    Signals
    -------
    wanted
        Another filter; carries its text.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.parts: dict[str, QMenu] = {title: QMenu(title, self) for title in (*RESULTS, *TITLES.values())}
        for menu in self.parts.values():
            self.addMenu(menu)
        for title, choices in RESULTS.items():
            for shown, name, value in choices:
                self._offer(self.parts[title], shown, name, value)
        self.triggered.connect(self._chosen)
        self.show_facets({})

    def show_facets(self, facets: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        """Offer what the suite has, the most frequent first."""
        for name, title in TITLES.items():
            menu = self.parts[title]
            menu.clear()
            values = facets.get(name, ())
            for value, count in values[:MOST]:
                self._offer(menu, f"{value.replace('&', '&&')}\t{count:,}", name, value)
            if len(values) > MOST:
                menu.addAction(f"{len(values) - MOST:,} more: type {name}:NAME").setEnabled(False)
            menu.setEnabled(bool(values))
        self.show_text(self._text)

    def show_text(self, text: str) -> None:
        """Tick what is set."""
        self._text = text
        for menu in self.parts.values():
            for entry in menu.actions():
                if entry.data() is not None:
                    name, value = entry.data()
                    entry.setChecked(values_of(text, name) == [value])

    def _offer(self, menu: QMenu, shown: str, name: str, value: str) -> None:
        action = menu.addAction(shown)
        action.setCheckable(True)
        action.setData([name, value])

    def _chosen(self, action: QAction) -> None:
        if action.data() is not None:
            name, value = action.data()
            self.wanted.emit(toggled(self._text, name, value))
