"""Nothing typed is lost: it is on disk soon, comes back at the next start, and a banner says so."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.draft_file import DraftFile
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.models.folders import data_folder
from rb_studio.records.item_text import ItemText
from rb_studio.store import banks, operations
from rb_studio.store.workspace import Workspace
from tests.gui.memories.conftest import MakeRoom
from tests.gui.memories.type_and_wait import TYPED

START = 60_000  # milliseconds a starting program may take on a busy machine


def draft_files() -> list[Path]:
    return list((data_folder() / "drafts").glob("*.json"))


def kept_titles() -> list[str]:
    return [entry["text"]["title"] for path in draft_files() for entry in json.loads(path.read_text())["drafts"]]


def begin(room: MemoriesRoom, qtbot: QtBot, title: str = "Half a title") -> int:
    """Type over the first item's title."""
    item = room.model.ids[0]
    room.table.choose(item)
    qtbot.waitUntil(lambda: room.side.editor.item_id == item)
    room.side.editor.title.input.setText(title)
    return item


def next_start(room: MemoriesRoom, make_room: MakeRoom, qtbot: QtBot) -> MemoriesRoom:
    """The room as the next start builds it."""
    room.closing()
    room.frame.registry.remove([command.id for command in room.commands()])
    again = make_room(room.frame)
    qtbot.waitUntil(lambda: bool(again.model.ids))
    return again


def test_what_is_typed_is_on_disk_within_two_seconds_without_saving(room: MemoriesRoom, qtbot: QtBot) -> None:
    begin(room, qtbot)

    qtbot.waitUntil(lambda: kept_titles() == ["Half a title"], timeout=2000)


def test_steady_typing_is_kept_too(room: MemoriesRoom, qtbot: QtBot) -> None:
    begin(room, qtbot, "0")
    keys = iter(range(1, 1000))

    def one_more_key() -> bool:
        room.side.editor.title.input.setText(str(next(keys)))
        return bool(draft_files())

    qtbot.waitUntil(one_more_key, timeout=4000)


def test_a_killed_program_loses_nothing_that_was_typed(
    practised: Path, tmp_path: Path, make_frame, make_room: MakeRoom, qtbot: QtBot, frames
) -> None:
    path = tmp_path / "killed.rbank"
    path.write_bytes(practised.read_bytes())
    script = Path(__file__).with_name("type_and_wait.py")
    root = str(Path(__file__).resolve().parents[3])
    process = subprocess.Popen(
        [sys.executable, str(script), str(path)], env={**os.environ, "PYTHONPATH": root}, stderr=subprocess.DEVNULL
    )
    try:
        qtbot.waitUntil(lambda: bool(draft_files()) or process.poll() is not None, timeout=START)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with Workspace.open(path, write=True) as workspace:
        room = make_room(make_frame(workspace))

        qtbot.waitUntil(lambda: room.side.editor.title.text() == TYPED)
        assert room.panes.drafts.isVisible()
        assert "not saved yet: texts of 1 item." in room.panes.drafts.text.text()
        room.closing()
        frames.close()


def test_saving_from_the_banner_stores_every_text_and_forgets_the_drafts(
    room: MemoriesRoom, make_room: MakeRoom, stored, qtbot: QtBot
) -> None:
    item = begin(room, qtbot)
    room.side.editor.reason.setText("why")
    room.side.editor.reason.textEdited.emit("why")
    room.verbs.new_item()
    room.side.editor.title.input.setText("Begun")
    room.side.editor.content.input.setPlainText("Content")
    again = next_start(room, make_room, qtbot)
    assert "texts of 1 item and a new item" in again.panes.drafts.text.text()
    again.panes.drafts.save_button.click()

    qtbot.waitUntil(lambda: stored()[item].title == "Half a title")
    qtbot.waitUntil(lambda: any(row.title == "Begun" for row in stored().values()))
    qtbot.waitUntil(lambda: not again.panes.drafts.isVisible())
    again.closing()
    assert draft_files() == []
    reason = again.frame.session.workspace.reader().execute("SELECT reason FROM operation WHERE label LIKE 'Edit%'")
    assert [row[0] for row in reason] == ["why"]


def test_what_cannot_be_saved_yet_stays_a_draft_and_is_said(
    room: MemoriesRoom, make_room: MakeRoom, frame: Frame, qtbot: QtBot
) -> None:
    begin(room, qtbot, "")
    again = next_start(room, make_room, qtbot)
    again.panes.drafts.save_button.click()

    assert frame.toast.said[-1].startswith("One text lacks a title")
    assert again.panes.drafts.isVisible()
    assert len(again.editing.drafts) == 1


def test_discarding_from_the_banner_can_be_taken_back(
    room: MemoriesRoom, make_room: MakeRoom, frame: Frame, stored, qtbot: QtBot
) -> None:
    item = begin(room, qtbot)
    again = next_start(room, make_room, qtbot)
    qtbot.waitUntil(lambda: again.side.editor.title.text() == "Half a title")
    again.panes.drafts.discard_button.click()
    qtbot.waitUntil(lambda: again.side.editor.title.text() == stored()[item].title)
    assert not again.panes.drafts.isVisible()
    assert frame.toast.said[-1] == "Discarded one draft."
    assert frame.toast.act is not None
    frame.toast.act()

    qtbot.waitUntil(lambda: again.side.editor.title.text() == "Half a title")


def test_discarding_one_draft_can_be_taken_back(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    begin(room, qtbot)
    room.verbs.discard()
    qtbot.waitUntil(lambda: room.side.editor.title.text() not in ("", "Half a title"))
    assert frame.toast.act is not None
    frame.toast.act()

    qtbot.waitUntil(lambda: room.side.editor.title.text() == "Half a title")


def test_the_banner_shows_the_items_and_can_be_put_off(room: MemoriesRoom, make_room: MakeRoom, qtbot: QtBot) -> None:
    item = begin(room, qtbot)
    again = next_start(room, make_room, qtbot)
    again.panes.drafts.show_button.click()
    qtbot.waitUntil(lambda: again.model.ids == [item])
    again.panes.drafts.later_button.click()

    assert not again.panes.drafts.isVisible()
    assert len(again.editing.drafts) == 1


def test_a_draft_of_one_bank_is_not_shown_in_its_fork(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    item = begin(room, qtbot)
    frame.session.workspace.run(lambda db: banks.fork_bank(db, room.presenter.bank, "my fork"))
    room.show_place({"bank": "my fork"})
    qtbot.waitUntil(lambda: room.presenter.bank_name == "my fork" and room.model.ids != [])
    room.table.choose(item)
    qtbot.waitUntil(lambda: room.editing.detail is not None and room.editing.detail.row.id == item)

    assert room.side.editor.title.text() != "Half a title"
    assert "draft" not in room.bar.count.text()
    room.verbs.show_drafted()
    qtbot.waitUntil(lambda: room.side.editor.title.text() == "Half a title")


def test_a_text_typed_for_an_item_that_went_is_offered_as_a_new_one(
    room: MemoriesRoom, frame: Frame, stored, qtbot: QtBot
) -> None:
    room.verbs.new_item()
    room.side.editor.title.input.setText("Added")
    room.side.editor.content.input.setPlainText("Content")
    room.verbs.save()
    qtbot.waitUntil(lambda: any(row.title == "Added" for row in stored().values()))
    added = next(row.id for row in stored().values() if row.title == "Added")
    qtbot.waitUntil(lambda: room.editing.detail is not None and room.editing.detail.row.id == added)
    room.side.editor.title.input.setText("Better")
    frame.session.operate(lambda db: operations.undo(db, room.undo_scope()))
    qtbot.waitUntil(lambda: "A text was typed for items that are gone" in room.panes.drafts.text.text())
    room.panes.drafts.take_up_button.click()

    assert room.editing.item_id == 0
    assert room.side.editor.now().text == ItemText("Better", "", "Content")
    assert not room.panes.drafts.isVisible()


def test_a_workspace_open_for_reading_neither_takes_nor_touches_drafts(
    room: MemoriesRoom, make_frame, make_room: MakeRoom, frames, qtbot: QtBot
) -> None:
    begin(room, qtbot)
    room.drafting.close()
    path = room.frame.session.workspace.path
    with Workspace.open(path, write=False) as reading:
        other = make_room(make_frame(reading))
        qtbot.waitUntil(lambda: other.editing.detail is not None)

        assert other.side.editor.title.text() != "Half a title"
        assert other.side.editor.title.input.isReadOnly()
        assert not other.side.editor.save_button.isVisible()
        other.closing()
        assert kept_titles() == ["Half a title"]
        room.closing()
        frames.close()


def test_a_damaged_file_of_drafts_is_left_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = DraftFile(tmp_path, tmp_path / "a.rbank")
    file.path.write_text('{"drafts": [')

    assert file.read() == {}
    assert "could not be read" in caplog.text


def test_an_older_value_never_replaces_a_newer_one(tmp_path: Path) -> None:
    file = DraftFile(tmp_path / "drafts", tmp_path / "a.rbank")
    file.write({"drafts": [2]}, 2)
    file.write({"drafts": [1]}, 1)
    assert file.read() == {"drafts": [2]}
    file.write({"drafts": []}, 3)

    assert not file.path.exists()


def test_a_folder_that_cannot_be_written_is_said_once(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    data_folder().mkdir(parents=True, exist_ok=True)
    (data_folder() / "drafts").write_text("a file where the folder should be")
    begin(room, qtbot)

    qtbot.waitUntil(lambda: any("cannot be kept" in said for said in frame.toast.said))
