"""Editing the variants of a fork: a list of them, and what the chosen one changes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, value
from rb_studio.gui.rooms.trajectories.fork_form import ForkOffer, Memory, VariantForm

UID = Qt.ItemDataRole.UserRole
SAME_PROMPT, OTHER_PROMPT = "same", "other"
NOT_INJECTED = "nothing was injected"


class VariantsEditor(QWidget):
    """Signals up, setters down.

    Signals
    -------
    changed
        The variants are others now.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offer: ForkOffer | None = None
        self._variants: list[VariantForm] = []
        self.list = QListWidget()
        self.list.setAccessibleName("Variants")
        self.add_button, self.remove_button = QPushButton("&Add"), QPushButton("Remo&ve")
        for button in (self.add_button, self.remove_button):
            button.setAutoDefault(False)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the variant")
        self.memory, self.prompt = combo("Injected memory"), combo("Prompt to act by")
        self.items = QListWidget()
        self.items.setAccessibleName("Items to leave out")
        self.text, self.prompt_text = _edit("Text to inject"), _edit("Text of the prompt")
        self._lay_out()
        self.list.currentRowChanged.connect(self._show_variant)
        self.add_button.clicked.connect(self._add)
        self.remove_button.clicked.connect(self._remove)
        self.name.textEdited.connect(self._take)
        self.items.itemChanged.connect(self._take)
        self.text.textChanged.connect(self._take)
        self.prompt_text.textChanged.connect(self._take)
        self.memory.activated.connect(self._memory_chosen)
        self.prompt.activated.connect(self._prompt_chosen)

    @property
    def variants(self) -> tuple[VariantForm, ...]:
        return tuple(self._variants)

    def show_offer(self, offer: ForkOffer, variants: Sequence[VariantForm]) -> None:
        """What there is to change, and the variants to begin with; the last of them is chosen, the one that differs."""
        self._offer, self._variants = offer, list(variants)
        none = "" if offer.block.strip() else NOT_INJECTED
        choices = [
            Choice("same", "As it was"),
            Choice("none", "Without any memory", none),
            Choice("without", "Without some items", none or ("" if offer.items else "it was given no items")),
            Choice("text", "Another text"),
        ]
        fill(self.memory, choices, "same")
        fill(self.prompt, [Choice(SAME_PROMPT, "As it was"), Choice(OTHER_PROMPT, "Another text")], SAME_PROMPT)
        self._fill_list(len(self._variants) - 1)

    def _fill_list(self, current: int) -> None:
        assert self._offer is not None
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems([variant.name(self._offer) for variant in self._variants])
        self.list.setCurrentRow(current)
        self.list.blockSignals(False)
        self._show_variant(current)

    def _show_variant(self, place: int) -> None:
        """What the chosen variant changes."""
        offer = self._offer
        if offer is None or not 0 <= place < len(self._variants):
            return
        variant = self._variants[place]
        for part in (self.name, self.items, self.text, self.prompt_text):
            part.blockSignals(True)
        self.name.setText(variant.typed)
        self.name.setPlaceholderText(replace(variant, typed="").name(offer))
        self.memory.setCurrentIndex(self.memory.findData(variant.memory))
        self.prompt.setCurrentIndex(self.prompt.findData(SAME_PROMPT if variant.prompt is None else OTHER_PROMPT))
        self.items.clear()
        for uid, title in offer.items:
            item = QListWidgetItem(title or uid[:8])
            item.setData(UID, uid)
            item.setToolTip(item.text())
            item.setCheckState(Qt.CheckState.Checked if uid in variant.without else Qt.CheckState.Unchecked)
            self.items.addItem(item)
        self.text.setPlainText(variant.text)
        self.prompt_text.setPlainText(variant.prompt or "")
        for part in (self.name, self.items, self.text, self.prompt_text):
            part.blockSignals(False)
        self._form.setRowVisible(self.items, variant.memory == "without")
        self._form.setRowVisible(self.text, variant.memory == "text")
        self._form.setRowVisible(self.prompt_text, variant.prompt is not None)
        self.remove_button.setEnabled(len(self._variants) > 1)

    def _take(self, *_: object) -> None:
        """Take over what was typed or ticked."""
        offer, place = self._offer, self.list.currentRow()
        if offer is None or place < 0:
            return
        rows = (self.items.item(row) for row in range(self.items.count()))
        variant = replace(
            self._variants[place],
            typed=self.name.text(),
            without=tuple(item.data(UID) for item in rows if item.checkState() is Qt.CheckState.Checked),
            text=self.text.toPlainText(),
            prompt=None if self._variants[place].prompt is None else self.prompt_text.toPlainText(),
        )
        self._put(place, variant)

    def _put(self, place: int, variant: VariantForm) -> None:
        assert self._offer is not None
        self._variants[place] = variant
        self.list.item(place).setText(variant.name(self._offer))
        self.name.setPlaceholderText(replace(variant, typed="").name(self._offer))
        self.changed.emit()

    def _memory_chosen(self, _place: int) -> None:
        place, chosen = self.list.currentRow(), cast("Memory", value(self.memory))
        before = self._variants[place]
        text = before.text or (self._offer.block if self._offer is not None and chosen == "text" else "")
        self._put(place, replace(before, memory=chosen, text=text))
        self._show_variant(place)

    def _prompt_chosen(self, _place: int) -> None:
        place, other = self.list.currentRow(), value(self.prompt) == OTHER_PROMPT
        before = self._variants[place]
        known = self._offer.prompt if self._offer is not None else ""
        self._put(place, replace(before, prompt=(before.prompt or known) if other else None))
        self._show_variant(place)

    def _add(self) -> None:
        """Another variant: without the next item that none does without yet, else another text."""
        offer = self._offer
        if offer is None:
            return
        out = {uid for variant in self._variants for uid in variant.without}
        uid = next((uid for uid, _ in offer.items if uid not in out), None)
        if uid is not None and offer.block.strip():
            self._variants.append(VariantForm(memory="without", without=(uid,)))
        else:
            self._variants.append(VariantForm(memory="text", text=offer.block))
        self._fill_list(len(self._variants) - 1)
        self.changed.emit()

    def _remove(self) -> None:
        place = self.list.currentRow()
        if len(self._variants) > 1 and place >= 0:
            del self._variants[place]
            self._fill_list(min(place, len(self._variants) - 1))
            self.changed.emit()

    def _lay_out(self) -> None:
        wide = self.fontMetrics().averageCharWidth()
        buttons = QHBoxLayout()
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        left.addLayout(buttons)
        self.list.setMaximumWidth(wide * 34)
        right = QWidget()
        self._form: QFormLayout = form_layout(right)
        self._form.setContentsMargins(0, 0, 0, 0)
        for title, part in (
            ("&Name", self.name),
            ("&Memory", self.memory),
            ("&Without", self.items),
            ("Memory te&xt", self.text),
            ("&Prompt", self.prompt),
            ("Prompt te&xt", self.prompt_text),
        ):
            self._form.addRow(title, part)
        least = self.fontMetrics().height()
        self.list.setMinimumHeight(least * 8)
        self.items.setMaximumHeight(least * 7)
        self.text.setMinimumHeight(least * 6)
        self.prompt_text.setMinimumHeight(least * 8)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(left, 1)
        layout.addWidget(right, 2)


def _edit(name: str) -> QPlainTextEdit:
    edit = QPlainTextEdit()
    edit.setAccessibleName(name)
    edit.setTabChangesFocus(True)
    return edit
