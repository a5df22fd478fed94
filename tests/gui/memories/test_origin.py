"""Where an item comes from and where it went: verdicts, prompt, reply, relatives, uses, its own tasks."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.origin_reads import Origin, origin
from rb_studio.gui.rooms.memories.uses_list import summary
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.gui.rooms.room import Place
from rb_studio.records.item_text import ItemText
from rb_studio.store import curation, prompts, served
from rb_studio.store.items import ItemRow
from rb_studio.store.served import Uses

Stored = Callable[[], dict[int, ItemRow]]


def shown(room: MemoriesRoom, item: int, qtbot: QtBot) -> Origin:
    """The origin of an item, once its panel tells it."""
    room.presenter.show_item(item)
    panel = room.side.origin
    qtbot.waitUntil(lambda: panel._origin is not None and panel._origin.item == item)
    assert panel._origin is not None
    return panel._origin


def used_item(stored: Stored) -> ItemRow:
    return max((row for row in stored().values() if row.sources), key=lambda row: row.used)


def test_the_verdict_prompt_and_reply_behind_an_item_are_told(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    row = used_item(stored)
    found = shown(room, row.id, qtbot)
    facts = room.side.origin.facts.toPlainText()
    judged = found.judged[row.sources[0].rollout_uid]

    assert judged.status == row.sources[0].status
    assert f"verdict {'✓' if judged.status == 'success' else '✗'} {judged.status} by judge" in facts
    assert found.prompt is not None
    assert found.prompt.name in facts
    assert "the same as today" in facts
    assert found.begun is not None
    assert found.begun.label in facts
    assert row.title in found.reply


def test_the_prompt_of_then_is_compared_with_that_of_today(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    row = used_item(stored)
    prompt = shown(room, row.id, qtbot).prompt
    assert prompt is not None
    assert prompt.text is not None
    new = prompt.text.rstrip() + "\nQuokka at the end.\n"
    frame.session.workspace.run(lambda db: prompts.set_prompt(db, prompt.name, new))
    room.editing.refresh()
    panel = room.side.origin
    qtbot.waitUntil(lambda: "differs from today" in panel.facts.toPlainText())
    panel.follow(QUrl("go:today"))
    assert "Quokka" in panel.text.toPlainText()
    panel.follow(QUrl("go:text"))
    assert "Quokka" not in panel.text.toPlainText()
    assert panel.text.toPlainText().split() == prompt.text.split()
    panel.follow(QUrl("go:reply"))
    assert row.title in panel.text.toPlainText()
    panel.back.click()

    assert panel.below.currentWidget() is panel.uses


def test_uses_are_listed_with_their_outcome_and_open_the_rollout(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    row = used_item(stored)
    uses = shown(room, row.id, qtbot).uses
    tree = room.side.origin.uses.tree
    places: list[Place] = []
    room.go.connect(places.append)
    first = tree.topLevelItem(0)
    assert first is not None
    tree.itemActivated.emit(first, 0)
    conn = frame.session.workspace.reader()
    steps = conn.execute(
        "SELECT count(*) FROM step s JOIN rollout r ON r.id = s.rollout WHERE r.uid = ?", (uses.newest[0].rollout_uid,)
    ).fetchone()[0]

    assert uses.rollouts == tree.topLevelItemCount() > 0
    assert uses.successes == sum(one.success is True for one in uses.newest)
    assert first.text(1) == str(steps)
    assert places == [Place("trajectories", {"rollout": uses.newest[0].rollout_uid})]
    assert uses.own_task == 0


def test_relatives_are_linked_both_ways_and_uses_are_united(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    rows = sorted((row for row in stored().values() if row.used), key=lambda row: -row.used)[:2]
    ids = [row.id for row in rows]
    text = ItemText("Both in one", "d", "c")
    bank = room.bank()
    assert bank is not None
    frame.session.operate(lambda db: curation.merge_items(db, bank, ids, text, who="ada"))
    qtbot.waitUntil(lambda: len(room.model.ids) > 0 and any(row.title == "Both in one" for row in stored().values()))
    merged = next(row.id for row in stored().values() if row.title == "Both in one")
    found = shown(room, merged, qtbot)
    facts = room.side.origin.facts.toPlainText()
    assert facts.count("Merged from") == 2
    assert all(row.title in facts for row in rows)
    conn = frame.session.workspace.reader()
    apart = [served.uses(conn, bank, item) for item in ids]
    assert max(one.rollouts for one in apart) <= found.uses.rollouts <= sum(one.rollouts for one in apart)
    room.side.origin.follow(QUrl(f"go:item?item={ids[0]}"))
    qtbot.waitUntil(lambda: room.side.origin._origin is not None and room.side.origin._origin.item == ids[0])

    assert "Merged into" in room.side.origin.facts.toPlainText()
    assert "by ada" in room.side.origin.facts.toPlainText()


def test_who_edited_an_item_and_why_is_told(room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot) -> None:
    item = room.model.ids[0]
    bank = room.bank()
    assert bank is not None
    text = ItemText("Mended title", "d", "c")
    frame.session.operate(lambda db: curation.edit_item(db, bank, item, text, who="grace", reason="it was vague"))
    qtbot.waitUntil(lambda: stored()[item].title == "Mended title")
    shown(room, item, qtbot)

    qtbot.waitUntil(lambda: "Edited" in room.side.origin.facts.toPlainText())
    assert "by grace, version 2" in room.side.origin.facts.toPlainText()
    assert "it was vague" in room.side.origin.facts.toPlainText()


def test_an_item_that_met_its_own_task_is_found(room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot) -> None:
    row = used_item(stored)
    bank = room.bank()
    assert bank is not None

    def met(db: Any) -> Any:
        """As runs of earlier versions stored it: the task is that of the item's own experience, by another name."""
        query = (
            "UPDATE experience SET task_text = (SELECT coalesce(t.text, '') FROM task t WHERE t.key = ?) WHERE uid = ?"
        )
        key = served.uses(db.conn, bank, row.id).newest[0].task_key
        db.execute(query, (key, row.experience_uid))
        from rb_studio.store.changes import ChangeRecord

        return ChangeRecord("met", "test", ("experience",))

    assert served.own_uses(frame.session.workspace.reader(), bank) == []
    frame.session.workspace.run(met)
    uses = shown(room, row.id, qtbot).uses
    own = served.own_uses(frame.session.workspace.reader(), bank)

    assert uses.own_task > 0
    assert "own task" in room.side.origin.uses.heading.text()
    assert row.id in {one.item for one in own}
    assert own[0].rollout_uid in {one.rollout_uid for one in uses.newest}


def test_hand_written_items_have_neither_prompt_nor_uses(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    from rb_studio.jobs.own_bank import add_by_hand

    bank = room.bank()
    change = frame.session.workspace.run(lambda db: add_by_hand(db, bank, ItemText("Mine", "d", "c"))[1])
    item = change.ids["memory_item"][0]
    room.presenter.look_again()
    found = shown(room, item, qtbot)

    assert (found.prompt, found.reply, found.links, found.uses) == (None, "", (), Uses())
    assert "a person" in room.side.origin.facts.toPlainText()
    assert room.side.origin.uses.heading.text() == "Never injected."


def test_an_item_that_is_gone_has_no_origin(frame: Frame) -> None:
    assert origin(frame.session.workspace.reader(), 1, 999_999) is None


@pytest.mark.parametrize(
    ("uses", "text"),
    [
        (
            Uses((), 1, 1, 0, 0),
            "In 1 rollout, the newest 0 listed; 0 of 1 graded succeeded (with it; no effect by itself).",
        ),
        (Uses((), 0), "Never injected."),
    ],
)
def test_uses_are_summed_up(uses: Uses, text: str) -> None:
    assert summary(uses) == text
