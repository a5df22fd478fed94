"""Every command of every room from wherever one is: by the palette, and Run by its key."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from rb_studio.gui.commands.elsewhere import Elsewhere, declared
from rb_studio.gui.commands.palette import Palette
from rb_studio.gui.studio import Studio
from rb_studio.gui.window import ROOMS
from tests.gui.conftest import ScriptedDialogs, let_go

LONG = 30_000
HEAVY = ("numpy", "pyqtgraph", "scipy", "pydantic", "openai")


@pytest.fixture
def studio(practised: Path, tmp_path: Path, qtbot):
    path = tmp_path / "mine.rbank"
    shutil.copyfile(practised, path)
    made = Studio([path], dialogs=ScriptedDialogs())
    made.stored.setValue(f"room/{path}", "trajectories")
    made.window.show()
    qtbot.waitUntil(lambda: made.frame is not None, timeout=LONG)
    made.window.activateWindow()
    yield made
    for dialog in dialogs():
        dialog.reject()
    made.close()
    made.window.hide()
    made.window.deleteLater()
    made.deleteLater()
    let_go()


def dialogs() -> list[QDialog]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def found(studio, qtbot, typed: str) -> Palette:
    """The palette with something typed into it."""
    studio.window.registry.action("view.palette").trigger()
    palette = next(one for one in dialogs() if isinstance(one, Palette))
    qtbot.keyClicks(palette._line, typed)
    return palette


def texts(palette: Palette) -> list[str]:
    return [palette._list.item(row).text() for row in range(palette._list.count())]


def choose(palette: Palette, qtbot, start: str) -> None:
    """Take the first line that starts so."""
    row = next(row for row, text in enumerate(texts(palette)) if text.startswith(start))
    palette._list.setCurrentRow(row)
    qtbot.keyClick(palette._line, Qt.Key.Key_Return)


def wait_for_dialog(qtbot, name: str) -> QDialog:
    qtbot.waitUntil(lambda: any(type(one).__name__ == name for one in dialogs()), timeout=LONG)
    return next(one for one in dialogs() if type(one).__name__ == name)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_brings_the_commands_it_declares_and_no_others(studio, name):
    room = studio.window.show_room(name)
    brought = {one.id: (one.title, one.menu, one.shortcut, one.icon) for one in room.commands()}
    assert {one.id: (one.title, one.menu, one.shortcut, one.icon) for one in declared(name)} == brought


def test_declarations_load_nothing_heavy():
    modules = [f"{offer.module.rpartition('.')[0]}.offered" for offer in ROOMS.values()]
    code = f"import sys, {', '.join(modules)}\nprint([one for one in {HEAVY} if one in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_palette_lists_every_command_of_all_rooms_though_only_one_was_built(studio, qtbot):
    assert list(studio.window.rooms) == ["trajectories"]
    palette = found(studio, qtbot, "")
    shown = texts(palette)
    for name, offer in ROOMS.items():
        for command in declared(name):
            start = f"{command.menu}: {command.title.replace('&', '')}"
            if command.id != "run.start":
                assert any(text.startswith(start) and f"\u2013 {offer.title}" in text for text in shown), start
    assert sum(text.startswith("Run: Run\u2026") for text in shown) == 1
    assert list(studio.window.rooms) == ["trajectories"]


def test_the_palette_of_another_room_opens_run(studio, qtbot):
    palette = found(studio, qtbot, "run")
    assert any(text.startswith("Run: Dry run of one task \u2013 Tasks") for text in texts(palette))
    qtbot.keyClick(palette._line, Qt.Key.Key_Return)
    wait_for_dialog(qtbot, "RunDialog")
    assert studio.window.present_room.name == "tasks"


def test_ctrl_r_opens_run_from_a_room_that_has_no_run_of_its_own(studio, qtbot):
    assert studio.window.present_room.name == "trajectories"
    qtbot.keyClick(studio.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    wait_for_dialog(qtbot, "RunDialog").reject()
    assert studio.window.present_room.name == "tasks"
    let_go()
    studio.window.activateWindow()
    qtbot.waitUntil(studio.window.isActiveWindow)
    qtbot.keyClick(studio.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    wait_for_dialog(qtbot, "RunDialog")


@pytest.mark.parametrize("name", ROOMS)
def test_the_run_menu_has_one_run_in_every_room(studio, name):
    studio.window.show_room(name)
    menu = next(one.menu() for one in studio.window.menuBar().actions() if one.text() == "&Run")
    assert [one.shortcut().toString() for one in menu.actions() if one.isVisible()].count("Ctrl+R") == 1


def test_an_export_of_scaling_is_done_once_its_figure_is_read(studio, qtbot, tmp_path):
    studio.dialogs.saves.append(tmp_path / "curves.csv")
    palette = found(studio, qtbot, "export csv")
    start = "Plot \u203a Files: Export as CSV\u2026 \u2013 Scaling"
    assert any(text.startswith(start) for text in texts(palette))
    choose(palette, qtbot, start)
    qtbot.waitUntil((tmp_path / "curves.csv").exists, timeout=LONG)
    assert studio.window.present_room.name == "scaling"


def test_a_command_that_its_room_cannot_do_says_why(studio, qtbot):
    palette = found(studio, qtbot, "save the item")
    assert palette._why.text() == "Goes to Memories."
    choose(palette, qtbot, "Memory: Save the item")
    qtbot.waitUntil(studio.window.toast.isVisible, timeout=LONG)
    assert studio.window.toast._text.text() == (
        "Save the item: Nothing is unsaved, or the item lacks a title or its texts."
    )
    assert studio.window.present_room.name == "memories"


def test_going_on_to_another_room_takes_the_wish_back(studio, qtbot):
    rooms = studio.window.findChild(Elsewhere) or studio.desk._rooms()
    rooms.perform("tasks", "run.start")
    studio.window.show_room("trajectories")
    qtbot.waitUntil(lambda: not rooms._timer.isActive(), timeout=LONG)
    assert not dialogs()


def test_without_a_workspace_only_the_commands_of_the_window_are_offered(studio):
    studio._leave()
    assert studio.desk._rooms().offers() == []
    studio.window.registry.refresh()
    assert not studio.window.registry.action("run.ask").isEnabled()
