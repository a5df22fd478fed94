"""The line over the figures: what they are of, and what can be done with it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from rb_studio.gui.rooms.scaling.export import KINDS
from rb_studio.gui.rooms.scaling.reading import Source
from rb_studio.records.recipe import PRESETS

if TYPE_CHECKING:
    from rb_studio.gui.commands.registry import Registry


class Heading(QWidget):
    """Source, the simulated badge, export and New sweep.

    Signals
    -------
    source_chosen
        The person chose; carries the source's key.
    """

    source_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sources = _combo(14)
        self.sources.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._busy = QLabel("Computing\u2026")
        self._busy.setProperty("role", "muted")
        self._badge = QLabel("simulated")
        self._badge.setProperty("role", "badge")
        self._badge.setToolTip("Produced by the practice model, not by a language model")
        self._export = QToolButton()
        self._export.setText("Export")
        self._export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._sweep = QToolButton()
        self._sweep.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._source_label = _label("Sho&w", self.sources)
        left = (self._source_label, self.sources)
        right = (self._busy, self._badge, self._export, self._sweep)
        for side in (left, right):
            for widget in side:
                layout.addWidget(widget)
        layout.setStretchFactor(self.sources, 1)
        self._busy.hide()
        self._badge.hide()
        self.sources.activated.connect(self._choose_source)

    def tint(self, registry: "Registry") -> None:
        """The icon in the colours of the present theme."""
        self._export.setIcon(registry.action("scaling.export.png").icon())

    def bind(self, registry: "Registry") -> None:
        """Give the buttons their commands."""
        menu = QMenu(self._export)
        for kind in KINDS:
            menu.addAction(registry.action(f"scaling.export.{kind}"))
        menu.addSeparator()
        for preset in PRESETS:
            menu.addAction(registry.action(f"scaling.preset.{preset}"))
        menu.addAction(registry.action("scaling.rename"))
        menu.addSeparator()
        menu.addAction(registry.action("scaling.copy_picture"))
        menu.addAction(registry.action("scaling.copy_numbers"))
        self._export.setMenu(menu)
        self.tint(registry)
        self._sweep.setDefaultAction(registry.action("scaling.sweep"))

    def set_sources(self, sources: Sequence[Source], present: str) -> None:
        """Offer these sources."""
        entries = [(source.label, source.key) for source in sources]
        if [(self.sources.itemText(row), self.sources.itemData(row)) for row in range(self.sources.count())] != entries:
            self.sources.clear()
            for label, key in entries:
                self.sources.addItem(label, key)
        self.sources.setCurrentIndex(self.sources.findData(present))
        self.sources.setToolTip(self.sources.currentText())

    def set_simulated(self, simulated: bool) -> None:
        """Practice results are marked as such."""
        self._badge.setVisible(simulated)

    def set_busy(self, busy: bool) -> None:
        """Say that numbers are on their way."""
        self._busy.setVisible(busy)

    def _choose_source(self, place: int) -> None:
        self.source_chosen.emit(self.sources.itemData(place))


def _combo(characters: int) -> QComboBox:
    made = QComboBox()
    made.setMinimumContentsLength(characters)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return made


def _label(text: str, buddy: QWidget) -> QLabel:
    made = QLabel(text)
    made.setBuddy(buddy)
    return made
