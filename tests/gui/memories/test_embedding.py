"""The standing line about a bank's vectors, and making those that lack."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import embedding_part, meaning
from rb_studio.gui.rooms.memories.embedding_part import EmbeddingPart, told
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.reembed import EmbeddingState, embedding_state, reembed
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.store.vectors import ITEM_RECIPE, item_embedding_text, store_vectors

MakeRoom = Callable[[Frame], MemoriesRoom]


def part_of(room: MemoriesRoom) -> EmbeddingPart:
    return next(part for part in room.parts.all if isinstance(part, EmbeddingPart))


def look(room: MemoriesRoom, qtbot: QtBot) -> EmbeddingPart:
    part = part_of(room)
    qtbot.waitUntil(lambda: part.state is not None and part.strip.isVisible())
    return part


def inside(workspace, bank, embedder=None, *, told, isolated=True) -> EmbeddingState:
    """The same work without a process of its own, which takes a second to start."""
    return reembed(workspace, bank, embedder, told=told, isolated=False)


def test_the_line_names_the_embedder_and_what_lacks_a_vector(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    part = look(room, qtbot)
    identity = HashingEmbedder().identity

    assert part.state == embedding_state(frame.session.workspace.reader(), room.bank(), identity)
    assert f"{part.state.items_missing} of {part.state.items} items" in part.strip.text.accessibleName()
    assert identity in part.strip.text.accessibleName()
    assert "compares words, not meaning" in part.strip.text.accessibleName()
    assert part.strip.button.text() == "Embed"


def test_what_lacks_a_vector_is_embedded_in_a_process_of_its_own(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    part = look(room, qtbot)
    assert frame.registry.action("memory.embed").isEnabled()
    part.strip.button.click()
    assert part.working
    assert frame.registry.action("memory.embed").text() == "Stop embedding"
    qtbot.waitUntil(lambda: not part.working, timeout=20_000)
    qtbot.waitUntil(lambda: part.strip.text.accessibleName().startswith("All "))

    assert part.state.missing == 0
    assert part.strip.button.isHidden()
    assert not frame.registry.action("memory.embed").isEnabled()


def test_the_button_below_a_search_embeds_what_it_left_out(
    room: MemoriesRoom, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "FEW", 0)
    monkeypatch.setattr(embedding_part, "reembed", inside)
    room.presenter.set_query("~ sorting")
    qtbot.waitUntil(lambda: room.bar.note_button.text() == "Embed them")
    room.bar.note_button.click()

    qtbot.waitUntil(lambda: bool(room.model.ids) and "nearest" in room.bar.note.text(), timeout=20_000)


def test_stopping_keeps_what_was_made_and_it_goes_on_from_there(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = look(room, qtbot)
    halt, reached = threading.Event(), threading.Event()

    def held(workspace, bank, embedder=None, *, told, isolated=True):
        def tell(done: int, total: int) -> None:
            reached.set()
            halt.wait(10)
            told(done, total)

        return inside(workspace, bank, embedder, told=tell)

    monkeypatch.setattr(embedding_part, "reembed", held)
    before = part.state.missing
    part.begin()
    qtbot.waitUntil(reached.is_set)
    part.strip.button.click()
    halt.set()
    assert not part.working
    qtbot.waitUntil(lambda: part.state.missing < before)

    monkeypatch.setattr(embedding_part, "reembed", inside)
    part.begin()
    qtbot.waitUntil(lambda: part.state.missing == 0 and not part.working)


def test_work_under_way_goes_on_at_the_next_start(
    make_room: MakeRoom, frame: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_part, "reembed", inside)
    room = make_room(frame)
    part = look(room, qtbot)
    part._working = (room.bank(), room.presenter.bank_name)
    kept = room.place_to_keep()
    part._working = None
    room.restore_place(kept)
    part.look()

    qtbot.waitUntil(lambda: part.state.missing == 0 and not part.working)


def test_vectors_of_another_model_alone_stand_out(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    part = look(room, qtbot)
    assert part.strip.property("role") == ""
    row = room.model.row_of(room.model.ids[0])
    text = item_embedding_text(row.title, row.description, row.content)
    vector = np.ones(3, np.float32)
    frame.session.workspace.run(lambda db: store_vectors(db, "other-model", ITEM_RECIPE, {text: vector}))
    part.look()

    qtbot.waitUntil(lambda: part.strip.property("role") == "banner")
    assert "other-model" in part.strip.text.accessibleName()
    assert part.strip.button.text() == "Embed again"


def test_a_failure_is_said_in_place_with_a_way_on(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rb_studio.records.errors import UsageError

    def broken(*_: object, **__: object) -> EmbeddingState:
        raise UsageError("the model is not here")

    part = look(room, qtbot)
    monkeypatch.setattr(embedding_part, "reembed", broken)
    part.begin()

    qtbot.waitUntil(lambda: "the model is not here" in part.strip.text.accessibleName())
    assert part.strip.button.text() == "Try again"


def test_an_empty_bank_says_nothing() -> None:
    assert told(EmbeddingState("one", 0, 0, 0, 0), []) == ("", False)
