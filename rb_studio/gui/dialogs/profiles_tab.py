"""The profiles: a list, and the chosen one's fields."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.dialogs.profile_form import ProfileForm, SettingsForm
from rb_studio.gui.dialogs.profile_panel import ProfilePanel
from rb_studio.gui.theme import Theme
from rb_studio.models.profile import PRACTICE

if TYPE_CHECKING:
    from rb_studio.models.keys import KeyStore

SHIPPED = (
    "The practice model comes with the program: it plays every role in the practice world, needs no key and no "
    "network, and marks whatever it makes as simulated. Add a profile to use a language model of your own."
)


class ProfilesTab(QSplitter):
    """Edits the profiles of a SettingsForm.

    Signals
    -------
    changed
        `form` or the profile on screen is another one now.
    """

    changed = Signal()

    def __init__(self, theme: Theme, keys: "KeyStore", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = SettingsForm()
        self.list = QListWidget()
        self.list.setAccessibleName("Profiles")
        self.panel = ProfilePanel(theme, keys)
        self.add, self.remove, self.prefer = QPushButton("A&dd"), QPushButton("&Remove"), QPushButton("Use by defau&lt")
        self._pages = QStackedWidget()
        self._lay_out()
        self.list.currentRowChanged.connect(self._row_changed)
        self.panel.changed.connect(self._typed)
        self.panel.tested.connect(self._show_findings)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.prefer.clicked.connect(self._prefer)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addWidget(self.remove)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        column.addWidget(self.prefer)
        shipped = note()
        shipped.setText(SHIPPED)
        shipped.setAlignment(Qt.AlignmentFlag.AlignTop)
        shipped.setMargin(8)
        area = self._area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.panel)
        self._pages.addWidget(shipped)
        self._pages.addWidget(area)
        self.addWidget(left)
        self.addWidget(self._pages)
        self.setStretchFactor(1, 1)
        self.setChildrenCollapsible(False)
        width = self.fontMetrics().horizontalAdvance("0")
        self.setSizes([width * 26, width * 76])

    def _show_findings(self) -> None:
        QTimer.singleShot(0, self._reveal_findings)  # they have a place once they are laid out

    def _reveal_findings(self) -> None:
        self._area.ensureWidgetVisible(self.panel.findings)

    @property
    def place(self) -> int:
        """Which of the form's profiles is on screen, -1 for the shipped one."""
        return self.list.currentRow() - 1

    def show_form(self, form: SettingsForm) -> None:
        """Other settings; the shipped profile is chosen."""
        self.form = form
        self._list(0)

    def _list(self, row: int) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for name in (PRACTICE.name, *(form.name for form in self.form.profiles)):
            self.list.addItem(QListWidgetItem())
            self._name_row(self.list.count() - 1, name)
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._row_changed(row)

    def _name_row(self, row: int, name: str) -> None:
        simulated = " (simulated)" if row == 0 else ""
        default = " \u2013 default" if name == self.form.default else ""
        self.list.item(row).setText(f"{name or '(no name)'}{simulated}{default}")

    def _row_changed(self, row: int) -> None:
        own = row > 0
        self.remove.setEnabled(own)
        self._pages.setCurrentIndex(int(own))
        self.prefer.setEnabled(row >= 0 and self._name(row) != self.form.default)
        if own:
            self.panel.show_form(self.form.profiles[row - 1], self.form.problem(row - 1))
        self.changed.emit()

    def _name(self, row: int) -> str:
        return self.form.profiles[row - 1].name if row > 0 else PRACTICE.name

    def _typed(self, form: ProfileForm) -> None:
        row = self.list.currentRow()
        self.form = self.form.with_profile(row - 1, form)
        self._name_row(row, form.name)
        self.panel.show_problem(self.form.problem(row - 1))
        self.changed.emit()

    def _add(self) -> None:
        self.form = self.form.added()
        self._list(len(self.form.profiles))
        self.panel.lines["name"].setFocus()
        self.panel.lines["name"].selectAll()

    def _remove(self) -> None:
        row = self.list.currentRow()
        self.form = self.form.without(row - 1)
        self._list(row - 1)

    def _prefer(self) -> None:
        row = self.list.currentRow()
        self.form = replace(self.form, default=self._name(row))
        self._list(row)
