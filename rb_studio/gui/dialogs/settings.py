"""Settings: models and their keys, the embedder, the look. Written when saved, keys never."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, note, value
from rb_studio.gui.dialogs.later import Later
from rb_studio.gui.dialogs.profile_form import NotYet, ProfileForm, SettingsForm
from rb_studio.gui.dialogs.profile_panel import ProfilePanel
from rb_studio.gui.theme import Theme
from rb_studio.models.keys import KeyStore
from rb_studio.models.profile import PRACTICE
from rb_studio.records.errors import RbStudioError

if TYPE_CHECKING:
    from rb_studio.models.settings import Settings

EMBEDDERS = (
    Choice("all-MiniLM-L6-v2", "all-MiniLM-L6-v2: comes with the program, runs on this computer"),
    Choice("hashing", "hashing: at once and without meaning, for trying things out"),
)
THEMES = (Choice("system", "As the system"), Choice("light", "Light"), Choice("dark", "Dark"))
SHIPPED = (
    "The practice model comes with the program: it plays every role in the practice world, needs no key and no "
    "network, and marks whatever it makes as simulated. Add a profile to use a language model of your own."
)


class SettingsDialog(QDialog):
    """Edits a copy; Save writes it, Cancel forgets it.

    Signals
    -------
    saved
        The settings file was written.
    """

    saved = Signal()

    def __init__(
        self,
        theme: Theme,
        choose_theme: Callable[[str], None],
        parent: QWidget | None = None,
        *,
        keys: KeyStore | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme, self._choose_theme = theme, choose_theme
        self._keys = keys or KeyStore()
        self._later = Later(self)
        self._loaded: Settings | None = None
        self.form = SettingsForm(theme=theme.choice)
        self.list = QListWidget()
        self.list.setAccessibleName("Profiles")
        self.panel = ProfilePanel(theme, self._keys)
        self.embedder, self.theme = combo("Embedder"), combo("Theme")
        self.embedder.setEditable(True)
        self.downloads = QCheckBox("Models that are not on this computer may be downloaded")
        self._fault = note("badge")
        self._tabs = QTabWidget()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self._lay_out()
        self._connect()
        self.setEnabled(False)
        self._later.run(_load, self._show, self._damaged)

    def _lay_out(self) -> None:
        self._tabs.addTab(self._models_tab(), "&Models")
        self._tabs.addTab(self._memory_tab(), "M&emory")
        self._tabs.addTab(self._look_tab(), "&Appearance")
        layout = QVBoxLayout(self)
        layout.addWidget(self._tabs, 1)
        layout.addWidget(self._fault)
        layout.addWidget(self._buttons)
        self._fault.hide()
        self.resize(self.fontMetrics().horizontalAdvance("0") * 96, self.fontMetrics().height() * 36)

    def _models_tab(self) -> QWidget:
        self.add, self.remove, self.prefer = QPushButton("&Add"), QPushButton("&Remove"), QPushButton("Use by &default")
        row = QHBoxLayout()
        for button in (self.add, self.remove):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.prefer.setAutoDefault(False)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        column.addWidget(self.prefer)
        shipped = note()
        shipped.setText(SHIPPED)
        shipped.setAlignment(Qt.AlignmentFlag.AlignTop)
        shipped.setMargin(8)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.panel)
        self._pages = QStackedWidget()
        self._pages.addWidget(shipped)
        self._pages.addWidget(area)
        both = QSplitter()
        both.addWidget(left)
        both.addWidget(self._pages)
        both.setStretchFactor(1, 1)
        both.setChildrenCollapsible(False)
        width = self.fontMetrics().horizontalAdvance("0")
        both.setSizes([width * 26, width * 70])
        return both

    def _memory_tab(self) -> QWidget:
        about = note()
        about.setText(
            "The embedder compares a task with what was learned before. Vectors of different embedders never meet: "
            "a bank is embedded again when another one is used. A name of a sentence-transformers model, a folder, "
            "a profile, or MODEL@BASE_URL can be typed in too."
        )
        return _page(("&Embedder", self.embedder), ("", about), ("", self.downloads))

    def _look_tab(self) -> QWidget:
        return _page(("&Theme", self.theme))

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._show_profile)
        self.panel.changed.connect(self._profile_changed)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.prefer.clicked.connect(self._prefer)
        self._buttons.accepted.connect(self._save)
        self._buttons.rejected.connect(self.reject)

    def fault(self) -> str:
        """What keeps the settings from being saved; empty for nothing."""
        return self._fault.text()

    def _damaged(self, sentence: str) -> None:
        from rb_studio.models.settings import Settings

        self._show(Settings())
        self._say(f"{sentence}. Saving puts that file aside and writes a new one.")

    def _show(self, settings: "Settings") -> None:
        self._loaded = settings
        self.form = SettingsForm.of(settings, self._theme.choice)
        names = [choice.value for choice in EMBEDDERS]
        choices = [*EMBEDDERS, *(Choice(name, name) for name in sorted(settings.profiles) if name not in names)]
        fill(self.embedder, choices, settings.embedder)
        if settings.embedder not in (choice.value for choice in choices):
            self.embedder.setEditText(settings.embedder)
        self.downloads.setChecked(settings.allow_downloads)
        fill(self.theme, list(THEMES), self.form.theme)
        self.setEnabled(True)
        self._list_profiles(0)
        self.list.setFocus()

    def _list_profiles(self, row: int) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for name in (PRACTICE.name, *(form.name for form in self.form.profiles)):
            self.list.addItem(QListWidgetItem())
            self._name_row(self.list.count() - 1, name)
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._show_profile(row)

    def _name_row(self, row: int, name: str) -> None:
        simulated = " (simulated)" if row == 0 else ""
        default = " \u2013 default" if name == self.form.default else ""
        self.list.item(row).setText(f"{name or '(no name)'}{simulated}{default}")

    def _show_profile(self, row: int) -> None:
        own = row > 0
        self.remove.setEnabled(own)
        self._pages.setCurrentIndex(int(own))
        name = self.form.profiles[row - 1].name if own else PRACTICE.name
        self.prefer.setEnabled(row >= 0 and name != self.form.default)
        if own:
            self.panel.show_form(self.form.profiles[row - 1], self.form.problem(row - 1))

    def _profile_changed(self, form: ProfileForm) -> None:
        row = self.list.currentRow()
        self.form = self.form.with_profile(row - 1, form)
        self._name_row(row, form.name)
        self.panel.show_problem(self.form.problem(row - 1))
        self._check()

    def _add(self) -> None:
        self.form = self.form.added()
        self._list_profiles(len(self.form.profiles))
        self.panel.lines["name"].setFocus()
        self.panel.lines["name"].selectAll()
        self._check()

    def _remove(self) -> None:
        row = self.list.currentRow()
        self.form = self.form.without(row - 1)
        self._list_profiles(row - 1)
        self._check()

    def _prefer(self) -> None:
        row = self.list.currentRow()
        name = self.form.profiles[row - 1].name if row else PRACTICE.name
        self.form = replace(self.form, default=name)
        self._list_profiles(row)

    def _check(self) -> None:
        found = self.form.first_problem()
        self._say(f"{self.form.profiles[found[0]].name or 'A profile'}: {found[1]}" if found else "")
        self._buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(found is None)

    def _say(self, sentence: str) -> None:
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def _save(self) -> None:
        assert self._loaded is not None
        named = {choice.text: choice.value for choice in EMBEDDERS}
        shown = self.embedder.currentText()
        self.form = replace(
            self.form,
            embedder=named.get(shown, shown),
            allow_downloads=self.downloads.isChecked(),
            theme=value(self.theme),
        )
        try:
            settings = self.form.laid_over(self._loaded)
        except (NotYet, RbStudioError) as fault:
            self._say(str(fault))
            return
        form, keys = self.form, self._keys
        self._buttons.setEnabled(False)
        self._later.run(lambda: _store(settings, form, keys), self._stored, self._not_stored)

    def _not_stored(self, sentence: str) -> None:
        self._buttons.setEnabled(True)
        self._say(sentence)

    def _stored(self, _nothing: object) -> None:
        if self.form.theme != self._theme.choice:
            self._choose_theme(self.form.theme)
        self.saved.emit()
        self.accept()


def _load() -> "Settings":
    from rb_studio.models import settings

    return settings.load()


def _store(chosen: "Settings", form: SettingsForm, keys: KeyStore) -> None:
    """Write the file, then let go of the keys of profiles that are no more."""
    from rb_studio.models import settings

    settings.save(chosen)
    for profile in form.removed:
        if profile.name not in chosen.profiles:
            keys.remove(profile)


def _page(*rows: tuple[str, QWidget]) -> QWidget:
    page = QWidget()
    form = QFormLayout(page)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    for text, field in rows:
        form.addRow(text, field)
    return page
