"""Notes by keyboard on a real workspace: put, changed, taken back, found again."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.trajectories.annotate import AnnotatePart
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.jobs.annotations import person
from rb_studio.records.anchors import anchor_at
from rb_studio.records.annotation import Kind, Note, Part
from rb_studio.records.label_set import STEPS, Label, LabelSet
from rb_studio.store import annotations, operations
from tests.gui.trajectories.test_view import go

ME = person()


@pytest.fixture
def part(room: TrajectoriesRoom, keys, qtbot, practised_rollout: Opened) -> AnnotatePart:
    go(room, qtbot, practised_rollout)
    return next(part for part in room.parts.all if isinstance(part, AnnotatePart))


@pytest.fixture
def notes(room: TrajectoriesRoom, qtbot, practised_rollout: Opened):
    """What stands in the workspace once everything asked is done."""

    def read() -> list[Note]:
        qtbot.waitUntil(lambda: room.frame.session.idle)
        uid = practised_rollout.row.uid
        return list(annotations.of_rollouts(room.frame.session.workspace.reader(), [uid])[uid])

    return read


def lane(room: TrajectoriesRoom, name: str) -> frozenset[int]:
    return room.panels.scrub.marked(name)


def undo(room: TrajectoriesRoom, qtbot, redo: bool = False) -> None:
    step = operations.redo if redo else operations.undo
    room.frame.session.operate(lambda db: step(db, "annotations"))
    qtbot.waitUntil(lambda: room.frame.session.idle)


def test_a_number_labels_the_step_and_once_more_takes_the_label_away(part, room, keys, notes) -> None:
    keys("J")
    keys("7")
    (note,) = notes()
    assert (note.kind, note.label_set, note.label, note.who) == (Kind.LABEL, "Steps", "Memory helped", ME)
    assert (note.anchor.part, note.anchor.step_number) == (Part.STEP, 2)
    assert lane(room, "labels") == {2}
    assert room.frame.toast.said[-1] == "Add label “Memory helped”: step 2."
    keys("7")
    assert notes() == []
    assert lane(room, "labels") == frozenset()
    room.frame.toast.act()
    assert [one.label for one in notes()] == ["Memory helped"]


def test_selected_steps_are_labelled_in_one_step_of_undo(part, room, keys, notes, qtbot) -> None:
    keys("Shift+J")
    keys("Shift+J")
    keys("2")
    assert [note.anchor.step_number for note in notes()] == [1, 2, 3]
    assert lane(room, "labels") == {1, 2, 3}
    undo(room, qtbot)
    assert notes() == []
    undo(room, qtbot, redo=True)
    assert len(notes()) == 3


def test_a_comment_is_on_what_was_selected_when_it_was_begun(part, room, keys, notes, qtbot) -> None:
    keys("C")
    editor = part.panel.editor
    assert editor.words.hasFocus()
    assert editor.heading.toolTip() == "Comment on step 1"
    qtbot.keyClicks(editor.words, "why 5 and not 6?")
    room.presenter.jump(3)
    keys("Ctrl+Return", editor.words)
    (note,) = notes()
    assert (note.comment, note.anchor.step_number) == ("why 5 and not 6?", 1)
    assert editor.isHidden()
    assert lane(room, "bookmarks") == {1}
    assert room.panels.scrub.hasFocus()


def test_what_is_typed_is_neither_lost_nor_put_elsewhere(part, room, keys, notes, qtbot) -> None:
    keys("C")
    editor = part.panel.editor
    qtbot.keyClicks(editor.words, "half")
    room.panels.scrub.setFocus()
    keys("T", room.panels.scrub)
    assert editor.words.hasFocus()
    assert "what you have begun" in room.frame.toast.said[-1]
    kept = part.place_to_keep()
    keys("Esc", editor.words)
    assert editor.isHidden()
    assert notes() == []
    part.restore_place(kept)
    assert editor.text == "half"
    editor.save()
    assert [note.comment for note in notes()] == ["half"]


def test_tags_ratings_and_the_first_wrong_step(part, room, keys, notes, qtbot) -> None:
    keys("T")
    qtbot.keyClicks(part.panel.editor.tag, "odd")
    keys("Return", part.panel.editor.tag)
    notes()
    room.panels.list.table.setFocus()
    keys("Alt+4")
    notes()
    keys("H")
    keys("Alt+2")
    notes()
    keys("E")
    keys("J")
    assert [note.value for note in notes()] == ["odd", "4", "2", "1"]
    keys("E")
    found = notes()
    assert [(str(note.kind), note.anchor.part, note.value) for note in found] == [
        ("tag", Part.STEP, "odd"),
        ("rating", Part.STEP, "4"),
        ("rating", Part.ROLLOUT, "2"),
        ("first_error", Part.STEP, "2"),
    ]
    assert lane(room, "first_error") == {2}


def test_selected_words_are_noted_on_stand_out_and_are_gone_back_to(part, room, keys, notes, qtbot) -> None:
    room.panels.step.show_tab("page")
    room.panels.step.pages.set_drawn(False)
    text = room.panels.step.pages.after.text
    cursor = QTextCursor(text.edit.document())
    cursor.setPosition(4)
    cursor.setPosition(12, QTextCursor.MoveMode.KeepAnchor)
    text.edit.setTextCursor(cursor)
    words = cursor.selectedText()
    keys("1")
    (note,) = notes()
    assert (note.anchor.part, note.anchor.step_number, note.anchor.quote) == (Part.OBSERVATION, 1, words)
    assert any(one.cursor.selectedText() == words for one in text.edit.extraSelections())
    keys("End")
    assert not any(one.cursor.selectedText() == words for one in text.edit.extraSelections())
    keys(".")
    assert room.presenter.step == 1
    assert text.edit.textCursor().selectedText() == words


def test_words_of_a_thought_stand_out_in_the_card(part, room, keys, notes, practised_rollout: Opened) -> None:
    card = room.panels.step.card
    words = practised_rollout.step(1).thought.split()[1]
    assert card.find_words(words)
    keys("3")
    (note,) = notes()
    assert (note.anchor.part, note.anchor.quote) == (Part.THOUGHT, words)
    assert [one.cursor.selectedText() for one in card.extraSelections()] == [words]


def test_words_of_a_reply_are_noted_on_where_they_stand(part, room, keys, notes, practised_rollout: Opened) -> None:
    room.panels.step.show_tab("reply")
    words = practised_rollout.step(1).thought[:20]
    assert room.panels.step.reply.find_words(words)
    keys("3")
    (note,) = notes()
    assert (note.anchor.part, note.anchor.step_number, note.anchor.quote) == (Part.THOUGHT, 1, words)


def test_words_that_stand_twice_are_noted_on_where_they_are_selected(
    part, room, keys, notes, practised_rollout
) -> None:
    card = room.panels.step.card
    thought = practised_rollout.step(1).thought
    assert thought.count("I ") > 1
    card.find("I ")
    card.find("I ")
    keys("4")
    (note,) = notes()
    assert (note.anchor.part, note.anchor.start) == (Part.THOUGHT, thought.index("I ", 1 + thought.index("I ")))
    assert [one.cursor.position() for one in card.extraSelections()] == [card.textCursor().position() - 1]


def test_notes_are_listed_with_author_and_history_changed_and_removed(part, room, keys, notes, qtbot) -> None:
    keys("1")
    notes()
    panel = part.panel
    keys("Shift+C")
    assert panel.current.note.label == "Key step"
    assert panel.remove_button.isEnabled()
    assert [panel.tree.topLevelItem(0).text(column) for column in range(3)] == ["■ Key step", "step 1", ME]
    room.frame.dialogs.answers = ["Loop"]
    keys("F2", panel.tree)
    assert [note.label for note in notes()] == ["Loop"]
    qtbot.waitUntil(lambda: "Change label “Loop”" in panel.about.toPlainText())
    assert "Add label “Key step”" in panel.about.toPlainText()
    keys("Del", panel.tree)
    assert notes() == []
    assert panel.tree.topLevelItemCount() == 0
    assert panel.status.text().startswith("Nothing is noted")
    undo(room, qtbot)
    assert [note.label for note in notes()] == ["Loop"]


def test_unbound_notes_are_listed_apart_and_never_dropped(part, room, frame: Frame, notes) -> None:
    place = anchor_at(room.presenter.opened.trajectory, Part.STEP, 2)
    frame.session.workspace.run(lambda db: annotations.add(db, place, Kind.TAG, label="lost", who="ben"))
    frame.session.workspace.run(lambda db: db.execute("UPDATE annotation SET step_key = 'x#1', quote = 'gone'").close())
    part._read()
    notes()
    top = part.panel.tree.topLevelItem(0)
    assert top.text(0) == "Its words are there no more (1)"
    assert top.child(0).text(0) == "# lost"
    assert lane(room, "labels") == frozenset()
    part.panel.tree.setCurrentItem(top.child(0))
    part._go(part.panel.current)
    assert "there no more" in room.frame.toast.said[-1]


def test_own_sets_of_labels_are_made_used_and_given_up(part, room, keys, notes, qtbot) -> None:
    part._sets.edit()
    dialog = part._sets.dialog
    dialog.new_button.click()
    assert not dialog.save_button.isEnabled()
    dialog.name.setText("Mine")
    qtbot.keyClicks(dialog.names[0], "Good")
    dialog.names[2].setText("Bad")
    assert dialog.typed() == LabelSet("Mine", (Label("Good"), Label("Bad")))
    dialog._tell()
    dialog.save_button.click()
    notes()
    assert part.panel.sets.currentText() == "Mine"
    assert room.frame.registry.action("trajectories.label.2").text() == "Label 2: Bad"
    assert not room.frame.registry.action("trajectories.label.3").isEnabled()
    room.frame.registry.action("trajectories.label.2").trigger()
    assert [note.label_set for note in notes()] == ["Mine"]
    for name in ("Steps", "Outcome", "Mine"):
        room.frame.registry.action("trajectories.labels.next").trigger()
        assert part.panel.sets.currentText() == name
    part._sets.edit()
    part._sets.dialog.delete_button.click()
    notes()
    assert part.panel.sets.currentText() == STEPS.name
    assert [note.label for note in notes()] == ["Bad"]


def test_who_judges_blind_sees_only_own_notes(part, room, frame: Frame, keys, notes) -> None:
    place = anchor_at(room.presenter.opened.trajectory, Part.STEP, 2)
    frame.session.operate(lambda db: annotations.add(db, place, Kind.TAG, label="hers", who="ann"))
    notes()
    keys("1")
    notes()
    assert part.panel.tree.topLevelItemCount() == 2
    part.blind.set(True)
    assert part.panel.tree.topLevelItemCount() == 1
    assert "1 note by others hidden" in part.panel.status.text()
    assert lane(room, "labels") == {1}


def test_nothing_can_be_noted_where_the_workspace_can_only_be_read(part, room, monkeypatch) -> None:
    monkeypatch.setattr(room.frame.session.workspace, "writable", False)
    room.frame.registry.refresh()
    for command in ("label.1", "comment", "tag", "first_error", "rate.1", "notes.merge"):
        assert not room.frame.registry.action(f"trajectories.{command}").isEnabled(), command
    assert room.frame.registry.action("trajectories.notes.export").isEnabled()


def test_a_click_on_a_label_puts_it(part, room, notes, qtbot) -> None:
    layout = part.panel.labels.layout()
    qtbot.mouseClick(layout.itemAt(3).widget(), Qt.MouseButton.LeftButton)
    assert [note.label for note in notes()] == ["Misread"]
