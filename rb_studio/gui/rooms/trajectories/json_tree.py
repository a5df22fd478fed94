"""Plain values as a tree: what stands inside a value is looked at when it is unfolded."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from rb_studio.gui.rooms.trajectories.ticks import short

SHORT = 200
TITLES = ("Field", "Value")
Index = QModelIndex | QPersistentModelIndex


@dataclass(eq=False, slots=True)
class Node:
    """One value; `children` is None until somebody asks."""

    name: str
    value: Any
    parent: "Node | None" = None
    row: int = 0
    children: "list[Node] | None" = field(default=None)

    @property
    def size(self) -> int:
        """How many values stand inside."""
        value = self.value
        return len(value) if isinstance(value, Mapping | list | tuple) else 0

    def inside(self) -> "list[Node]":
        """The values in it, made when first asked for."""
        if self.children is None:
            self.children = [Node(name, value, self, row) for row, (name, value) in enumerate(_pairs(self.value))]
        return self.children

    @property
    def path(self) -> str:
        """Where it stands, as a JSON pointer."""
        names: list[str] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            names.append(node.name.replace("~", "~0").replace("/", "~1"))
            node = node.parent
        return "".join(f"/{name}" for name in reversed(names))

    @property
    def text(self) -> str:
        """The whole value: a text as it is, all else as JSON."""
        if isinstance(self.value, str):
            return self.value
        return json.dumps(self.value, indent=2, ensure_ascii=False, default=str)


class JsonTree(QAbstractItemModel):
    """Two columns: the name of a value, and the beginning of it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = self._before = Node("", {})

    def show_value(self, value: Any) -> None:
        """Another value."""
        self.beginResetModel()
        # Indexes point to nodes without holding them: those of the value before live as long as anybody may ask.
        self._before, self._root = self._root, Node("", value)
        self.endResetModel()

    def node(self, index: Index) -> Node:
        """What stands behind an index."""
        found: Node = index.internalPointer() if index.isValid() else self._root
        return found

    def at(self, path: Sequence[str]) -> QModelIndex:
        """The index of a value by the names down to it, or of the last one that is there."""
        index = QModelIndex()
        for name in path:
            row = next((node.row for node in self.node(index).inside() if node.name == name), None)
            if row is None:
                break
            index = self.index(row, 0, index)
        return index

    def find(self, words: str) -> Iterator[tuple[str, ...]]:
        """The paths of the values whose name or text has words, from the first to the last."""
        yield from _find(self._root, words.casefold(), ())

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's default
        inside = self.node(parent).inside() if parent.column() <= 0 else []
        return (
            self.createIndex(row, column, inside[row]) if 0 <= row < len(inside) and 0 <= column <= 1 else QModelIndex()
        )

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        above = self.node(index).parent if index.isValid() else None
        return (
            self.createIndex(above.row, 0, above) if above is not None and above.parent is not None else QModelIndex()
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return self.node(parent).size if parent.column() <= 0 else 0

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: N802, B008 - Qt's name and default
        return self.rowCount(parent) > 0

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return len(TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: N802 - Qt's name
        shown = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return TITLES[section] if shown and 0 <= section < len(TITLES) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        node = self.node(index)
        return node.name if index.column() == 0 else _shown(node.value)


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(name), inner) for name, inner in value.items())
    elif isinstance(value, list | tuple):
        yield from ((str(place), inner) for place, inner in enumerate(value))


def _shown(value: Any) -> str:
    """The beginning of a value in one line; of what holds others how many."""
    if isinstance(value, Mapping):
        return f"{{{len(value)}}}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{len(value)}]" if value else "[]"
    return short(value, SHORT) if isinstance(value, str) else json.dumps(value, default=str)


def _find(node: Node, words: str, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for inner in node.inside():
        here = (*path, inner.name)
        text = inner.value if isinstance(inner.value, str) else "" if inner.size else _shown(inner.value)
        if words in inner.name.casefold() or words in text.casefold():
            yield here
        yield from _find(inner, words, here)
