"""Commands are records; menus, shortcuts and palette render them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from rb_studio.gui.commands.palette import Palette, matching, score
from rb_studio.gui.commands.registry import Command, Registry
from rb_studio.gui.theme import Theme


@pytest.fixture
def registry(qapp):
    theme = Theme("light")
    made = Registry(theme)
    yield made
    made.deleteLater()
    theme.deleteLater()


def command(name, done, **more):
    return Command(name, name.capitalize(), lambda: done.append(name), more.pop("menu", "File"), **more)


def test_an_action_does_what_its_command_says(registry):
    done = []
    registry.add(command("copy", done, shortcut="Ctrl+C"))
    registry.action("copy").trigger()
    assert done == ["copy"]
    assert registry.action("copy").shortcut().toString() == "Ctrl+C"


def test_two_commands_of_one_name_are_refused(registry):
    registry.add(command("copy", []))
    with pytest.raises(ValueError, match="copy"):
        registry.add(command("copy", []))


def test_commands_of_another_room_are_not_offered_and_their_keys_are_free(registry):
    done = []
    registry.add(command("here", done, where="tasks"), command("there", done, where="scaling"))
    registry.enter("tasks")
    assert [c.id for c in registry.commands()] == ["here"]
    assert not registry.action("there").isEnabled()


def test_a_disabled_command_says_why(registry):
    registry.add(command("undo", [], enabled=lambda: False, why_not="Nothing to take back."))
    registry.refresh()
    assert not registry.action("undo").isEnabled()
    assert registry.action("undo").toolTip().endswith("Nothing to take back.")


def test_letters_in_order_match_and_word_starts_come_first():
    assert score("xyz", "Export figure") is None
    found = matching("ef", [command("refresh", []), command("export figure", []), command("quit", [])])
    assert [c.id for c in found] == ["export figure", "refresh"]


def test_a_title_that_begins_so_comes_before_one_in_a_menu_without_such_letters(registry):
    own = Command("steps", "Show steps", print, "Plot \u203a Figures")
    other = Command("away", "Show the steps", print, "View")
    assert [c.id for c in matching("show steps", [other, own])] == ["steps", "away"]


def test_the_palette_runs_the_chosen_command_by_keyboard_alone(registry, qtbot):
    done = []
    registry.add(command("copy", done), command("paste", done))
    host = QWidget()
    host.resize(800, 600)
    qtbot.addWidget(host)
    palette = Palette(registry, host)
    qtbot.addWidget(palette)
    palette.show()
    qtbot.keyClicks(palette._line, "pas")
    qtbot.keyClick(palette._line, Qt.Key.Key_Return)
    assert done == ["paste"]


def test_the_palette_keeps_open_on_a_disabled_command_and_says_why(registry, qtbot):
    done = []
    registry.add(command("undo", done, enabled=lambda: False, why_not="Nothing to take back."))
    host = QWidget()
    qtbot.addWidget(host)
    palette = Palette(registry, host)
    qtbot.addWidget(palette)
    palette.show()
    qtbot.keyClick(palette._line, Qt.Key.Key_Return)
    assert done == []
    assert palette.isVisible()
    assert palette._why.text() == "Nothing to take back."
