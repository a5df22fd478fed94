"""Settings: models and their keys, the embedder, whose word is success, the look. Written when saved, keys never."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, note, value
from rb_studio.gui.dialogs.later import Later
from rb_studio.gui.dialogs.profile_form import NotYet, SettingsForm
from rb_studio.gui.dialogs.profiles_tab import ProfilesTab
from rb_studio.gui.theme import Theme
from rb_studio.models.keys import KeyStore
from rb_studio.records.errors import RbStudioError
from rb_studio.records.precedence import every_precedence

if TYPE_CHECKING:
    from rb_studio.models.settings import Settings

EMBEDDERS = (
    Choice("all-MiniLM-L6-v2", "all-MiniLM-L6-v2: comes with the program, runs on this computer"),
    Choice("hashing", "hashing: at once and without meaning, for trying things out"),
)
THEMES = (Choice("system", "As the system"), Choice("light", "Light"), Choice("dark", "Dark"))


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
        self.profiles = ProfilesTab(theme, self._keys)
        self.embedder, self.theme = combo("Embedder"), combo("Theme")
        self.precedence = combo("Whose word is success")
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
        self._tabs.addTab(self.profiles, "&Models")
        self._tabs.addTab(self._memory_tab(), "M&emory")
        self._tabs.addTab(self._figures_tab(), "&Figures")
        self._tabs.addTab(self._look_tab(), "&Appearance")
        layout = QVBoxLayout(self)
        layout.addWidget(self._tabs, 1)
        layout.addWidget(self._fault)
        layout.addWidget(self._buttons)
        self._buttons.button(QDialogButtonBox.StandardButton.Save).setDefault(True)
        self._fault.hide()
        self.resize(self.fontMetrics().horizontalAdvance("0") * 96, self.fontMetrics().height() * 36)

    def _memory_tab(self) -> QWidget:
        about = note()
        about.setText(
            "The embedder compares a task with what was learned before. Vectors of different embedders never meet: "
            "a bank is embedded again when another one is used. A name of a sentence-transformers model, a folder, "
            "a profile, or MODEL@BASE_URL can be typed in too."
        )
        return _page(("&Embedder", self.embedder), ("", about), ("", self.downloads))

    def _figures_tab(self) -> QWidget:
        about = note()
        about.setText(
            "Figures, lists and results count a rollout as solved where the first of these who knows says so. Anything "
            "but the environment alone is told in every caption. What memory learns from is chosen with each run."
        )
        return _page(("&Success is said by", self.precedence), ("", about))

    def _look_tab(self) -> QWidget:
        return _page(("&Theme", self.theme))

    def _connect(self) -> None:
        self.profiles.changed.connect(self._check)
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
        form = SettingsForm.of(settings, self._theme.choice)
        names = [choice.value for choice in EMBEDDERS]
        choices = [*EMBEDDERS, *(Choice(name, name) for name in sorted(settings.profiles) if name not in names)]
        fill(self.embedder, choices, settings.embedder)
        if settings.embedder not in (choice.value for choice in choices):
            self.embedder.setEditText(settings.embedder)
        self.downloads.setChecked(settings.allow_downloads)
        fill(self.precedence, _precedences(), ",".join(form.precedence))
        fill(self.theme, list(THEMES), form.theme)
        self.setEnabled(True)
        self.profiles.show_form(form)
        self.profiles.list.setFocus()

    def _check(self) -> None:
        """Save waits until every profile can be; the one on screen says itself what is wrong with it."""
        found = self.profiles.form.first_problem()
        elsewhere = found is not None and found[0] != self.profiles.place
        name = self.profiles.form.profiles[found[0]].name if found else ""
        self._say(f"{name or 'A profile'}: {found[1]}" if found and elsewhere else "")
        save = self._buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setEnabled(found is None)
        save.setToolTip(found[1] if found else "")

    def _say(self, sentence: str) -> None:
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def _save(self) -> None:
        assert self._loaded is not None
        named = {choice.text: choice.value for choice in EMBEDDERS}
        shown = self.embedder.currentText()
        form = replace(
            self.profiles.form,
            embedder=named.get(shown, shown),
            allow_downloads=self.downloads.isChecked(),
            precedence=tuple(value(self.precedence).split(",")),
            theme=value(self.theme),
        )
        try:
            settings = form.laid_over(self._loaded)
        except (NotYet, RbStudioError) as fault:
            self._say(str(fault))
            return
        keys = self._keys
        self._buttons.setEnabled(False)
        self._later.run(lambda: _store(settings, form, keys), lambda _: self._stored(form.theme), self._not_stored)

    def _not_stored(self, sentence: str) -> None:
        self._buttons.setEnabled(True)
        self._say(sentence)

    def _stored(self, theme: str) -> None:
        if theme != self._theme.choice:
            self._choose_theme(theme)
        self.saved.emit()
        self.accept()


def _precedences() -> list[Choice]:
    found = ((one, f"{one.words[:1].upper()}{one.words[1:]}") for one in every_precedence())
    return [Choice(",".join(one.order), words) for one, words in found]


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
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for text, field in rows:
        form.addRow(text, field)
    return page
