"""The review: candidate after candidate, one key each, and nothing is lost on the way."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.bulk_dialog import BulkDialog
from rb_studio.gui.rooms.memories.merge import MergeDialog
from rb_studio.gui.rooms.memories.review_markup import doubt_sentence
from rb_studio.gui.rooms.memories.review_part import ReviewPart
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.gui.rooms.room import Place
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.records.review import NEAR_DUPLICATE, NO_CITED_STEP, Doubt
from rb_studio.store import curation, operations, review
from rb_studio.store.items import ItemRow

from .conftest import MakeRoom, last_label

Stored = Callable[[], dict[int, ItemRow]]


def part_of(room: MemoriesRoom) -> ReviewPart:
    return next(part for part in room.parts.all if isinstance(part, ReviewPart))


@pytest.fixture
def queue(frame: Frame, stored: Stored) -> list[int]:
    """Every item waits, the third is doubted and so comes first."""
    ids = list(stored())
    bank = frame.session.workspace.reader().execute("SELECT max(id) FROM bank").fetchone()[0]

    def wait(db: Any) -> Any:
        review.add_doubts(db, {ids[2]: [Doubt(NEAR_DUPLICATE, 0.93), Doubt(NO_CITED_STEP)]})
        return curation.set_state(db, bank, ids, ItemState.CANDIDATE)

    frame.session.workspace.run(wait)
    return [ids[2], *ids[:2], *ids[3:]]


@pytest.fixture
def reviewing(queue: list[int], room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> ReviewPart:
    part = part_of(room)
    with qtbot.waitActive(room):
        room.activateWindow()
    frame.registry.action("memory.review").trigger()
    qtbot.waitUntil(lambda: part.presenter.shown is not None)
    return part


def key(part: ReviewPart, qtbot: QtBot, pressed: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """A key in the review, once the candidate is on screen."""
    presenter = part.presenter
    qtbot.waitUntil(lambda: presenter.shown is not None and presenter.shown.detail.row.id == presenter.current)
    qtbot.keyClick(part.panel.text, pressed, modifier)


def shows(part: ReviewPart, item: int) -> bool:
    return part.panel.found is not None and part.panel.found.detail.row.id == item


def test_the_doubted_come_first_with_reasons_origin_and_the_nearest_item(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, stored: Stored, qtbot: QtBot
) -> None:
    panel = reviewing.panel
    assert shows(reviewing, queue[0])
    text = panel.text.toPlainText()
    assert "Near duplicate (0.93): an item in use says nearly the same" in text
    assert stored()[queue[0]].content in text
    assert "rollout" in text
    assert "verdict" in text
    assert panel.place.text() == f"1 of {len(queue)} · {len(queue)} waiting"
    qtbot.waitUntil(lambda: "cosine" in panel.other.toPlainText())
    assert not room.table.isVisible()
    assert panel.isVisible()


def test_one_key_decides_and_shows_the_next(
    reviewing: ReviewPart, queue: list[int], stored: Stored, qtbot: QtBot
) -> None:
    keys = {
        Qt.Key.Key_A: "active",
        Qt.Key.Key_E: "archived",
        Qt.Key.Key_R: "archived",
        Qt.Key.Key_X: "excluded",
        Qt.Key.Key_Delete: "deleted",
    }
    for place, (pressed, state) in enumerate(keys.items()):
        key(reviewing, qtbot, pressed)
        qtbot.waitUntil(lambda place=place: shows(reviewing, queue[place + 1]))
        qtbot.waitUntil(lambda place=place, state=state: stored()[queue[place]].state == state)
        assert stored()[queue[place + 1]].state == "candidate"
    assert reviewing.panel.place.text() == f"6 of {len(queue)} · {len(queue) - 5} waiting"


def test_a_key_too_early_is_not_for_a_candidate_nobody_saw(
    reviewing: ReviewPart, queue: list[int], stored: Stored, qtbot: QtBot
) -> None:
    qtbot.keyClick(reviewing.panel.text, Qt.Key.Key_A)
    qtbot.keyClick(reviewing.panel.text, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: shows(reviewing, queue[1]))
    qtbot.waitUntil(lambda: stored()[queue[0]].state == "active")
    assert stored()[queue[1]].state == "candidate"


def test_skipping_goes_round_and_previous_comes_back_to_decide_anew(
    reviewing: ReviewPart, queue: list[int], stored: Stored, qtbot: QtBot
) -> None:
    key(reviewing, qtbot, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: shows(reviewing, queue[1]))
    key(reviewing, qtbot, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: shows(reviewing, queue[2]))
    key(reviewing, qtbot, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: shows(reviewing, queue[1]) and "Decided: active" in reviewing.panel.text.toPlainText())
    key(reviewing, qtbot, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: stored()[queue[1]].state == "archived")
    for item in queue[2:]:
        qtbot.waitUntil(lambda item=item: shows(reviewing, item))
        key(reviewing, qtbot, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: shows(reviewing, queue[0]))
    assert reviewing.panel.place.text() == f"1 of {len(queue)} · 1 waiting"


def test_undo_brings_the_candidate_back_on_screen(
    reviewing: ReviewPart, queue: list[int], frame: Frame, qtbot: QtBot
) -> None:
    key(reviewing, qtbot, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: shows(reviewing, queue[1]))
    qtbot.waitUntil(lambda: last_label(frame) == "Reject 1 memory")
    frame.session.operate(lambda db: operations.undo(db, curation.SCOPE))
    qtbot.waitUntil(lambda: shows(reviewing, queue[0]))
    assert reviewing.presenter.waiting == len(queue)


def test_editing_and_accepting_takes_two_keys_and_letters_are_texts_meanwhile(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    key(reviewing, qtbot, Qt.Key.Key_F2)
    form = reviewing.panel.form
    qtbot.waitUntil(form.title.hasFocus)
    form.title.end(False)
    qtbot.keyClicks(form.title, " aexjk")
    assert stored()[queue[0]].state == "candidate"
    assert room.editing.drafts.ids(room.bank()) == {queue[0]}
    qtbot.keyClick(form.title, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    qtbot.waitUntil(lambda: stored()[queue[0]].state == "active")
    assert stored()[queue[0]].title.endswith(" aexjk")
    assert last_label(frame).startswith("Edit and accept")
    assert room.editing.drafts.ids(room.bank()) == frozenset()
    qtbot.waitUntil(lambda: shows(reviewing, queue[1]))


def test_esc_leaves_the_texts_first_and_what_was_typed_is_there_again(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, qtbot: QtBot
) -> None:
    key(reviewing, qtbot, Qt.Key.Key_F2)
    form = reviewing.panel.form
    form.boxes["content"].setPlainText("typed")
    qtbot.keyClick(form.boxes["content"], Qt.Key.Key_Escape)
    assert room.panes.mode is reviewing.panel.parentWidget()
    key(reviewing, qtbot, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: shows(reviewing, queue[1]))
    key(reviewing, qtbot, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: shows(reviewing, queue[0]))
    key(reviewing, qtbot, Qt.Key.Key_F2)
    assert form.boxes["content"].toPlainText() == "typed"
    qtbot.keyClick(form.boxes["content"], Qt.Key.Key_Escape)
    key(reviewing, qtbot, Qt.Key.Key_Escape)
    assert room.panes.mode is None
    assert room.table.isVisible()


def test_the_rest_is_accepted_without_those_in_doubt(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    key(reviewing, qtbot, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: room.findChild(BulkDialog) is not None)
    dialog = room.findChild(BulkDialog)
    assert dialog.button.text() == f"Accept {len(queue) - 1} items"
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sum(row.state == "active" for row in stored().values()) == len(queue) - 1)
    assert stored()[queue[0]].state == "candidate"
    qtbot.waitUntil(lambda: reviewing.panel.place.text() == f"1 of {len(queue)} · 1 waiting")
    qtbot.waitUntil(lambda: frame.toast.act is not None)
    frame.toast.act()
    qtbot.waitUntil(lambda: reviewing.presenter.waiting == len(queue))


def test_all_decided_says_so_and_undo_goes_on(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    key(reviewing, qtbot, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: room.findChild(BulkDialog) is not None)
    room.findChild(BulkDialog).button.click()
    qtbot.waitUntil(lambda: {row.state for row in stored().values()} == {"archived"})
    qtbot.waitUntil(reviewing.panel.done.isVisible)
    assert reviewing.panel.done.text().startswith(f"All {len(queue)} candidates are decided")
    assert not frame.registry.action("memory.review.accept").isEnabled()
    frame.session.operate(lambda db: operations.undo(db, curation.SCOPE))
    qtbot.waitUntil(lambda: reviewing.panel.found is not None)
    qtbot.waitUntil(frame.registry.action("memory.review.accept").isEnabled)


def test_the_place_in_the_queue_is_kept_across_a_restart(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, frame: Frame, make_room: MakeRoom, qtbot: QtBot
) -> None:
    key(reviewing, qtbot, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: shows(reviewing, queue[1]))
    key(reviewing, qtbot, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: shows(reviewing, queue[2]))
    kept = json.loads(json.dumps(room.place_to_keep()))
    frame.registry.remove([command.id for command in frame.registry.of("memories")])
    room.closing()

    again = MemoriesRoom(frame)
    try:
        frame.registry.add(*again.commands())
        again.restore_place(kept)
        again.show()
        again.entered()
        part = part_of(again)
        qtbot.waitUntil(lambda: shows(part, queue[2]))
        assert again.panes.mode is part.panel.parentWidget()
        assert part.panel.place.text() == f"3 of {len(queue)} · {len(queue) - 1} waiting"
    finally:
        again.closing()
        again.close()
        again.deleteLater()


def test_new_candidates_come_last(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    from rb_studio.records.memory import MemoryItem

    one = MemoryItem("fresh", "Fresh", "about", "text", state=ItemState.CANDIDATE)
    frame.session.operate(lambda db: curation.add_item(db, room.bank(), one))
    qtbot.waitUntil(lambda: reviewing.panel.place.text() == f"1 of {len(queue) + 1} · {len(queue) + 1} waiting")
    assert shows(reviewing, queue[0])


def test_links_and_keys_lead_to_rollout_and_verdict(reviewing: ReviewPart, room: MemoriesRoom, qtbot: QtBot) -> None:
    gone: list[Place] = []
    room.go.connect(gone.append)
    source = reviewing.panel.found.detail.row.sources[0].rollout_uid
    key(reviewing, qtbot, Qt.Key.Key_O)
    key(reviewing, qtbot, Qt.Key.Key_V)
    reviewing.panel.follow(QUrl(f"go:rollout?rollout={source}&step=2"))
    assert [place.room for place in gone] == ["trajectories", "verdicts", "trajectories"]
    assert {place.target["rollout"] for place in gone} == {source}
    assert gone[-1].target["step"] == 2


def test_the_candidate_is_merged_with_what_is_nearest(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, stored: Stored, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: reviewing.panel.near is not None)
    key(reviewing, qtbot, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: room.findChild(MergeDialog) is not None)
    room.findChild(MergeDialog).merge_button.click()
    qtbot.waitUntil(lambda: stored()[queue[0]].state == "archived")
    qtbot.waitUntil(lambda: not shows(reviewing, queue[0]))


def test_copies_are_told_and_one_key_makes_one_item_of_them(
    reviewing: ReviewPart, queue: list[int], room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    first = stored()[queue[0]]
    text = ItemText(first.title, first.description, first.content)
    for item in queue[4:6]:
        frame.session.workspace.run(lambda db, item=item: curation.edit_item(db, room.bank(), item, text))
    same = [row for row in stored().values() if (row.title, row.content) == (first.title, first.content)]
    room.presenter.refresh()
    frame.session.operate(lambda db: curation.add_tag(db, room.bank(), [queue[0]], "seen"))
    frame.session.operate(lambda db: curation.edit_item(db, room.bank(), queue[6], ItemText("Other", "x", "y")))
    qtbot.waitUntil(lambda: reviewing.panel.found is not None and len(reviewing.panel.found.copies) == len(same) - 1)
    assert f"{len(same) - 1} other item" in reviewing.panel.text.toPlainText()
    before = len(queue)
    key(reviewing, qtbot, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: sum(row.state == "archived" for row in stored().values()) == len(same))
    made = [row for row in stored().values() if row.state == "active"]
    assert [row.title for row in made] == [first.title]
    assert {one.rollout_uid for row in same for one in row.sources} == {one.rollout_uid for one in made[0].sources}
    qtbot.waitUntil(lambda: reviewing.presenter.waiting == before - len(same))
    frame.session.operate(lambda db: operations.undo(db, curation.SCOPE))
    qtbot.waitUntil(lambda: reviewing.presenter.waiting == before)
    qtbot.waitUntil(lambda: shows(reviewing, queue[0]))


def test_what_is_asked_of_the_list_shows_the_list(
    reviewing: ReviewPart, room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    assert not frame.registry.action("memory.state.archived").isEnabled()
    assert not frame.registry.action("memory.edit").isEnabled()
    frame.registry.action("memory.find").trigger()
    assert room.panes.mode is None
    assert room.bar.query.isVisible()
    assert frame.registry.action("memory.edit").isEnabled()


def test_the_tool_bar_counts_what_waits_and_nothing_says_what_belongs_here(
    room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    part = part_of(room)
    action = frame.registry.action("memory.review")
    qtbot.waitUntil(lambda: part.waiting == 0)
    action.trigger()
    qtbot.waitUntil(part.panel.done.isVisible)
    assert "No candidates wait" in part.panel.done.text()
    item = next(iter(stored()))
    frame.session.operate(lambda db: curation.set_state(db, room.bank(), [item], ItemState.CANDIDATE))
    qtbot.waitUntil(lambda: action.text() == "Review the candidate")
    assert action.iconText() == "Review (1)"


@pytest.mark.parametrize("size", [(800, 560), (1200, 760)])
def test_everything_is_in_sight(reviewing: ReviewPart, room: MemoriesRoom, qtbot: QtBot, size: tuple[int, int]) -> None:
    room.resize(*size)
    panel = reviewing.panel
    qtbot.waitUntil(lambda: room.width() == size[0])
    buttons = [panel.buttons.itemAt(place).widget() for place in range(panel.buttons.count())]
    parts: list[QWidget] = [*buttons, panel.text, panel.other, panel.place, panel.back]
    for part in parts:
        corner = part.mapTo(room, QPoint(part.width(), part.height()))
        assert corner.x() <= room.width()
        assert corner.y() <= room.height()
    assert panel.text.height() > panel.fontMetrics().lineSpacing() * 6


@pytest.mark.parametrize(
    ("doubt", "begins"),
    [
        (Doubt(NEAR_DUPLICATE, 0.934), "Near duplicate (0.93): "),
        (Doubt("too many items", 7.0), "Too many items (7): "),
        (Doubt(NO_CITED_STEP), "No cited step: "),
        (Doubt("of a plug-in"), "Of a plug-in"),
    ],
)
def test_doubts_are_sentences(doubt: Doubt, begins: str) -> None:
    assert doubt_sentence(doubt).startswith(begins)
