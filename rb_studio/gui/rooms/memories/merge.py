"""The merge dialog: whose texts, polarity, task and tags win, and what becomes of the originals."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.rooms.memories.columns import BY_HAND, DASH, one_line
from rb_studio.gui.rooms.memories.texts import line_edit
from rb_studio.records.item_text import ItemText
from rb_studio.store.items import ItemRow

NAMES = ("title", "description", "content")
LINES = {"title": 1, "description": 2, "content": 5}
SHORT = 60
UNITED, SHARED = "all tags of all of them", "only tags that all have"


@dataclass(frozen=True, slots=True)
class Merge:
    """What several items become: the texts, and what is chosen beside them.

    `task_of` is the item whose past task the new one is retrieved by; items `apart` are no duplicates of them.
    """

    ids: tuple[int, ...]
    text: ItemText
    polarity: str
    tags: tuple[str, ...]
    task_of: int
    apart: tuple[int, ...] = ()
    reason: str = ""


class MergeDialog(QDialog):
    """One field after the other: whose is taken, and texts to change. `uses` is what the merged item will have.

    Signals
    -------
    merge_asked
        Carries the Merge.
    """

    merge_asked = Signal(object)

    def __init__(
        self,
        rows: Sequence[ItemRow],
        parent: QWidget | None = None,
        *,
        uses: int,
        suggested: int | None = None,
        apart: Sequence[int] = (),
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Merge {len(rows)} items")
        self._rows = sorted(rows, key=lambda row: (row.id != suggested, -row.used))
        self._apart, self._uses = tuple(apart), uses
        self.choices = {name: QComboBox() for name in NAMES}
        self.texts = {name: QPlainTextEdit() for name in NAMES}
        self.polarity, self.task, self.tags = QComboBox(), QComboBox(), QComboBox()
        self.tag_line = line_edit("none", "Tags of the merged item")
        many = "items" if len(self._apart) != 1 else "item"
        self.remember = QCheckBox(f"&Remember that the {len(self._apart)} {many} left out are no duplicates")
        self.remember.setChecked(True)
        self.remember.setVisible(bool(self._apart))
        self.fate = note()
        self.fate.setText(self._fate())
        self.reason = line_edit("Reason (optional)", "Reason for the merge")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.merge_button = self.buttons.addButton("&Merge", QDialogButtonBox.ButtonRole.AcceptRole)
        self.merge_button.setProperty("primary", True)
        for name in NAMES:
            self._set_up(name)
        self._set_up_others()
        self._lay_out()
        self.buttons.accepted.connect(self._merge)
        self.buttons.rejected.connect(self.reject)

    def text(self) -> ItemText:
        """The texts of the merged item."""
        title, description, content = (self.texts[name].toPlainText() for name in NAMES)
        return ItemText(" ".join(title.split()), description, content)

    def wish(self) -> Merge:
        """What is chosen."""
        tags = tuple(dict.fromkeys(filter(None, (tag.strip() for tag in self.tag_line.text().split(",")))))
        return Merge(
            tuple(row.id for row in self._rows),
            self.text(),
            self.polarity.currentData(),
            tags,
            self.task.currentData(),
            self._apart if self.remember.isChecked() else (),
            self.reason.text().strip(),
        )

    def _set_up(self, name: str) -> None:
        box, text = self.choices[name], self.texts[name]
        _fit(box, f"Whose {name} is taken")
        text.setAccessibleName(f"{name.capitalize()} of the merged item")
        text.setTabChangesFocus(True)
        text.setMinimumHeight(self.fontMetrics().lineSpacing() * LINES[name] + 14)
        for row in self._rows:
            value = _short(getattr(row, name))
            box.addItem(f"item {row.id}, used {row.used}: {value}", getattr(row, name))
        box.currentIndexChanged.connect(self._taken)
        text.textChanged.connect(self._check)
        text.setPlainText(box.itemData(0))

    def _set_up_others(self) -> None:
        _fit(self.polarity, "What the merged item was learned from")
        for polarity in dict.fromkeys(row.polarity for row in self._rows):
            of = ", ".join(f"item {row.id}" for row in self._rows if row.polarity == polarity)
            self.polarity.addItem(f"{polarity or BY_HAND}: {of}", polarity)
        _fit(self.task, "By whose past task the merged item is retrieved")
        for row in self._rows:
            self.task.addItem(f"item {row.id}: {_short(row.task_key or DASH)}", row.id)
        _fit(self.tags, "Whose tags are taken")
        sets = [set(row.tags) for row in self._rows]
        self.tags.addItem(UNITED, sorted(set().union(*sets)))
        self.tags.addItem(SHARED, sorted(set.intersection(*sets)))
        for row in self._rows:
            self.tags.addItem(f"item {row.id}: {', '.join(row.tags) or 'none'}", sorted(row.tags))
        self.tags.currentIndexChanged.connect(self._take_tags)
        self._take_tags()

    def _take_tags(self, _place: int = 0) -> None:
        self.tag_line.setText(", ".join(self.tags.currentData()))

    def _taken(self, _place: int) -> None:
        box = self.sender()
        name = next(name for name in NAMES if self.choices[name] is box)
        self.texts[name].setPlainText(self.choices[name].currentData())

    def _check(self) -> None:
        text = self.text()
        complete = bool(text.title and (text.description.strip() or text.content.strip()))
        self.merge_button.setEnabled(complete)
        self.merge_button.setToolTip("" if complete else "An item needs a title, and a description or content.")

    def _merge(self) -> None:
        self.merge_asked.emit(self.wish())
        self.accept()

    def _fate(self) -> str:
        sources = {source.rollout_uid for row in self._rows for source in row.sources}
        times = "time" if self._uses == 1 else "times"
        return (
            f"One active item is made, with all {len(sources)} sources. Its effect goes on from the {self._uses:,} "
            f"{times} that any of the {len(self._rows)} originals was retrieved. They are archived and remember what "
            "they became. Undo takes it all back."
        )

    def _lay_out(self) -> None:
        grid = QGridLayout()
        for place, name in enumerate(NAMES):
            _add(grid, 2 * place, f"&{name.capitalize()} from", self.choices[name])
            grid.addWidget(self.texts[name], 2 * place + 1, 0, 1, 2)
            grid.setRowStretch(2 * place + 1, 1 + place)
        for place, (label, field) in enumerate(
            (("&Learned from", self.polarity), ("Past tas&k of", self.task), ("Ta&gs", self.tags)), 2 * len(NAMES)
        ):
            _add(grid, place, label, field)
        grid.addWidget(self.tag_line, 2 * len(NAMES) + 3, 1)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(grid)
        layout.addWidget(self.remember)
        layout.addWidget(self.fate)
        layout.addWidget(self.reason)
        layout.addWidget(self.buttons)
        self.resize(self.fontMetrics().averageCharWidth() * 90, self.fontMetrics().lineSpacing() * 30)


def _add(grid: QGridLayout, row: int, text: str, field: QComboBox) -> None:
    label = QLabel(text)
    label.setBuddy(field)
    grid.addWidget(label, row, 0)
    grid.addWidget(field, row, 1)


def _fit(box: QComboBox, name: str) -> None:
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(24)


def _short(text: str) -> str:
    value = one_line(text)
    return value[:SHORT] + ("\u2026" if len(value) > SHORT else "")
