"""Labelled tasks in the window, and what is measured by them."""

from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.labels_panel import STALE
from rb_studio.gui.rooms.memories.labels_part import LabelsPart
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.retrieval_quality import label_report
from rb_studio.store.relevance import relevance, set_relevance

FIRST, SECOND = "Which product has the highest price?", "Who wrote the newest review?"


def part_of(room: MemoriesRoom) -> LabelsPart:
    return next(part for part in room.parts.all if isinstance(part, LabelsPart))


def label(room: MemoriesRoom, qtbot: QtBot) -> LabelsPart:
    """Two labelled tasks, shown."""
    bank, ids = room.bank(), sorted(room.presenter.ids)
    part = part_of(room)
    room.frame.session.operate(lambda db: set_relevance(db, bank, FIRST, {ids[0]: 3, ids[1]: 1}))
    room.frame.session.operate(lambda db: set_relevance(db, bank, SECOND, {ids[2]: 3}))
    room.frame.registry.action("memory.labels").trigger()
    qtbot.waitUntil(lambda: part.panel.tasks.topLevelItemCount() == 2)
    return part


def test_nothing_labelled_says_how_to_begin(room: MemoriesRoom, qtbot: QtBot) -> None:
    part = part_of(room)
    part.show()

    qtbot.waitUntil(lambda: not part.panel.button.isEnabled())
    assert "press R" in part.panel.status.text()


def test_the_measures_are_those_of_the_command(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    panel = label(room, qtbot).panel
    frame.registry.action("memory.labels.measure").trigger()
    qtbot.waitUntil(lambda: panel.measures.topLevelItemCount() > 0)
    rows = [panel.measures.topLevelItem(place) for place in range(panel.measures.topLevelItemCount())]
    with chosen_embedder("hashing") as embedder:
        quality = label_report(frame.session.workspace.reader(), room.bank(), embedder).quality
    assert quality.mrr is not None
    shown = {row.text(0): (row.text(1), row.text(2)) for row in rows}

    assert shown["MRR"] == (f"{quality.mrr.value:.3f}", f"{quality.mrr.low:.3f} to {quality.mrr.high:.3f}")
    assert {"recall@1", "recall@10", "margin, rank 1 to 2", "hit@5", "nDCG@3"} <= set(shown)
    assert "coverage" in panel.status.text()
    assert "2 labelled tasks" in panel.status.text()


def test_a_change_after_the_measurement_is_said(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    part = label(room, qtbot)
    part.panel.measure()
    qtbot.waitUntil(lambda: part.panel.measures.topLevelItemCount() > 0)
    bank, last = room.bank(), max(room.presenter.ids)
    frame.session.operate(lambda db: set_relevance(db, bank, FIRST, {last: 1}))

    qtbot.waitUntil(lambda: part.panel.status.text() == STALE)


def test_a_key_takes_a_label_off(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    part = label(room, qtbot)
    tree = part.panel.tasks
    tree.setCurrentItem(tree.topLevelItem(0).child(1))
    tree.asked.emit("not")

    qtbot.waitUntil(lambda: tree.topLevelItem(0).childCount() == 1)
    assert [len(task.grades) for task in relevance(frame.session.workspace.reader(), room.bank())] == [1, 1]


def test_a_task_leads_to_the_what_if(room: MemoriesRoom, qtbot: QtBot) -> None:
    part = label(room, qtbot)
    tree = part.panel.tasks
    tree.setCurrentItem(tree.topLevelItem(1))
    tree.itemActivated.emit(tree.topLevelItem(1), 0)

    qtbot.waitUntil(lambda: room.side.what_if.shown is not None)
    assert room.side.what_if.task.toPlainText() == SECOND
    assert room.side.current_tab() == "what if"
