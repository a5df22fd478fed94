"""Memories in and out of files: nothing is written before it was shown."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.export_dialog import FORMS, ExportDialog
from rb_studio.gui.rooms.memories.import_dialog import ImportDialog
from rb_studio.gui.rooms.memories.incoming import meeting, read_files
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.exporting import EXPORTS, Choice
from rb_studio.store import curation, snapshots
from rb_studio.store.items import ItemRow
from rb_studio.store.operations import last_operation

Stored = Callable[[], dict[int, ItemRow]]


def exported(room: MemoriesRoom, frame: Frame, path: Path) -> Path:
    EXPORTS["memories"]["jsonl"](frame.session.workspace, path, Choice(bank=room.bank(), vectors=False))
    return path


def changed(path: Path, change: Callable[[dict[str, object], int], None]) -> Path:
    """The same file with its items altered."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, item in enumerate(line for line in lines if "content" in line):
        change(item, number)
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return path


def asked(room: MemoriesRoom, frame: Frame, qtbot: QtBot, path: Path) -> ImportDialog:
    frame.dialogs.files.append([path])
    frame.registry.action("memory.import").trigger()
    qtbot.waitUntil(lambda: bool(room.findChildren(ImportDialog)))
    dialog = room.findChild(ImportDialog)
    qtbot.waitUntil(lambda: bool(dialog.met.text()))
    return dialog


def operations(frame: Frame) -> int:
    return last_operation(frame.session.workspace.reader())


def test_a_file_that_says_what_is_there_changes_nothing(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = asked(room, frame, qtbot, exported(room, frame, tmp_path / "same.jsonl"))

    assert "there already, just so" in dialog.met.text()
    assert not dialog.import_button.isEnabled()
    assert "same.jsonl" in dialog.what.toPlainText()
    dialog.reject()


def test_collisions_are_decided_one_by_one_and_written_in_one_step(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot, tmp_path: Path
) -> None:
    def alter(item: dict[str, object], number: int) -> None:
        if number < 3:
            item["title"] = f"Incoming {number}"

    before = {row.uid: row.title for row in stored().values()}
    path = changed(exported(room, frame, tmp_path / "other.jsonl"), alter)
    begun = operations(frame)
    dialog = asked(room, frame, qtbot, path)
    qtbot.waitUntil(lambda: dialog.tree.topLevelItemCount() == 3)
    assert "3 there with other values" in dialog.met.text()
    assert set(dialog.choices().values()) == {"keep"}
    assert "Incoming 0" in dialog.diff.toPlainText()
    for place, key in ((0, Qt.Key.Key_T), (1, Qt.Key.Key_B)):
        dialog.tree.clearSelection()
        dialog.tree.setCurrentItem(dialog.tree.topLevelItem(place))
        qtbot.keyClick(dialog.tree, key)
    assert sorted(dialog.choices().values()) == ["both", "keep", "take"]
    assert dialog.import_button.text() == "&Import 2 items"
    assert operations(frame) == begun
    dialog.import_button.click()

    qtbot.waitUntil(lambda: bool(frame.toast.said))
    assert operations(frame) == begun + 1
    titles = [row.title for row in stored().values()]
    assert len(titles) == len(before) + 1
    assert sorted(title for title in titles if title.startswith("Incoming")) == ["Incoming 0", "Incoming 1"]
    qtbot.waitUntil(lambda: frame.toast.act is not None)
    frame.toast.act()
    qtbot.waitUntil(lambda: {row.uid: row.title for row in stored().values()} == before)


def test_buttons_decide_for_all_at_once(room: MemoriesRoom, frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    path = changed(exported(room, frame, tmp_path / "o.jsonl"), lambda item, _: item.update(title="X"))
    dialog = asked(room, frame, qtbot, path)
    qtbot.waitUntil(lambda: dialog.tree.topLevelItemCount() > 3)
    dialog.buttons["take"].click()
    assert set(dialog.choices().values()) == {"take"}
    dialog.buttons["keep"].click()
    assert set(dialog.choices().values()) == {"keep"}
    dialog.reject()


def test_an_item_of_another_uid_with_the_same_text_is_asked_about(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot, tmp_path: Path
) -> None:
    path = exported(room, frame, tmp_path / "copies.jsonl")
    read = read_files([path])
    conn = frame.session.workspace.reader()
    assert read.file is not None
    first = read.file.experiences[0]
    strange = replace(
        read.file,
        experiences=(
            replace(
                first,
                uid="another",
                items=(
                    replace(first.items[0], uid="copy-of-it"),
                    replace(first.items[0], uid="really-new", title="New"),
                ),
            ),
        ),
    )
    met = meeting(conn, strange, room.presenter.bank_name)
    assert [(one.why, one.incoming.uid, one.answers) for one in met.questions] == [
        ("text", "copy-of-it", ("keep", "both"))
    ]
    assert met.fresh == ("really-new",)

    from rb_studio.gui.rooms.memories.incoming import bring_in

    name = room.presenter.bank_name
    frame.session.workspace.run(lambda db: bring_in(db, strange, name, {"copy-of-it": "keep"}))
    assert {"copy-of-it", "really-new"} & {row.uid for row in stored().values()} == {"really-new"}


def test_another_bank_can_take_the_items(room: MemoriesRoom, frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = asked(room, frame, qtbot, exported(room, frame, tmp_path / "a.jsonl"))
    dialog.bank.setEditText("elsewhere")
    assert not dialog.import_button.isEnabled()
    qtbot.waitUntil(lambda: "The bank is begun" in dialog.met.text())
    dialog.import_button.click()

    qtbot.waitUntil(lambda: room.presenter.bank_name == "elsewhere")


def test_a_file_without_memories_goes_the_way_of_all_files(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot, tmp_path: Path
) -> None:
    opened: list[list[Path]] = []
    frame.open_paths = opened.append
    path = tmp_path / "notes.txt"
    path.write_text("nothing of ours", encoding="utf-8")
    frame.dialogs.files.append([path])
    frame.registry.action("memory.import").trigger()

    qtbot.waitUntil(lambda: opened == [[path]])
    assert not room.findChildren(ImportDialog)


def test_files_that_are_dropped_are_shown_first(room: MemoriesRoom, frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    path = exported(room, frame, tmp_path / "dropped.jsonl")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    begun = operations(frame)
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *how)
    QApplication.sendEvent(room, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(room, QDropEvent(QPointF(5, 5), *how))

    qtbot.waitUntil(lambda: bool(room.findChildren(ImportDialog)))
    dialog = room.findChild(ImportDialog)
    qtbot.waitUntil(lambda: bool(dialog.met.text()))
    assert operations(frame) == begun
    dialog.reject()


def test_files_that_are_opened_anywhere_are_shown_first(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot, tmp_path: Path
) -> None:
    path = exported(room, frame, tmp_path / "opened.jsonl")
    room.show_place({"files": [str(path)]})

    qtbot.waitUntil(lambda: bool(room.findChildren(ImportDialog)))
    dialog = room.findChild(ImportDialog)
    assert dialog.bank.currentText() == "imported"
    dialog.reject()


def export_dialog(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> ExportDialog:
    frame.registry.refresh()
    frame.registry.action("memory.export").trigger()
    qtbot.waitUntil(lambda: any(one.isVisible() for one in room.findChildren(ExportDialog)))
    return next(one for one in room.findChildren(ExportDialog) if one.isVisible())


def export(room: MemoriesRoom, frame: Frame, qtbot: QtBot, key: str, target: Path) -> str:
    dialog = export_dialog(room, frame, qtbot)
    dialog.form.setCurrentIndex([dialog.form.itemData(place).key for place in range(dialog.form.count())].index(key))
    frame.dialogs.saves.append(target)
    said = len(frame.toast.said)
    dialog.export_button.click()
    qtbot.waitUntil(lambda: len(frame.toast.said) > said)
    return str(frame.toast.said[-1])


def test_every_format_the_engine_has_is_offered(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    dialog = export_dialog(room, frame, qtbot)

    assert [dialog.form.itemData(place).key for place in range(dialog.form.count())] == [form.key for form in FORMS]
    assert {form.key for form in FORMS} == set(EXPORTS["memories"])
    dialog.reject()


def test_the_selection_is_exported_whole_and_alone(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot, tmp_path: Path
) -> None:
    room.table.selectRow(0)
    room.table.selectionModel().select(
        room.model.index(1, 0),
        room.table.selectionModel().SelectionFlag.Select | room.table.selectionModel().SelectionFlag.Rows,
    )
    titles = [stored()[item].title for item in room.model.ids[:2]]
    for key, name, written in (
        ("jsonl", "a", "a.jsonl"),
        ("md", "a.md", "a.md"),
        ("csv", "a.csv", "a.csv"),
        ("agents-md", "AGENTS.md", "AGENTS.md"),
        ("official", "b.jsonl", "b.jsonl"),
    ):
        said = export(room, frame, qtbot, key, tmp_path / name)
        assert said == f"Wrote 2 memories to {tmp_path / written}."
        text = (tmp_path / written).read_text(encoding="utf-8")
        assert all(title in text for title in titles), key
    assert len(list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))) == 2


def test_what_matches_or_the_bank_at_a_snapshot_is_exported(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot, tmp_path: Path
) -> None:
    bank, ids = room.bank(), list(room.model.ids)
    frame.session.workspace.run(lambda db: snapshots.take_snapshot(db, bank, "all of it"))
    frame.session.workspace.run(lambda db: curation.set_state(db, bank, ids[:4], "deleted"))
    room.presenter.set_query(f"id:{ids[5]}")
    qtbot.waitUntil(lambda: room.model.ids == [ids[5]])
    assert export(room, frame, qtbot, "csv", tmp_path / "one.csv").startswith("Wrote 1 memory")

    dialog = export_dialog(room, frame, qtbot)
    assert not dialog.at.isEnabled()
    dialog.whole.setChecked(True)
    dialog.at.setCurrentIndex(dialog.at.findText("all of it"))
    frame.dialogs.saves.append(tmp_path / "all.jsonl")
    dialog.export_button.click()
    qtbot.waitUntil(lambda: frame.toast.said[-1] == f"Wrote {len(ids)} memories to {tmp_path / 'all.jsonl'}.")


def test_what_cannot_be_written_is_said(room: MemoriesRoom, frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    assert "missing" in export(room, frame, qtbot, "csv", tmp_path / "missing" / "a.csv")
