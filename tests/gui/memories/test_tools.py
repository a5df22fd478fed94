"""What-if retrieval and duplicates: the code of the commands, off the GUI thread."""

import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import what_if_answers
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs import what_if
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.own_bank import add_by_hand
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.store.curation import distinct_pairs
from rb_studio.store.items import ItemRow

Stored = Callable[[], dict[int, ItemRow]]
TASK = "Which product has the highest price?"


def asked(room: MemoriesRoom, qtbot: QtBot, n: int = 1) -> None:
    panel = room.side.what_if
    panel.set_task(TASK)
    panel.form.n.setValue(n)
    panel.ask_button.click()
    qtbot.waitUntil(lambda: panel.ranked.topLevelItemCount() > 0)


def test_what_if_shows_what_the_command_would_say(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    asked(room, qtbot)
    conn = frame.session.workspace.reader()
    with chosen_embedder("hashing") as embedder:
        bank = what_if.embedded_bank(conn, room.presenter.bank, None, embedder)
        expected = what_if.what_if(conn, bank, TASK, embedder)
    panel = room.side.what_if
    every = [panel.ranked.topLevelItem(place) for place in range(panel.ranked.topLevelItemCount())]
    rows = [row for row in every if not row.isFirstColumnSpanned()]

    assert panel.block.text.toPlainText() == expected.block
    assert rows[0].text(0) == f"{expected.hits[0].score:.4f}"
    assert rows[0].text(1) == "injected, rank 1"
    assert [row.text(1) for row in rows[1:]] == [miss.reason for miss in expected.near_misses]
    assert "compares words, not meaning" in panel.status.text()


def test_a_change_of_the_bank_changes_the_answer(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    asked(room, qtbot)
    room.acts.set_state(list(room.presenter.ids), ItemState.EXCLUDED)
    qtbot.waitUntil(lambda: {row.state for row in stored().values()} == {"excluded"})
    room.side.what_if.ask_button.click()

    qtbot.waitUntil(lambda: "nothing to inject" in room.side.what_if.status.text())
    assert room.side.what_if.block.text.toPlainText() == ""


def test_an_experience_leads_to_its_items(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    asked(room, qtbot)
    ranked = room.side.what_if.ranked
    ranked.itemActivated.emit(ranked.topLevelItem(0), 0)

    qtbot.waitUntil(lambda: len({stored()[item].experience_uid for item in room.model.ids}) == 1)
    assert room.bar.query.text().startswith("id:")


def test_no_task_is_said_in_place(room: MemoriesRoom) -> None:
    room.side.what_if.ask_button.click()

    assert "Type a task first" in room.side.what_if.status.text()


def test_the_chosen_items_own_task_is_the_first_proposal(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.table.choose(room.model.ids[0])
    qtbot.waitUntil(lambda: room.editing.detail is not None)
    room.verbs.ask_what_if()

    assert room.editing.detail is not None
    assert room.side.what_if.task.toPlainText() == room.editing.detail.experience.task_text


def twins(room: MemoriesRoom, qtbot: QtBot) -> list[int]:
    """Two new items that say the same, and nothing else in the bank to compare with."""
    workspace = room.frame.session.workspace
    ids = []
    for ending in ("", " Then stop."):
        text = ItemText("Quince marmalade", "Zebra crossing at dusk", f"Umbrella stand by the lighthouse.{ending}")
        change = workspace.run(lambda db, text=text: add_by_hand(db, room.presenter.bank, text)[1])
        ids.append(change.ids["memory_item"][0])
    room.presenter.look_again()
    qtbot.waitUntil(lambda: ids[-1] in room.model.ids)
    return ids


def groups(room: MemoriesRoom) -> list[list[str]]:
    tree = room.side.duplicates.tree
    tops = [tree.topLevelItem(place) for place in range(tree.topLevelItemCount())]
    return [[top.child(place).text(0) for place in range(top.childCount())] for top in tops]


def test_groups_of_duplicates_show_what_differs_and_do_not_go_stale(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    _, second = twins(room, qtbot)
    room.verbs.find_duplicates()
    qtbot.waitUntil(lambda: ["Quince marmalade"] * 2 in groups(room))
    panel = room.side.duplicates
    place = groups(room).index(["Quince marmalade"] * 2)
    panel.tree.setCurrentItem(panel.tree.topLevelItem(place).child(1))
    assert "Then stop." in panel.diff.toPlainText()
    qtbot.waitUntil(lambda: room.table.current_id() == second)
    count = len(groups(room))
    room.verbs.set_state("archived")

    qtbot.waitUntil(lambda: len(groups(room)) == count - 1)
    assert ["Quince marmalade"] * 2 not in groups(room)


def test_not_duplicates_is_remembered(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    pair = tuple(twins(room, qtbot))
    room.verbs.find_duplicates()
    qtbot.waitUntil(lambda: ["Quince marmalade"] * 2 in groups(room))
    panel = room.side.duplicates
    panel.tree.setCurrentItem(panel.tree.topLevelItem(groups(room).index(["Quince marmalade"] * 2)))
    panel.apart_button.click()

    qtbot.waitUntil(lambda: ["Quince marmalade"] * 2 not in groups(room))
    assert pair in distinct_pairs(frame.session.workspace.reader(), room.presenter.bank)
    room.verbs.find_duplicates()
    qtbot.waitUntil(lambda: panel.find_button.isEnabled())
    assert ["Quince marmalade"] * 2 not in groups(room)


def test_a_search_for_duplicates_can_be_stopped(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.verbs.find_duplicates()
    room.side.duplicates.stop_button.click()

    assert "stopped" in room.side.duplicates.status.text()
    assert room.side.duplicates.find_button.isEnabled()
    assert groups(room) == []


class Slowly(HashingEmbedder):
    """Embeds one batch for each time it is let go on."""

    def __init__(self) -> None:
        super().__init__(48)
        self.go_on = threading.Semaphore(0)

    def embed(self, texts):
        self.go_on.acquire()
        return super().embed(texts)


def test_a_what_if_that_has_to_embed_first_tells_how_far_it_is_and_can_be_stopped(
    room: MemoriesRoom, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Slowly()
    monkeypatch.setattr(what_if, "BATCH", 1)
    monkeypatch.setattr(what_if_answers, "chosen_embedder", lambda _name: nullcontext(model))
    panel = room.side.what_if
    panel.set_task(TASK)
    panel.ask_button.click()
    assert panel.ask_button.text() == "Stop"
    model.go_on.release()
    qtbot.waitUntil(lambda: panel.status.text().startswith("Embedding past tasks: 1 of "))
    panel.ask_button.click()
    assert (panel.ask_button.text(), panel.status.text()) == ("Retrieve", "Stopped.")
    model.go_on.release(1000)
    conn = room.frame.session.workspace.reader()
    kept = "SELECT count(*) FROM vector WHERE embedder = ?"
    assert conn.execute(kept, (model.identity,)).fetchone()[0] > 0
    panel.ask_button.click()

    qtbot.waitUntil(lambda: panel.ranked.topLevelItemCount() > 0)
