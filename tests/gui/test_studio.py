"""The application around the window: what is opened, refused, read, resumed, taken back."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QPushButton

from rb_studio.gui.review.cover import Cover
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.studio import Studio
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, curation, items, rollouts, runs
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import PRACTICE, ScriptedDialogs, let_go

LONG = 30_000


class Studios:
    """Studios in use; every one is closed as `app.run` closes it."""

    def __init__(self, qtbot) -> None:
        self._qtbot, self._made = qtbot, []

    def start(self, *paths: Path, wait: bool = True) -> Studio:
        studio = Studio(list(paths), dialogs=ScriptedDialogs())
        self._made.append(studio)
        studio.window.show()
        if wait:
            self._qtbot.waitUntil(lambda: studio.frame is not None, timeout=LONG)
        return studio

    def end(self) -> None:
        for studio in self._made:
            studio.close()
            studio.window.hide()
            studio.window.deleteLater()
            studio.deleteLater()
        self._made.clear()
        let_go()


@pytest.fixture
def studios(qapp, qtbot):
    made = Studios(qtbot)
    yield made
    made.end()


@pytest.fixture
def path(practised: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "mine.rbank"
    shutil.copyfile(practised, copy)
    return copy


def said(widget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def test_what_is_no_workspace_is_said_with_ways_on_and_the_window_stays(studios, tmp_path, qtbot):
    letter = tmp_path / "letter.rbank"
    letter.write_text("Dear all", "utf-8")
    studio = studios.start(letter, wait=False)
    qtbot.waitUntil(lambda: "letter.rbank is not a workspace" in said(studio.window.centralWidget()), timeout=LONG)
    buttons = studio.window.centralWidget().findChildren(QPushButton)
    assert [button.text().replace("&", "") for button in buttons][:1] == ["Open\u2026"]
    assert letter.read_text("utf-8") == "Dear all"
    made = tmp_path / "made.rbank"
    studio.dialogs.saves = [made]
    next(button for button in buttons if "New" in button.text()).click()
    qtbot.waitUntil(lambda: studio.frame is not None, timeout=LONG)
    assert studio.frame.session.workspace.path == made


def test_a_workspace_that_is_not_there_any_more_is_named_at_the_next_start(studios, path, qtbot):
    studios.start(path)
    studios.end()
    path.unlink()
    studio = studios.start(wait=False)
    qtbot.waitUntil(lambda: "not there any more" in said(studio.window.centralWidget()), timeout=LONG)
    assert str(path) in said(studio.window.centralWidget())
    assert studio.frame is None


def test_the_second_opener_reads_and_title_and_status_bar_say_so(studios, path):
    with Workspace.open(path, write=True):
        studio = studios.start(path)
        assert not studio.frame.session.workspace.writable
        assert studio.window.windowTitle().startswith("mine (read-only)")
        assert "mine.rbank (read-only)" in said(studio.window.statusBar())
        studio.open_paths([path.with_name("x.json")])
        assert "only be read" in studio.window.toast.text()
        studios.end()


def test_a_workspace_deleted_under_the_window_is_saved_whole_elsewhere(studios, path, tmp_path, qtbot):
    studio = studios.start(path)
    before = len(rollouts.rollout_rows(studio.frame.session.workspace.reader()))
    path.unlink()
    bench = studio._bench
    qtbot.waitUntil(lambda: bench.presence.lost, timeout=LONG)
    assert "mine.rbank was deleted" in said(studio.window.centralWidget())
    assert not studio.window.close()
    assert studio.dialogs.asked[-1][0] == "mine.rbank is gone from where it was."
    studio.dialogs.saves = [tmp_path / "saved.rbank"]
    next(b for b in studio.window.centralWidget().findChildren(QPushButton) if "Save as" in b.text()).click()
    qtbot.waitUntil(lambda: studio.window.windowTitle().startswith("saved"), timeout=LONG)
    assert len(rollouts.rollout_rows(studio.frame.session.workspace.reader())) == before
    assert studio.may_close()


def test_dropped_trajectories_are_on_screen_though_their_room_was_never_shown(studios, path, samples, qtbot):
    studio = studios.start(path)
    window = studio.window
    assert "trajectories" not in window.rooms
    found = next((samples / "mini-swe-agent").rglob("*.traj.json"))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(found))])
    args = (QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(QDropEvent(*args))
    qtbot.waitUntil(lambda: window.present_room is window.rooms.get("trajectories"), timeout=LONG)
    assert window.toast.text() == "Read 1 rollout from 1 file."
    room, conn = window.present_room, studio.frame.session.workspace.reader()
    (read,) = [row.uid for row in rollouts.rollout_rows(conn) if runs.run(conn, row.run).foreign_key]
    qtbot.waitUntil(lambda: room.place_to_keep().get("rollout") == read, timeout=LONG)


def test_a_folder_is_chosen_by_keyboard_and_what_it_holds_of_one_run_becomes_one(studios, path, samples, qtbot):
    studio = studios.start(path)
    folder = samples / "mini-swe-agent" / "v1.1_runs" / "deepseek_chat_dev_rerun"
    studio.dialogs.files = [[folder]]
    studio.window.registry.action("file.open_folder").trigger()
    qtbot.waitUntil(lambda: "rollout" in studio.window.toast.text(), timeout=LONG)
    rows = runs.runs(studio.frame.session.workspace.reader())
    assert sum(row.foreign_key is not None for row in rows) == 1


def test_files_named_on_the_command_line_are_read_into_the_workspace_named_with_them(studios, path, samples, qtbot):
    found = sorted((samples / "mini-swe-agent").rglob("*.traj.json"))[:2]
    studio = studios.start(path, *found)
    qtbot.waitUntil(lambda: "Read 2 rollouts from 2 files." in studio.window.toast.text(), timeout=LONG)
    assert studio.window.present_room.name == "trajectories"


def test_undo_is_named_after_the_act_and_tells_what_it_took_back(studios, path, qtbot):
    studio = studios.start(path)
    registry, conn = studio.window.registry, studio.frame.session.workspace.reader()
    assert not registry.action("edit.undo").isEnabled()
    studio.window.show_room("memories")
    bank = banks.find_bank(conn, "reasoningbank").id
    one = items.list_items(conn, bank, limit=1)[0]
    studio.frame.session.operate(lambda db: curation.set_state(db, bank, [one.id], ItemState.ARCHIVED))
    qtbot.waitUntil(registry.action("edit.undo").isEnabled, timeout=LONG)
    name = registry.action("edit.undo").text().removeprefix("&Undo ")
    assert len(name) > 5
    registry.action("edit.undo").trigger()
    qtbot.waitUntil(registry.action("edit.redo").isEnabled, timeout=LONG)
    assert items.item(conn, bank, one.id).state == "active"
    assert registry.action("edit.redo").text() == f"&Redo {name}"
    studio.window.show_room("tasks")
    qtbot.waitUntil(lambda: registry.action("edit.redo").text() == "&Redo", timeout=LONG)


def test_rooms_that_tell_are_covered_from_who_judges_blind(studios, path, qtbot):
    studio = studios.start(path)
    window, blind = studio.window, reviews_of(studio.frame).blind
    window.show_room("memories")
    blind.set(True)
    window.show_room("scaling")
    assert window.covered
    assert "Scaling tells" in said(window.centralWidget())
    assert not any(command.where == "scaling" for command in window.registry.commands())
    back, seen = window.centralWidget().findChildren(Cover)[0].findChildren(QPushButton)
    back.click()
    assert (window.present_room.name, window.covered) == ("trajectories", False)
    window.show_room("memories")
    assert window.covered
    assert window.undo_scope() is None
    seen.click()
    assert not blind.on
    assert (window.present_room.name, window.covered) == ("memories", False)
    assert window.undo_scope() == "memories"


def test_a_run_that_was_cut_off_is_offered_at_the_next_start_and_goes_on(studios, path, qtbot):
    with Workspace.open(path, write=True) as workspace:
        last = runs.runs(workspace.reader())[-1].id
        workspace.run(lambda db: runs.set_run_status(db, last, "running"))
    studio = studios.start(path)
    status, registry = studio._bench._status, studio.window.registry
    qtbot.waitUntil(lambda: "was interrupted" in status.text(), timeout=LONG)
    assert status.text() == f"Run {last} (reasoningbank) was interrupted"
    blind = reviews_of(studio.frame).blind
    blind.set(True)
    assert status.text() == "A run was interrupted"
    assert "reasoningbank" not in status._label.toolTip()
    assert registry.action("run.resume").isEnabled()
    studio.frame.settings = lambda: PRACTICE
    registry.action("run.resume").trigger()
    qtbot.waitUntil(lambda: studio.frame.jobs.state is not None and not studio.frame.jobs.active, timeout=LONG)
    conn = studio.frame.session.workspace.reader()
    assert runs.run(conn, last).status == "finished"
    qtbot.waitUntil(lambda: not registry.action("run.resume").isEnabled(), timeout=LONG)
    assert status.text() == "A job: finished"
    assert "reasoningbank" not in status._label.toolTip()
    blind.set(False)
    assert status.text().endswith("resumed: finished")


def test_the_room_and_the_log_dock_come_back_at_the_next_start(studios, path, qtbot):
    studio = studios.start(path)
    studio.window.show_room("verdicts")
    studio.window.registry.action("view.log").trigger()
    assert studio.desk.log_shown()
    assert studio.window.close()
    studios.end()
    again = studios.start()
    assert again.frame.session.workspace.path == path
    assert again.window.present_room.name == "verdicts"
    assert again.desk.log_shown()


def test_a_data_folder_that_cannot_be_written_to_costs_the_log_and_not_the_window(studios, path, tmp_path, monkeypatch):
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be", "utf-8")
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(in_the_way))
    studio = studios.start(path)
    assert studio.window.present_room is not None
    assert "no log is kept" in studio._backstage.log_dock.tail()


def test_the_files_opened_lately_are_in_the_menu_and_can_be_forgotten(studios, path):
    studio = studios.start(path)
    lately = studio.menus._lately
    lately.aboutToShow.emit()
    assert lately.actions()[0].text() == "&1 mine.rbank"
    lately.actions()[-1].trigger()
    assert studio.recent.paths() == []


def test_every_command_of_every_room_is_in_a_menu_and_no_two_in_a_room_share_a_key(studios, path, qtbot):
    studio = studios.start(path)
    registry = studio.window.registry
    for name in ("tasks", "trajectories", "verdicts", "memories", "scaling"):
        studio.window.show_room(name)
        keys = Counter()
        for one in registry.commands():
            mode = one.id.startswith("memory.review.")  # on while candidates are reviewed, when the table's are off
            assert not mode or not registry.action(one.id).isEnabled(), one.id
            keys.update((mode, key.toString()) for key in registry.action(one.id).shortcuts())
        assert not [key for key, times in keys.items() if times > 1]
    shown = {action for menu in studio.menus._menus.values() for action in menu.actions()}
    assert all(registry.action(one.id) in shown for one in registry.all())
