"""Groups of duplicates: measured thresholds, members left out, merging field by field, pairs kept apart."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.duplicates import DuplicatesPanel
from rb_studio.gui.rooms.memories.duplicates_part import DuplicatesPart
from rb_studio.gui.rooms.memories.duplicates_threshold import point_told
from rb_studio.gui.rooms.memories.merge import MergeDialog
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.duplicates import find_groups
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.operating_point import shipped
from rb_studio.jobs.own_bank import add_by_hand
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.store.curation import distinct_pairs
from rb_studio.store.items import ItemRow
from rb_studio.store.operations import undo

Stored = Callable[[], dict[int, ItemRow]]


def triplets(room: MemoriesRoom, qtbot: QtBot) -> DuplicatesPanel:
    """Three new items that say the same, searched without another process, and the first group chosen."""
    frame, bank = room.frame, room.bank()
    for ending in ("", " Then stop.", " Then wait."):
        text = ItemText("Quince marmalade", "Zebra crossing at dusk", f"Umbrella stand by the old lighthouse.{ending}")
        frame.session.workspace.run(lambda db, text=text: add_by_hand(db, bank, text))
    with chosen_embedder("hashing") as embedder:
        found = find_groups(frame.session.workspace.reader(), bank, embedder, 0.8)
    room.side.show_tab("duplicates")
    panel = room.side.duplicates
    presenter = next(part for part in room.parts.all if isinstance(part, DuplicatesPart)).presenter
    presenter._bank = bank
    presenter._show(found)
    tops = [panel.tree.topLevelItem(place) for place in range(panel.tree.topLevelItemCount())]
    panel.tree.setCurrentItem(next(top for top in tops if top.childCount() == 3 and "Quince" in top.child(0).text(0)))
    return panel


def test_the_threshold_tells_what_was_measured_of_it(room: MemoriesRoom) -> None:
    threshold = room.side.duplicates.threshold
    threshold.show_embedder(shipped().embedder)
    threshold.slider.setValue(90)
    assert threshold.value() == 0.9
    point = shipped().at(0.9)
    assert point.precision is not None
    assert f"precision {100 * point.precision.value:.0f} %" in threshold.measured.text()

    assert "Not measured for another" in point_told("another", 0.9)


def test_a_group_shows_its_weakest_pair_by_cosine_and_overlap(room: MemoriesRoom, qtbot: QtBot) -> None:
    panel = triplets(room, qtbot)
    group, top = panel.tree.group(), panel.tree.currentItem()
    assert group is not None

    assert (top.text(3), top.text(4)) == (f"{group.weakest.cosine:.3f}", f"{group.weakest.overlap:.2f}")
    assert "Weakest pair: items" in panel.diff.toPlainText()
    assert "Suggested to keep" in panel.diff.toPlainText()
    assert sum(top.child(place).text(1).startswith("\u2605") for place in range(3)) == 1


def test_a_member_left_out_stays_out_of_the_merge_and_is_remembered(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    panel = triplets(room, qtbot)
    left = panel.tree.currentItem().child(2)
    out = left.data(0, Qt.ItemDataRole.UserRole)[1]
    left.setCheckState(0, Qt.CheckState.Unchecked)
    chosen = panel.tree.members()[0]
    assert out not in chosen
    before = set(stored())
    frame.registry.refresh()
    assert frame.registry.action("memory.duplicates.merge").isEnabled()
    qtbot.keyClick(panel.tree, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: room.findChild(MergeDialog) is not None)
    dialog = room.findChild(MergeDialog)
    assert not dialog.remember.isHidden()
    dialog.task.setCurrentIndex(1)
    dialog.tag_line.setText("one, two")
    wish = dialog.wish()
    dialog.merge_button.click()

    qtbot.waitUntil(lambda: len(stored()) == len(before) + 1)
    made = stored()[max(stored())]
    assert made.tags == ("one", "two")
    assert made.experience_uid == stored()[wish.task_of].experience_uid
    assert stored()[out].state == "active"
    apart = distinct_pairs(frame.session.workspace.reader(), room.bank())
    assert {pair for pair in apart if out in pair} == {(min(out, one), max(out, one)) for one in chosen}


def test_groups_come_back_when_what_was_done_to_them_is_undone(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    panel = triplets(room, qtbot)
    every, count = [item.id for group in panel.tree._groups for item in group.items], panel.tree.topLevelItemCount()
    room.acts.set_state(every, ItemState.ARCHIVED)
    qtbot.waitUntil(lambda: panel.status.text() == "No duplicates are left.")
    assert panel.tree.topLevelItemCount() == 0
    frame.session.operate(lambda db: undo(db, "memories"))

    qtbot.waitUntil(lambda: panel.tree.topLevelItemCount() == count)


def test_with_one_left_nothing_can_be_done(room: MemoriesRoom, qtbot: QtBot) -> None:
    panel = triplets(room, qtbot)
    top = panel.tree.currentItem()
    for place in (0, 1):
        top.child(place).setCheckState(0, Qt.CheckState.Unchecked)

    assert not panel.merge_button.isEnabled()
    assert not panel.apart_button.isEnabled()


def test_pairs_kept_apart_are_listed_and_lead_to_the_table(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    panel = triplets(room, qtbot)
    ids = set(panel.tree.members()[0])
    frame.registry.refresh()
    frame.registry.action("memory.duplicates.apart").trigger()
    qtbot.waitUntil(lambda: panel.kept.topLevelItemCount() == 3)
    assert panel.kept_button.text() == "Kept apart (3)"
    frame.registry.action("memory.duplicates.kept").trigger()
    assert panel.lists.currentWidget() is panel.kept
    panel.kept.itemActivated.emit(panel.kept.topLevelItem(0), 0)

    qtbot.waitUntil(lambda: len(room.model.ids) == 2)
    assert set(room.model.ids) < ids


def test_a_pair_is_kept_apart_no_longer_and_that_is_taken_back(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    panel = triplets(room, qtbot)
    room.acts.keep_apart(panel.tree.members()[0])
    qtbot.waitUntil(lambda: panel.kept.topLevelItemCount() == 3)
    frame.registry.refresh()
    assert not frame.registry.action("memory.duplicates.forget").isEnabled()
    frame.registry.action("memory.duplicates.kept").trigger()
    panel.kept.setCurrentItem(panel.kept.topLevelItem(1))
    pair = tuple(sorted(panel.kept.currentItem().data(0, Qt.ItemDataRole.UserRole)))
    panel.kept.asked.emit("forget")
    qtbot.waitUntil(lambda: panel.kept.topLevelItemCount() == 2)
    assert pair not in distinct_pairs(frame.session.workspace.reader(), room.bank())
    assert frame.registry.action("memory.duplicates.forget").isEnabled()
    frame.session.operate(lambda db: undo(db, "memories"))

    qtbot.waitUntil(lambda: panel.kept.topLevelItemCount() == 3)


def test_the_polarity_and_tags_of_a_merge_are_chosen(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    rows = sorted(stored().values(), key=lambda row: row.polarity)
    dialog = MergeDialog([rows[0], rows[-1]], uses=0, suggested=rows[-1].id)
    qtbot.addWidget(dialog)
    dialog.polarity.setCurrentIndex(dialog.polarity.findData(rows[0].polarity))
    dialog.tags.setCurrentIndex(1)

    assert dialog.wish().polarity == rows[0].polarity
    assert dialog.wish().ids[0] == rows[-1].id
    assert dialog.wish().tags == tuple(sorted(set(rows[0].tags) & set(rows[-1].tags)))
