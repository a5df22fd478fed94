"""What an item is, above its texts: state, origin, version, uses, tags."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from rb_studio.gui.icons import pixmap
from rb_studio.gui.rooms.memories.columns import POLARITY_COLOURS, POLARITY_ICONS, STATE_COLOURS, STATE_ICONS
from rb_studio.gui.theme import Theme
from rb_studio.store.items import ItemRow

ICON = 16


class ItemHead(QWidget):
    """Two lines of facts, in signs and words, and the button for tags."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row: ItemRow | None = None
        self.facts = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.state_sign, self.polarity_sign = QLabel(), QLabel()
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.setToolTip("Produced by the practice model, not by a language model.")
        self.tags = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.tags.setWordWrap(True)
        self.tag_button = QPushButton("Tag\u2026")
        first = QHBoxLayout()
        first.setSpacing(6)
        for label in (self.state_sign, self.polarity_sign):
            first.addWidget(label)
        first.addWidget(self.facts, 1)
        first.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(4)
        layout.addLayout(first, 0, 0, 1, 2)
        layout.addWidget(self.tags, 1, 0)
        layout.addWidget(self.tag_button, 1, 1)
        layout.setColumnStretch(0, 1)
        theme.changed.connect(self._draw_signs)

    def show_item(self, row: ItemRow) -> None:
        """Facts of an item."""
        learned = f"from {row.polarity}" if row.polarity else "by hand"
        used = "never used" if not row.used else "used once" if row.used == 1 else f"used {row.used:,} times"
        text = f"{row.state} \u00b7 {learned} \u00b7 version {row.version} \u00b7 {used}"
        self._show(row, text, row.tags)
        self.facts.setToolTip(f"Item {row.id}, {row.uid}")

    def show_new(self) -> None:
        """An item that is being written."""
        self._show(None, "New item, written by hand", None)

    def show_nothing(self) -> None:
        """No item is chosen."""
        self._show(None, "No item is chosen", ())

    def _show(self, row: ItemRow | None, facts: str, tags: tuple[str, ...] | None) -> None:
        self._row = row
        self.facts.setText(facts)
        self.facts.setToolTip("")
        self.tags.setText(f"Tags: {', '.join(tags)}" if tags else "No tags" if tags is not None else "")
        self.tag_button.setEnabled(row is not None)
        self.badge.setVisible(row is not None and row.simulated)
        self._draw_signs()

    def _draw_signs(self) -> None:
        """Icons of state and polarity, in the theme's colours."""
        row = self._row
        signs = (
            (self.state_sign, STATE_ICONS.get(row.state) if row else None, STATE_COLOURS),
            (self.polarity_sign, POLARITY_ICONS.get(row.polarity) if row else None, POLARITY_COLOURS),
        )
        for label, name, colours in signs:
            label.setVisible(name is not None)
            if name is not None and row is not None:
                key = row.state if colours is STATE_COLOURS else row.polarity
                label.setPixmap(pixmap(name, getattr(self._theme.colours, colours[key]), ICON))
