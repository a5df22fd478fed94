"""The what-if of the window: every part of the answer, leaving out, two answers side by side."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import what_if_answers
from rb_studio.gui.rooms.memories.points import Points, comparing
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.gui.rooms.memories.what_if_answers import Known, Shown
from rb_studio.gui.rooms.memories.what_if_compare_part import ComparePart
from rb_studio.gui.rooms.memories.what_if_list import UIDS
from rb_studio.records.memory import ItemState
from rb_studio.store.items import ItemRow
from rb_studio.store.relevance import relevance
from rb_studio.store.snapshots import take_snapshot

TASK = "Which product has the highest price?"


def ask(room: MemoriesRoom, qtbot: QtBot, **settings: object) -> Shown:
    panel = room.side.what_if
    panel.shown = None
    panel.set_task(TASK)
    panel.form.restore({"n": 1, **settings})
    panel.ask()
    qtbot.waitUntil(lambda: panel.shown is not None)
    assert panel.shown is not None
    return panel.shown


def press(room: MemoriesRoom, key: Qt.Key) -> None:
    room.side.show_tab("what if")
    room.side.what_if.ranked.setFocus()
    QTest.keyClick(room.side.what_if.ranked, key)


def test_the_ranking_tells_items_tokens_and_where_injection_ends(room: MemoriesRoom, qtbot: QtBot) -> None:
    shown = ask(room, qtbot)
    tree, part = room.side.what_if.ranked, shown.answer.parts[0]
    first, line = tree.topLevelItem(0), tree.topLevelItem(1)

    assert first.childCount() == len(part.item_uids)
    assert first.child(0).text(4) == " ".join(shown.titles[part.item_uids[0]].split())
    assert first.text(2) == f"{part.tokens:,}"
    assert line.isFirstColumnSpanned()
    assert "n = 1 draws the line" in line.text(0)
    assert f"{shown.answer.tokens:,} tokens" in room.side.what_if.block.heading.text()
    assert shown.answer.tokenizer in room.side.what_if.status.text()


def test_items_can_be_the_unit_and_their_number_limited(room: MemoriesRoom, qtbot: QtBot) -> None:
    shown = ask(room, qtbot, n=4, unit="item", most=2)

    assert sum(part.injected for part in shown.answer.parts) == 2
    assert {len(part.item_uids) for part in shown.answer.parts} == {1}
    assert room.side.what_if.ranked.topLevelItem(0).childCount() == 0


def test_x_leaves_an_experience_out_and_everything_can_be_put_back(room: MemoriesRoom, qtbot: QtBot) -> None:
    first = ask(room, qtbot).answer.parts[0].experience_uid
    panel = room.side.what_if
    panel.shown = None
    press(room, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: panel.shown is not None)
    reasons = {part.experience_uid: part.reason for part in panel.shown.answer.parts}
    assert reasons[first] == "left out"
    assert panel.back_button.isVisible()
    assert "1 left out by hand" in panel.status.text()
    panel.shown = None
    panel.back_button.click()

    qtbot.waitUntil(lambda: panel.shown is not None)
    assert panel.shown.answer.parts[0].experience_uid == first
    assert panel.shown.answer.parts[0].injected


def test_what_is_left_out_stays_so_until_another_bank_is_shown(room: MemoriesRoom, qtbot: QtBot) -> None:
    ask(room, qtbot)
    panel = room.side.what_if
    press(room, Qt.Key.Key_X)
    panel.show_known(Known((), ()))
    with qtbot.waitSignal(panel.asked) as asked:
        panel.asked.emit(panel.form.question(TASK, tuple(panel._without)))
    assert len(asked.args[0].without) == 1
    panel.show_other_bank()

    assert panel.back_button.isHidden()
    assert not panel._without


def test_the_tasks_own_memory_and_its_template_are_left_out(room: MemoriesRoom, qtbot: QtBot) -> None:
    own = ask(room, qtbot).answer.parts[0].task_key
    again = ask(room, qtbot, task=own)

    reasons = {part.task_key: part.reason for part in again.answer.parts}
    assert reasons[own] == "same task"


def test_a_scope_needs_a_stored_task(room: MemoriesRoom, qtbot: QtBot) -> None:
    panel = room.side.what_if
    panel.set_task(TASK)
    panel.form.restore({"scope": "suite"})
    panel.ask()

    qtbot.waitUntil(lambda: "No stored task has this text" in panel.status.text())


def test_one_key_labels_and_takes_the_label_off(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    shown = ask(room, qtbot)
    ids = sorted(shown.ids[uid] for uid in shown.answer.parts[0].item_uids)
    row = room.side.what_if.ranked.topLevelItem(0)
    press(room, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: "relevant" in row.text(3))
    assert [(task.text, dict(task.grades)) for task in relevance(frame.session.workspace.reader(), room.bank())] == [
        (TASK, dict.fromkeys(ids, 3))
    ]
    press(room, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: "partly" in row.text(3))
    press(room, Qt.Key.Key_N)

    qtbot.waitUntil(lambda: row.text(3) == "")
    assert relevance(frame.session.workspace.reader(), room.bank()) == []


def test_a_label_comes_back_with_the_answer_and_goes_with_undo(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    from rb_studio.store.operations import undo

    ask(room, qtbot)
    press(room, Qt.Key.Key_R)
    row = room.side.what_if.ranked.topLevelItem(0)
    qtbot.waitUntil(lambda: "relevant" in row.text(3))
    frame.session.operate(lambda db: undo(db, "memories"))
    qtbot.waitUntil(lambda: row.text(3) == "")

    assert ask(room, qtbot).grades == {}


def compare_part(room: MemoriesRoom) -> ComparePart:
    return next(part for part in room.parts.all if isinstance(part, ComparePart))


def test_two_settings_are_compared_side_by_side(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    ask(room, qtbot)
    frame.registry.action("memory.compare").trigger()
    panel = compare_part(room).panel
    qtbot.waitUntil(lambda: panel.sides[1].chosen() is not None)
    assert panel.task.text() == TASK
    panel.sides[1].form.n.setValue(3)
    panel.ask()
    qtbot.waitUntil(lambda: panel.tree.topLevelItemCount() > 0)
    rows = [panel.tree.topLevelItem(place) for place in range(panel.tree.topLevelItemCount())]

    assert [row.text(2) for row in rows[:3]] == ["stays", "injected now", "injected now"]
    assert "only right: " in panel.status.text()
    assert rows[0].data(0, UIDS)


def test_two_snapshots_are_compared(
    room: MemoriesRoom, frame: Frame, stored: Callable[[], dict[int, ItemRow]], qtbot: QtBot
) -> None:
    bank = room.bank()
    taken = frame.session.workspace.run(lambda db: take_snapshot(db, bank, "before"))
    room.acts.set_state(list(room.presenter.ids), ItemState.ARCHIVED)
    qtbot.waitUntil(lambda: {row.state for row in stored().values()} == {"archived"})
    part = comparing(room.parts.all)
    assert part is compare_part(room)
    panel = part.panel
    panel.task.setText(TASK)
    part.compare_answers(Points(bank, "before", taken.operation))

    qtbot.waitUntil(lambda: panel.tree.topLevelItemCount() > 0)
    assert panel.sides[0].chosen().operation == taken.operation
    assert panel.tree.topLevelItem(0).text(2) == "only left, injected"
    assert "0 tokens" in panel.status.text()


def test_without_a_task_nothing_is_compared(room: MemoriesRoom, qtbot: QtBot) -> None:
    part = compare_part(room)
    part.panel.task.clear()
    part.panel.ask()

    assert "Type a task first" in part.panel.status.text()


@pytest.mark.parametrize("which", ["tasks", "templates"])
def test_what_the_bank_was_learned_from_is_proposed(room: MemoriesRoom, frame: Frame, which: str) -> None:
    found = what_if_answers.known(frame.session.workspace.reader(), room.bank())

    assert all(getattr(found, which))
    assert found.tasks == tuple(sorted(set(found.tasks)))


def test_the_question_is_kept_in_the_place(room: MemoriesRoom, qtbot: QtBot) -> None:
    ask(room, qtbot, n=2, scope="global", template="t")
    kept = room.place_to_keep()["parts"]["what if"]
    room.side.what_if.restore({"task": "", "settings": {"n": 1}})
    room.side.what_if.restore(kept)

    assert room.side.what_if.form.question(TASK).n == 2
    assert room.side.what_if.task.toPlainText() == TASK
    assert not room.side.what_if.form.fold.isHidden()
