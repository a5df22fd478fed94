"""The sheet of keys, and every key on it: pressed in the real window, the right command runs and something is seen."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from rb_studio.gui.commands.elsewhere import Elsewhere
from rb_studio.gui.dialogs.key_sheet import Key, KeySheet, keys_of
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.studio import Studio
from rb_studio.gui.window import ROOMS
from tests.gui.conftest import ScriptedDialogs, let_go

LONG = 30_000
STEP = 2


@pytest.fixture
def studio(practised: Path, tmp_path: Path, qtbot) -> Iterator[Studio]:
    path = tmp_path / "mine.rbank"
    shutil.copyfile(practised, path)
    made = Studio([path], dialogs=ScriptedDialogs())
    made.stored.setValue(f"room/{path}", "trajectories")
    made.window.resize(1280, 800)
    made.window.show()
    qtbot.waitUntil(lambda: made.frame is not None, timeout=LONG)
    with qtbot.waitActive(made.window):
        made.window.activateWindow()
    yield made
    put_away()
    made.close()
    made.window.hide()
    made.window.deleteLater()
    made.deleteLater()
    let_go()


def opened() -> list[QWidget]:
    """Dialogs and menus on screen."""
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog | QMenu) and one.isVisible()]


def put_away() -> None:
    for one in opened():
        one.reject() if isinstance(one, QDialog) else one.close()


def seen(studio: Studio) -> str:
    """What a person sees, hears and has in the clipboard, as far as it can be told in words."""
    room, focus = studio.window.present_room, QApplication.focusWidget()
    parts = [
        room.name if room is not None else "",
        json.dumps(room.place_to_keep(), default=str, sort_keys=True) if room is not None else "",
        f"{type(focus).__name__} {focus.accessibleName()}" if focus is not None else "",
        [(type(one).__name__, one.windowTitle()) for one in opened()],
        studio.dialogs.asked,
        studio.window.toast.text(),
        QGuiApplication.clipboard().text(),
        [one.isVisible() for one in room.findChildren(QWidget)] if room is not None else [],
        str(studio.window.windowState()),
    ]
    return json.dumps([*parts, more(studio)], default=str)


def more(studio: Studio) -> list[object]:
    """What is only in the room of trajectories."""
    room = studio.window.rooms["trajectories"]
    presenter, panels = room.presenter, room.panels
    rows = studio.frame.session.workspace.reader().execute("SELECT count(*), max(op_from) FROM annotation_version")
    return [
        presenter.step,
        presenter.wanted,
        presenter.selected,
        presenter.playing,
        presenter.follow,
        panels.shown,
        panels.step.reading.kept(),
        panels.step.card.textCursor().selectionStart(),
        panels.step.prompt.text.top,
        [str(pane.text.selected()) for pane in (panels.step.pages.before, panels.step.pages.after)],
        [button.isChecked() for button in panels.findChildren(QWidget) if hasattr(button, "isChecked")],
        reviews_of(studio.frame).blind.on,
        str(reviews_of(studio.frame).queue("trajectories")),
        tuple(rows.fetchone()),
    ]


class Walk:
    """The room of trajectories in a state in which a key has something to do."""

    def __init__(self, studio: Studio, qtbot) -> None:
        self.studio, self.qtbot = studio, qtbot
        self.room = studio.window.show_room("trajectories")
        row = studio.frame.session.workspace.reader().execute(
            "SELECT r.id FROM rollout r JOIN step s ON s.rollout = r.id JOIN blob b ON b.id = r.memory_block "
            "WHERE b.size > 0 GROUP BY r.id HAVING count(*) >= 4 ORDER BY r.id"
        )
        self.rollout = row.fetchone()[0]

    def part(self, name: str):
        return next(one for one in self.room.parts.all if type(one).__name__ == name)

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: self.studio.frame.session.idle, timeout=LONG)

    def begin(self) -> None:
        """The player at a step in the middle, the keyboard in the list."""
        put_away()
        with self.qtbot.waitActive(self.studio.window):
            self.studio.window.activateWindow()
        studio, room = self.studio, self.studio.window.show_room("trajectories")
        reviews_of(studio.frame).blind.set(False)
        presenter = room.presenter
        presenter.set_follow(False)
        presenter.set_playing(False)
        room.list_presenter.clear()
        room.panels.show_list(True)
        room.panels.show_details(True)
        room.panels.bring("step")
        room.panels.bring("details")
        room.panels.bring("list")
        room.panels.step.set_level("full")
        room.panels.step.show_tab("page")
        presenter.open(self.rollout, STEP)
        self.qtbot.waitUntil(lambda: presenter.opened is not None and presenter.opened.id == self.rollout)
        presenter.jump(STEP)
        self.settle()
        QGuiApplication.clipboard().setText("")
        studio.window.toast.hide()
        studio.dialogs.asked.clear()
        room.panels.list.table.setFocus()
        studio.window.registry.refresh()

    def find(self) -> None:
        find = self.part("FindPart")
        find.bar.line.setText("link")
        self.qtbot.waitUntil(lambda: len(find._found.hits) > 2)
        self.room.panels.list.table.setFocus()

    def find_everywhere(self) -> None:
        part = self.part("FindEverywherePart")
        part.open()
        for action in part.panel.fields.menu().actions():
            action.setChecked(action.data() == "observation")
        part.panel.line.setText("link")
        part.panel.asked.emit()
        self.qtbot.waitUntil(lambda: part.panel.model.rowCount() > 4)
        self.settle()
        self.settle()
        part.panel.view.step(1)
        part.panel.view.step(1)
        self.settle()
        self.studio.window.registry.refresh()
        self.room.panels.list.table.setFocus()

    def jump(self) -> None:
        self.room.presenter.jump(self.room.presenter.opened.count)
        self.room.presenter.jump(1)
        self.studio.window.registry.refresh()

    def go_back(self) -> None:
        self.jump()
        self.studio.window.registry.action("trajectories.jump.back").trigger()

    def select_two(self) -> None:
        table, model = self.room.panels.list.table, self.room.panels.list.model
        rows = [row for row in range(model.rowCount()) if model.id_at(row) is not None][:2]
        table.clearSelection()
        flags = table.selectionModel().SelectionFlag
        for row in rows:
            table.selectionModel().select(model.index(row, 0), flags.Select | flags.Rows)
        self.studio.window.registry.refresh()

    def compare(self) -> None:
        self.select_two()
        self.studio.window.registry.action("trajectories.compare").trigger()
        self.settle()
        self.qtbot.waitUntil(lambda: self.room.panels.wide)
        self.studio.window.registry.refresh()

    def review(self) -> None:
        self.studio.dialogs.answers = ["As listed"]
        self.studio.window.registry.action("trajectories.queue.begin").trigger()
        self.settle()
        self.studio.window.registry.refresh()

    def reviewed_one(self) -> None:
        self.review()
        self.studio.window.registry.action("trajectories.queue.next").trigger()
        self.settle()
        self.studio.window.registry.refresh()

    def note(self) -> None:
        self.studio.window.registry.action("trajectories.label.1").trigger()
        self.settle()
        self.room.presenter.jump(STEP + 1)
        self.studio.window.registry.refresh()

    def two_notes(self) -> None:
        self.note()
        self.studio.window.registry.action("trajectories.label.2").trigger()
        self.settle()
        self.room.presenter.jump(1)
        self.studio.window.registry.refresh()

    def another_tab(self) -> None:
        self.room.panels.step.show_tab("reply")

    def compare_elsewhere(self) -> None:
        self.compare()
        self.studio.window.registry.action("trajectories.compare.next").trigger()
        self.settle()

    def second_rollout(self) -> None:
        self.studio.window.registry.action("trajectories.rollout.next").trigger()
        self.settle()


FIRST: dict[str, Callable[[Walk], None]] = {
    "trajectories.find.next": Walk.find,
    "trajectories.find.back": Walk.find,
    "trajectories.everywhere.next": Walk.find_everywhere,
    "trajectories.everywhere.back": Walk.find_everywhere,
    "trajectories.jump.back": Walk.jump,
    "trajectories.jump.forward": Walk.go_back,
    "trajectories.compare": Walk.select_two,
    "trajectories.compare.divergence": Walk.compare_elsewhere,
    "trajectories.compare.next": Walk.compare,
    "trajectories.compare.back": Walk.compare,
    "trajectories.compare.distil": Walk.compare,
    "trajectories.queue.next": Walk.review,
    "trajectories.queue.skip": Walk.review,
    "trajectories.queue.back": Walk.reviewed_one,
    "trajectories.notes.next": Walk.two_notes,
    "trajectories.notes.back": Walk.two_notes,
    "trajectories.rollout.back": Walk.second_rollout,
    "trajectories.tab.page": Walk.another_tab,
}
# What a person has to wait for: the continuations of a fork, which a job makes.
AFTER_A_JOB = {"trajectories.fork.compare": "No fork is shown now."}


def test_every_key_of_the_room_of_trajectories_does_what_the_sheet_says(studio: Studio, qtbot) -> None:
    walk = Walk(studio, qtbot)
    walk.begin()
    registry = studio.window.registry
    room_keys = [key for key in keys_of(registry) if registry.command(key.id).where == "trajectories"]
    assert len(room_keys) > 60
    silent = []
    for key in room_keys:
        for pressed in registry.action(key.id).shortcuts():
            walk.begin()
            FIRST.get(key.id, lambda _walk: None)(walk)
            silent += _press(studio, qtbot, key, pressed)
    assert not silent, "\n".join(["", *silent])


def _press(studio: Studio, qtbot, key: Key, pressed: QKeySequence) -> list[str]:
    """Press a key; what is wrong about it."""
    action, done = studio.window.registry.action(key.id), []
    triggered = action.triggered.connect(lambda: done.append(key.id))
    before = seen(studio)
    qtbot.keySequence(QApplication.focusWidget() or studio.window, pressed)
    action.triggered.disconnect(triggered)
    said = f"{key.id} {pressed.toString()}"
    if key.id in AFTER_A_JOB:
        wrong = done or action.toolTip().partition("\n")[2] != AFTER_A_JOB[key.id]
        return [f"{said}: it says {action.toolTip()}"] if wrong else []
    if done != [key.id]:
        return [f"{said}: did not run, {'enabled' if action.isEnabled() else action.toolTip()}"]
    try:
        qtbot.waitUntil(lambda: seen(studio) != before, timeout=3000)
    except Exception:  # noqa: BLE001 - all keys are to be told, not the first one
        return [f"{said}: nothing is seen of it"]
    return []


def test_the_sheet_opens_by_its_key_is_searched_and_does_what_is_chosen(studio: Studio, qtbot) -> None:
    walk = Walk(studio, qtbot)
    walk.begin()
    qtbot.keyClicks(walk.room.panels.list.table, "?")
    sheet = next(one for one in opened() if isinstance(one, KeySheet))
    assert {key.room for key in sheet.shown} == {*(offer.title for offer in ROOMS.values()), "every room"}
    qtbot.keyClicks(sheet.line, "prompt as sent")
    assert [(key.keys, key.room) for key in sheet.shown] == [("P", "Trajectories")]
    qtbot.keyClick(sheet.line, Qt.Key.Key_Return)
    assert walk.room.panels.step.tab == "prompt"
    qtbot.waitUntil(lambda: not opened())
    qtbot.keyClicks(walk.room.panels.list.table, "?")
    sheet = next(one for one in opened() if isinstance(one, KeySheet))
    qtbot.keyClicks(sheet.line, "no such thing")
    assert sheet.table.rowCount() == 0
    sheet.reject()


def test_the_sheet_holds_every_key_of_every_room_once(studio: Studio) -> None:
    registry = studio.window.registry
    elsewhere = Elsewhere(studio.window)
    found = list(keys_of(registry, elsewhere))
    assert len({(key.id, key.room) for key in found}) == len(found)
    for room in ROOMS:
        studio.window.show_room(room)
        stood_for = {command.instead_of for command in registry.all()}
        own = {command.id for command in registry.of(room) if command.shortcut} - stood_for
        assert own <= {key.id for key in found}, room
    elsewhere.deleteLater()


@pytest.mark.parametrize("name", [name for name in ROOMS if name != "trajectories"])
def test_every_key_of_the_other_rooms_runs_its_command_or_says_why_not(studio: Studio, qtbot, name: str) -> None:
    """A letter reaches its command from the room's own place; what cannot be done now gives a reason."""
    registry, window = studio.window.registry, studio.window
    window.show_room(name)
    qtbot.waitUntil(lambda: studio.frame.session.idle, timeout=LONG)
    for command in [one for one in registry.of(name) if one.shortcut]:
        for pressed in registry.action(command.id).shortcuts():
            window.show_room(name)
            qtbot.waitUntil(lambda: studio.frame.session.idle, timeout=LONG)
            put_away()  # what the key before asked opens once it is read
            with qtbot.waitActive(window):
                window.activateWindow()
            registry.refresh()
            action, done = registry.action(command.id), []
            if not action.isEnabled():
                assert command.why(), f"{command.id} is disabled and does not say why"
                continue
            triggered = action.triggered.connect(lambda *_, ran=done: ran.append(True))
            qtbot.keySequence(QApplication.focusWidget() or window, pressed)
            action.triggered.disconnect(triggered)
            assert done, f"{command.id} {pressed.toString()}"
