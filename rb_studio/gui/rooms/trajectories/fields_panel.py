"""Every field of a step as a tree, the whole of the chosen value beside it, and where the step stands in its file."""

from dataclasses import asdict
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QMenu, QPushButton, QSplitter, QTreeView, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.highlight import language_of_output
from rb_studio.gui.rooms.trajectories.json_tree import JsonTree
from rb_studio.gui.rooms.trajectories.long_text import LongText
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided

NO_SOURCE = "Made here; there is no file it was read from."
NARROW = 90
UNFOLDED = (("step",), ("step", "extra"))


class FieldsPanel(QWidget):
    """The tree keeps what is unfolded and chosen from step to step."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key: tuple[str, ...] = ()
        self._source = ""
        self.model = JsonTree(self)
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        self.tree.setAccessibleName("All fields of the step")
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.tree.header().setStretchLastSection(True)
        self.tree.setColumnWidth(0, self.fontMetrics().averageCharWidth() * 24)
        self.text = LongText(theme, "Value of the field")
        self._where = Elided(1, muted=True)
        self._copy = QPushButton("Copy path")
        self._copy.setToolTip("Copy the path of the chosen field, in the file where it comes from one")
        bar = QHBoxLayout()
        bar.addWidget(self._where, 1)
        bar.addWidget(self._copy)
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.tree)
        self._split.addWidget(self.text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(bar)
        layout.addWidget(self._split, 1)
        self.tree.selectionModel().currentChanged.connect(self._chosen)
        self.tree.customContextMenuRequested.connect(self._menu)
        self._copy.clicked.connect(self.copy_path)

    def show_step(self, opened: Opened, place: int) -> None:
        """Another step: the same fields are unfolded, and the same one is chosen."""
        unfolded, chosen = self._unfolded(), self._path(self.tree.currentIndex())
        had_step = self.model.at(("step",)).isValid()
        step = opened.step(place) if place else None
        self._key = (opened.row.uid, str(place))
        pointer = (step.pointer or "") if step is not None else ""
        self._source = f"{opened.source}#{pointer}".rstrip("#") if opened.source else ""
        self._where.set_text(f"Read from {self._source}" if self._source else NO_SOURCE)
        self.model.show_value(values_of(opened, place))
        for path in unfolded if had_step else UNFOLDED:
            self.tree.expand(self.model.at(path))
        self.tree.setCurrentIndex(self.model.at(chosen or ("step",)))

    def find_words(self, words: str) -> bool:
        """Choose the next field with words, from the first again after the last one."""
        found = list(self.model.find(words))
        if not found:
            return False
        here = self._path(self.tree.currentIndex())
        after = found[found.index(here) + 1 :] if here in found else []
        index = self.model.at((after or found)[0])
        self.tree.setCurrentIndex(index)
        self.tree.scrollTo(index)
        self.text.find_words(words)
        return True

    def copy_path(self) -> None:
        """The path of the chosen field; of a step that was read from a file the file and where it stands in it."""
        path = self.model.node(self.tree.currentIndex()).path
        inside = path.startswith("/step/extra") or path in ("", "/step")
        QGuiApplication.clipboard().setText(self._source if self._source and inside else path)

    def copy_value(self) -> None:
        """The whole of the chosen value."""
        QGuiApplication.clipboard().setText(self.model.node(self.tree.currentIndex()).text)

    def redraw(self) -> None:
        """Other colours."""
        self.text.redraw()

    def stop(self) -> None:
        """No clock runs any more."""
        self.text.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Copy what is chosen in the tree."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.tree.hasFocus():
            self.copy_value()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """One below the other where there is no room beside."""
        super().resizeEvent(event)
        narrow = self.width() < self.fontMetrics().averageCharWidth() * NARROW
        self._split.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)

    def _chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        node = self.model.node(index)
        self.text.show_source(node.text, (*self._key, node.path), language=language_of_output(node.text))

    def _menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy value").triggered.connect(self.copy_value)
        menu.addAction("Copy path").triggered.connect(self.copy_path)
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def _path(self, index: QModelIndex) -> tuple[str, ...]:
        names: list[str] = []
        while index.isValid():
            names.append(self.model.node(index).name)
            index = index.parent()
        return tuple(reversed(names))

    def _unfolded(self) -> list[tuple[str, ...]]:
        """The unfolded values, those above before those below."""
        found: list[tuple[str, ...]] = []

        def look(parent: QModelIndex) -> None:
            for row in range(self.model.rowCount(parent)):
                index = self.model.index(row, 0, parent)
                if self.tree.isExpanded(index):
                    found.append(self._path(index))
                    look(index)

        look(QModelIndex())
        return found


def values_of(opened: Opened, place: int) -> dict[str, Any]:
    """Everything known of a step, and of its rollout beside its steps, what a foreign format had included."""
    rollout = opened.trajectory
    about = {
        name: getattr(rollout, name)
        for name in type(rollout).__dataclass_fields__
        if name not in ("steps", "first_observation", "failure")
    }
    calls = [asdict(call) for call in opened.calls.get(place, ())]
    step = {"step": asdict(opened.step(place))} if place else {}
    return {**step, **({"calls": calls} if calls else {}), "rollout": about}
