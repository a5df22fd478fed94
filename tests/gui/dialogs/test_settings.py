"""The settings dialog: profiles, keys and a real test of an endpoint."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from rb_studio.gui.dialogs.settings import SettingsDialog
from rb_studio.gui.theme import Theme
from rb_studio.models import settings
from rb_studio.models.folders import settings_path
from rb_studio.models.keys import KeyStore
from rb_studio.models.profile import Profile
from tests.models.fake_server import FakeServer

KEY = "sk-0123456789abcdefghij"


@pytest.fixture
def theme(qapp):
    made = Theme("light")
    yield made
    made.choose("light")
    made.deleteLater()


@pytest.fixture
def keys() -> KeyStore:
    return KeyStore({}, None)


@pytest.fixture
def opened(theme: Theme, keys: KeyStore, shown, qtbot) -> Callable[[], SettingsDialog]:
    def on() -> SettingsDialog:
        dialog = shown(SettingsDialog(theme, theme.choose, keys=keys))
        qtbot.waitUntil(dialog.isEnabled)
        return dialog

    return on


def save(dialog: SettingsDialog, qtbot) -> None:
    with qtbot.waitSignal(dialog.saved):
        dialog._buttons.accepted.emit()


def type_in(dialog: SettingsDialog, qtbot, **texts: str) -> None:
    for name, text in texts.items():
        line = dialog.profiles.panel.lines[name]
        line.selectAll()
        qtbot.keyClicks(line, text)


def add(dialog: SettingsDialog, qtbot, **texts: str) -> None:
    dialog.profiles.add.click()
    type_in(dialog, qtbot, **texts)


def test_a_profile_is_added_made_the_default_and_saved(opened, qtbot) -> None:
    dialog = opened()
    add(dialog, qtbot, name="mine", base_url="http://localhost:1234/v1/", model="llama", price_in="0.5")
    dialog.profiles.prefer.click()
    save(dialog, qtbot)
    stored = settings.load()
    assert stored.profile == "mine"
    assert stored.profiles["mine"] == Profile("mine", "http://localhost:1234/v1", "llama", price_in=0.5)


def test_enter_presses_the_button_that_has_the_keyboard_and_else_saves(opened, qtbot) -> None:
    dialog = opened()
    dialog.activateWindow()
    dialog.profiles.add.setFocus()
    qtbot.waitUntil(dialog.profiles.add.hasFocus)
    qtbot.keyClick(dialog.profiles.add, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.profiles.list.count() == 2
    dialog.profiles.remove.setFocus()
    qtbot.keyClick(dialog.profiles.remove, Qt.Key.Key_Return)
    assert dialog.profiles.list.count() == 1
    dialog.profiles.list.setFocus()
    with qtbot.waitSignal(dialog.saved):
        qtbot.keyClick(dialog.profiles.list, Qt.Key.Key_Return)


def test_enter_after_a_key_goes_to_what_can_be_done_with_it_instead_of_losing_it(opened, keys: KeyStore, qtbot) -> None:
    dialog = opened()
    dialog.activateWindow()
    add(dialog, qtbot, name="mine", base_url="http://localhost:1234/v1", model="llama")
    panel = dialog.profiles.panel.key
    panel.line.setFocus()
    qtbot.keyClicks(panel.line, KEY)
    qtbot.keyClick(panel.line, Qt.Key.Key_Return)
    qtbot.waitUntil(panel.keep.hasFocus)
    assert dialog.isVisible()
    qtbot.keyClick(panel.keep, Qt.Key.Key_Return)
    assert panel.line.text() == ""
    assert dialog.isVisible()


def test_what_is_wrong_is_said_beside_it_and_save_waits(opened, qtbot) -> None:
    dialog = opened()
    dialog.profiles.add.click()
    panel = dialog.profiles.panel
    button = dialog._buttons.button(dialog._buttons.StandardButton.Save)
    assert panel._problem.text() == "Name a model."
    assert not button.isEnabled()
    assert not panel.test.isEnabled()
    dialog.profiles.list.setCurrentRow(0)
    assert dialog.fault() == "model 1: Name a model."
    dialog.profiles.list.setCurrentRow(1)
    type_in(dialog, qtbot, model="llama")
    assert (panel._problem.text(), dialog.fault(), button.isEnabled()) == ("", "", True)


def test_the_shipped_profile_cannot_be_removed_and_others_can(opened, keys: KeyStore, qtbot) -> None:
    mine = Profile("mine", "http://localhost:1/v1", "llama")
    settings.save(settings.Settings(profiles={"mine": mine}, profile="mine"))
    keys.keep(mine, KEY)
    dialog = opened()
    assert not dialog.profiles.remove.isEnabled()
    dialog.profiles.list.setCurrentRow(1)
    dialog.profiles.remove.click()
    save(dialog, qtbot)
    assert (settings.load().profiles, settings.load().profile) == ({}, "practice")
    assert keys.find(mine) is None


def test_cancel_changes_nothing(opened, qtbot) -> None:
    dialog = opened()
    add(dialog, qtbot, name="mine", model="llama")
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()
    assert not settings_path().exists()


def test_a_key_is_kept_in_memory_and_in_no_file(opened, keys: KeyStore, tmp_path, qtbot) -> None:
    dialog = opened()
    add(dialog, qtbot, name="mine", base_url="http://localhost:1/v1", model="llama")
    panel = dialog.profiles.panel.key
    qtbot.waitUntil(lambda: "No key is known" in panel.state())
    qtbot.keyClicks(panel.line, KEY)
    panel.keep.click()
    qtbot.waitUntil(lambda: "until this program ends" in panel.state())
    assert panel.line.text() == ""
    assert keys.find(Profile("mine", "http://localhost:1/v1", "llama")).reveal() == KEY
    panel.save.setEnabled(True)
    save(dialog, qtbot)
    assert KEY not in settings_path().read_text("utf-8")


def test_a_keyring_that_is_not_there_is_said(opened, keys: KeyStore, qtbot) -> None:
    dialog = opened()
    add(dialog, qtbot, model="llama")
    panel = dialog.profiles.panel.key
    qtbot.keyClicks(panel.line, KEY)
    panel.save.click()
    qtbot.waitUntil(lambda: "no system keyring" in panel.state())
    assert KEY not in panel.state()


def test_a_key_is_forgotten(opened, keys: KeyStore, qtbot) -> None:
    mine = Profile("mine", "http://localhost:1/v1", "llama")
    settings.save(settings.Settings(profiles={"mine": mine}))
    keys.keep(mine, KEY)
    dialog = opened()
    dialog.profiles.list.setCurrentRow(1)
    panel = dialog.profiles.panel.key
    qtbot.waitUntil(panel.forget.isEnabled)
    panel.forget.click()
    qtbot.waitUntil(lambda: "No key is known" in panel.state())
    assert keys.find(mine) is None


def test_an_endpoint_is_asked_and_its_findings_shown(opened, server: FakeServer, qtbot) -> None:
    dialog = opened()
    add(dialog, qtbot, name="local", base_url=server.url, model="fake-model")
    panel = dialog.profiles.panel
    qtbot.keyClicks(panel.key.line, KEY)
    panel.test.click()
    assert "Asking" in panel.told()
    qtbot.waitUntil(lambda: panel.told() == "The profile local can be used.", timeout=20_000)
    rows = [[panel.findings.item(row, column).text() for column in (0, 1)] for row in range(panel.findings.rowCount())]
    assert ["answers", "yes"] in rows
    assert all(request.headers["authorization"] == f"Bearer {KEY}" for request in server.requests)


def test_an_endpoint_that_is_not_there_is_said(opened, qtbot) -> None:
    dialog = opened()
    add(dialog, qtbot, name="gone", base_url="http://127.0.0.1:9/v1", model="m")
    dialog.profiles.panel.test.click()
    qtbot.waitUntil(lambda: dialog.profiles.panel.told() == "The profile gone cannot be used.", timeout=20_000)
    assert dialog.profiles.panel.findings.item(0, 1).text() == "no"


def test_embedder_downloads_and_theme_are_saved(opened, theme: Theme, qtbot) -> None:
    dialog = opened()
    dialog.embedder.setEditText("my/model")
    dialog.downloads.setChecked(True)
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    save(dialog, qtbot)
    assert (settings.load().embedder, settings.load().allow_downloads, theme.choice) == ("my/model", True, "dark")


def test_the_shown_embedder_is_saved_by_its_name(opened, qtbot) -> None:
    dialog = opened()
    dialog.embedder.setCurrentIndex(1)
    save(dialog, qtbot)
    assert settings.load().embedder == "hashing"


def test_a_damaged_file_is_said_and_put_aside_on_saving(opened, qtbot) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text("version = [", "utf-8")
    dialog = opened()
    assert "damaged" in dialog.fault()
    save(dialog, qtbot)
    assert settings.load() == settings.Settings()
    assert len(list(settings_path().parent.glob("*damaged*"))) == 1


def test_a_folder_that_cannot_be_written_is_said(opened, qtbot) -> None:
    dialog = opened()
    settings_path().parent.write_text("a file where the folder would be", "utf-8")
    dialog._buttons.accepted.emit()
    qtbot.waitUntil(lambda: "cannot be" in dialog.fault())
    assert dialog._buttons.isEnabled()


def test_whose_word_is_success_is_chosen_and_saved(opened, qtbot) -> None:
    dialog = opened()
    assert dialog.precedence.currentText() == "The environment"
    place = dialog.precedence.findText("A person, else the environment, else the judge")
    dialog.precedence.setCurrentIndex(place)
    save(dialog, qtbot)
    assert settings.load().precedence == ("human", "truth", "judge")
    assert opened().precedence.currentIndex() == place
