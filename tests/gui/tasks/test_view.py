"""The room of tasks by keyboard and mouse."""

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.tasks.table import NAMES
from rb_studio.gui.rooms.tasks.view import TasksRoom
from rb_studio.records.task import Grading, Suite, SuiteContent, Task
from rb_studio.store import suites
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import TASKS

HOSTILE = "<img src='http://example.org/x.png'><b>bold</b>"


def shown(room: TasksRoom, row: int, name: str) -> str:
    model = room.table.model()
    return str(model.data(model.index(row, NAMES.index(name)))).strip()


def add_suite(frame: Frame, qtbot, **more: object) -> None:
    suite = Suite(**{"name": "web", "environment": "browser", "grader": "webarena", "source": "web.json"} | more)
    task = Task(f"{suite.name}/1", suite.name, 1, HOSTILE)
    content = SuiteContent(suite, (task,), (Grading(task.key, suite.grader),))
    tables = ("suite", "task")
    frame.session.operate(lambda db: ChangeRecord("add", "user", tables, {"suite": (suites.save_suite(db, content),)}))


def test_suites_tasks_and_the_whole_task_are_on_screen(room: TasksRoom, qtbot) -> None:
    qtbot.waitUntil(lambda: shown(room, 0, "text") != "\u2026")
    assert room.suites.tree.topLevelItem(0).text(0) == "practice"
    assert (shown(room, 0, "ordinal"), shown(room, 0, "tried")) == ("0", "2")
    assert room.bar.count.text().endswith("tasks")
    assert room.detail.table.rollouts.rowCount() == 2
    assert "Expected (never shown to the agent)" in room.detail.text.toPlainText()


def test_every_command_says_what_it_does_and_why_not(room: TasksRoom) -> None:
    registry = room.frame.registry
    registry.refresh()
    assert {command.where for command in room.commands()} == {"tasks"}
    assert registry.action("run.start").isEnabled()
    assert not registry.action("tasks.ground").isEnabled()
    assert "built in" in registry.action("tasks.ground").toolTip()
    assert not registry.action("tasks.clear").isEnabled()


def test_typing_filters_and_down_goes_on_in_the_table(room: TasksRoom, qtbot) -> None:
    whole = room.presenter.total
    room.find_tasks()
    qtbot.keyClicks(room.bar.line, "result:untried")
    qtbot.waitUntil(lambda: room.bar.count.text() == f"{whole - TASKS} of {whole}")
    qtbot.keyClick(room.bar.line, Qt.Key.Key_Down)
    assert room.table.hasFocus()
    qtbot.keyClick(room.bar.line, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: room.bar.count.text() == f"{whole} tasks")


def test_nothing_found_offers_to_clear_the_filter(room: TasksRoom, qtbot) -> None:
    room.bar.line.setText("no such words anywhere")
    qtbot.waitUntil(lambda: room._pages.currentIndex() == 1)
    room.frame.registry.action("tasks.clear").trigger()
    qtbot.waitUntil(lambda: room._pages.currentIndex() == 0)


def test_a_template_of_the_suite_is_chosen_from_the_menu(room: TasksRoom, qtbot) -> None:
    menu = room.bar.menu.parts["Template"]
    qtbot.waitUntil(lambda: menu.isEnabled())
    shown, count = menu.actions()[0].text().split("\t")
    menu.actions()[0].trigger()
    assert room.bar.line.text() == f"template:{shown}"
    qtbot.waitUntil(lambda: room.presenter.found == int(count))


def test_the_menu_of_a_task_holds_the_commands_of_the_menus(room: TasksRoom, frame: Frame, qtbot) -> None:
    room.table.setFocus()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(room.table.viewport(), event)
    menu = next(one for one in room.findChildren(QMenu) if one.isVisible())
    assert frame.registry.action("run.start") in menu.actions()
    assert not frame.registry.action("tasks.remove").isEnabled()
    assert "built in" in frame.registry.action("tasks.remove").toolTip()
    menu.close()


def test_a_header_click_sorts_in_the_store_and_the_menu_turns_it_round(room: TasksRoom, qtbot) -> None:
    first = list(room.table.tasks.ids())
    room.table.horizontalHeader().setSortIndicator(NAMES.index("ordinal"), Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: room.table.tasks.ids() == first[::-1])
    room.table.choose_sort()
    menu = room.table.findChildren(QMenu)[-1]
    menu.triggered.emit(menu.actions()[NAMES.index("ordinal")])
    menu.close()
    qtbot.waitUntil(lambda: room.table.tasks.ids() == first)


def test_columns_are_chosen_and_the_task_itself_stays(room: TasksRoom) -> None:
    room.table.choose_columns()
    menu = room.table.findChildren(QMenu)[-1]
    menu.triggered.emit(menu.actions()[NAMES.index("site")])
    menu.close()
    assert "site" in room.table.hidden()
    room.table.hide_columns(["text", "site"])
    assert room.table.hidden() == ["site"]


def test_enter_opens_the_rollouts_of_the_task(room: TasksRoom, qtbot) -> None:
    with qtbot.waitSignal(room.go) as gone:
        qtbot.keyClick(room.table, Qt.Key.Key_Return)
    place = gone.args[0]
    assert place.room == "trajectories"
    assert len(place.target["rollouts"]) == 2


def test_a_double_click_on_a_rollout_opens_that_one(room: TasksRoom, qtbot) -> None:
    table = room.detail.table
    wanted = table.rollouts.attempt(1).uid
    with qtbot.waitSignal(room.go) as gone:
        table.doubleClicked.emit(table.rollouts.index(1, 0))
    assert gone.args[0] == Place("trajectories", {"rollout": wanted})


def test_selected_tasks_are_copied_as_a_table(room: TasksRoom, qtbot) -> None:
    room.table.setFocus()
    qtbot.keyClick(room.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert len(room.table.selected_ids()) == 2
    qtbot.keyClick(room.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(room.frame.toast.said))
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert rows[0][:2] == ["#", "Task"]
    assert [row[0] for row in rows[1:]] == ["0", "1"]
    assert len(set(map(len, rows))) == 1


def test_f6_goes_round_the_panes(room: TasksRoom) -> None:
    room.table.setFocus()
    seen = []
    for _ in range(5):
        room.next_pane()
        seen.append(room.focusWidget())
    assert len(set(seen)) == 5
    assert seen[-1] is room.table


def test_a_suite_that_cannot_run_says_why_and_run_waits(room: TasksRoom, frame: Frame, qtbot) -> None:
    add_suite(frame, qtbot)
    qtbot.waitUntil(lambda: room.suites.tree.topLevelItemCount() == 2)
    room.show_place({"suite": "web"})
    qtbot.waitUntil(lambda: room.detail.text.toPlainText() == HOSTILE)
    assert "browser" in room.suites.card._state.text()
    action = frame.registry.action("run.start")
    assert not action.isEnabled()
    assert "browser" in action.toolTip()


def test_foreign_text_is_text(room: TasksRoom, frame: Frame, qtbot) -> None:
    add_suite(frame, qtbot, name="<b>x</b>", environment="answer", grader="none")
    qtbot.waitUntil(lambda: room.suites.tree.topLevelItemCount() == 2)
    room.show_place({"task": "<b>x</b>/1"})
    qtbot.waitUntil(lambda: room.detail.text.toPlainText() == HOSTILE)
    assert room.suites.card._name.textFormat() == Qt.TextFormat.PlainText
    assert room.detail._heading.textFormat() == Qt.TextFormat.PlainText


def test_a_place_is_kept_and_restored(room: TasksRoom, enter, frame: Frame, qtbot) -> None:
    room.bar.line.setText("result:mixed result:always result:never")
    qtbot.waitUntil(lambda: room.presenter.found == TASKS)
    room.table.select_task(room.table.tasks.ids()[2])
    room.table.hide_columns(["site"])
    kept = room.place_to_keep()
    frame.registry.remove(command.id for command in frame.registry.of("tasks"))
    again = TasksRoom(frame)
    qtbot.addWidget(again)
    frame.registry.add(*again.commands())
    again.restore_place(kept)
    again.show()
    again.entered()
    qtbot.waitUntil(lambda: again.presenter.current == room.presenter.current)
    assert again.bar.line.text() == room.bar.line.text()
    assert again.table.hidden() == ["site"]


def test_the_tasks_are_where_they_were_scrolled_to_after_a_start_and_another_room(room, frame: Frame, qtbot) -> None:
    room.resize(900, 420)
    bar = room.table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 12)
    room.table.select_task(room.table.tasks.ids()[2])
    bar.setValue(11)
    room.hide()
    room.show()
    room.entered()
    assert bar.value() == 11
    kept = json.loads(json.dumps(room.place_to_keep()))
    frame.registry.remove(command.id for command in frame.registry.of("tasks"))
    again = TasksRoom(frame)
    qtbot.addWidget(again)
    frame.registry.add(*again.commands())
    again.restore_place(kept)
    assert again.place_to_keep()["scroll"] == 11, "a room left before it was read keeps its place"
    again.resize(room.size())
    again.show()
    again.entered()
    qtbot.waitUntil(lambda: again.presenter.current == room.presenter.current)
    assert again.table.verticalScrollBar().value() == 11


def test_the_current_task_is_seen_after_a_start_where_no_scroll_was_kept(room, frame: Frame, qtbot) -> None:
    room.resize(900, 420)
    wanted = room.table.tasks.ids()[-1]
    room.table.select_task(wanted)
    kept = room.place_to_keep()
    del kept["scroll"]
    frame.registry.remove(command.id for command in frame.registry.of("tasks"))
    again = TasksRoom(frame)
    qtbot.addWidget(again)
    frame.registry.add(*again.commands())
    again.restore_place(kept)
    again.resize(room.size())
    again.show()
    again.entered()
    qtbot.waitUntil(lambda: again.presenter.current == wanted)
    row = again.table.visualRect(again.table.currentIndex())
    assert again.table.viewport().rect().contains(row.center())


def test_what_happened_meanwhile_is_read_when_the_room_is_entered(room: TasksRoom, frame: Frame, qtbot) -> None:
    room.hide()
    add_suite(frame, qtbot)
    qtbot.waitUntil(lambda: suites.find(frame.session.workspace.reader(), "web") is not None)
    qtbot.waitUntil(lambda: room._stale)
    room.show()
    room.entered()
    qtbot.waitUntil(lambda: room.suites.tree.topLevelItemCount() == 2)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_both_themes_draw(room: TasksRoom, frame: Frame, theme: str) -> None:
    frame.theme.choose(theme)
    assert not room.grab().isNull()
    frame.theme.choose("light")


def test_a_suite_without_tasks_says_what_belongs_here(enter, frame: Frame, workspace: Workspace, qtbot) -> None:
    room = enter(frame)
    empty = SuiteContent(Suite("empty", "answer", "none"), (), ())
    frame.session.operate(
        lambda db: ChangeRecord("add", "user", ("suite",), {"suite": (suites.save_suite(db, empty),)})
    )
    qtbot.waitUntil(lambda: room.suites.tree.topLevelItemCount() == 2)
    room.show_place({"suite": "empty"})
    qtbot.waitUntil(lambda: room._pages.currentIndex() == 2)
    assert not frame.registry.action("tasks.copy").isEnabled()


def test_all_that_is_said_of_a_suite_is_on_screen_however_narrow(room: TasksRoom, frame: Frame, qtbot) -> None:
    add_suite(frame, qtbot, source="/somewhere/a_file_of_a_very_long_name.raw.json")
    qtbot.waitUntil(lambda: room.suites.tree.topLevelItemCount() == 2)
    room.resize(640, 480)
    room.show_place({"suite": "web"})
    card = room.suites.card
    qtbot.waitUntil(lambda: "browser" in card._state.text())
    for label in (card._state, card._source, card._siblings):
        qtbot.waitUntil(lambda label=label: label.height() >= label.heightForWidth(label.width()))
