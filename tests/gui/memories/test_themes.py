"""Themes over the stream: grouped in another process, labelled and named by keys, listed in the table."""

from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import vectors_first
from rb_studio.gui.rooms.memories.stages_dialog import NO_MODEL, StagesDialog
from rb_studio.gui.rooms.memories.themes_part import ThemesPart
from rb_studio.gui.rooms.memories.themes_presenter import STALE
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.item_vectors import keep_vectors, missing_texts
from rb_studio.jobs.reembed import reembed
from rb_studio.jobs.themes import bank_themes
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.memory import ItemState
from rb_studio.store.operations import undo
from rb_studio.store.themes import set_stages, stages, theme_names
from tests.models.fake_server import Answer, FakeServer


def part_of(room: MemoriesRoom) -> ThemesPart:
    return next(part for part in room.parts.all if isinstance(part, ThemesPart))


def embed(room: MemoriesRoom) -> None:
    workspace = room.frame.session.workspace
    with chosen_embedder("hashing") as embedder:
        missing = missing_texts(workspace.reader(), room.bank(), embedder)
        keep_vectors(workspace.run, missing, embedder, lambda done, total: None)


@pytest.fixture
def themed(room: MemoriesRoom) -> ThemesPart:
    """Themes of the bank, grouped without another process, and the first one chosen."""
    embed(room)
    room.side.panel("themes")
    part = part_of(room)
    with chosen_embedder("hashing") as embedder:
        found = bank_themes(room.frame.session.workspace.reader(), room.bank(), embedder, 0.2, least=2)
    part.presenter._show(found)
    part.show()
    room.frame.registry.refresh()
    return part


def test_themes_are_grouped_when_looked_at(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    embed(room)
    part = part_of(room)
    part.panel.cut.setValue(0.2)
    frame.registry.action("memory.themes").trigger()

    qtbot.waitUntil(lambda: part.presenter.found is not None, timeout=20_000)
    assert part.panel.tree.topLevelItemCount() == len(part.presenter.found.themes) > 0
    assert "in the order they begin" in part.panel.status.text()


def test_a_stage_is_given_by_a_key_and_taken_back(themed: ThemesPart, room: MemoriesRoom, frame: Frame, qtbot: QtBot):
    tree = themed.panel.tree
    item = themed.presenter.found.themes[0].items[0].id
    tree.setCurrentItem(tree.topLevelItem(0).child(0))
    tree.asked.emit("adaptive")
    qtbot.waitUntil(lambda: "adaptive, by you" in tree.topLevelItem(0).child(0).text(1))
    assert stages(frame.session.workspace.reader(), room.bank()) == {item: {"user": "adaptive"}}
    assert "adaptive" in tree.topLevelItem(0).text(1)
    frame.session.operate(lambda db: undo(db, "memories"))

    qtbot.waitUntil(lambda: "adaptive" not in tree.topLevelItem(0).child(0).text(1))


def test_a_whole_theme_is_labelled_from_its_row(themed: ThemesPart, room: MemoriesRoom, frame: Frame, qtbot: QtBot):
    tree = themed.panel.tree
    tree.setCurrentItem(tree.topLevelItem(0))
    frame.registry.refresh()
    frame.registry.action("memory.stage.procedure").trigger()
    wanted = {item.id: {"user": "procedure"} for item in themed.presenter.found.themes[0].items}

    qtbot.waitUntil(lambda: stages(frame.session.workspace.reader(), room.bank()) == wanted)


def test_a_models_label_is_shown_until_a_person_says_otherwise(themed: ThemesPart, room: MemoriesRoom, qtbot: QtBot):
    tree, bank = themed.panel.tree, room.bank()
    item = themed.presenter.found.themes[0].items[0].id
    room.frame.session.operate(lambda db: set_stages(db, bank, {item: "compositional"}, by="a-model", who="a-model"))
    qtbot.waitUntil(lambda: "compositional, by a-model" in tree.topLevelItem(0).child(0).text(1))
    tree.setCurrentItem(tree.topLevelItem(0).child(0))
    themed.panel.label("self-check")

    qtbot.waitUntil(lambda: "self-check, by you" in tree.topLevelItem(0).child(0).text(1))


def test_a_theme_is_named(themed: ThemesPart, room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    tree = themed.panel.tree
    tree.setCurrentItem(tree.topLevelItem(0))
    frame.dialogs.texts.append("Comparing prices")
    frame.registry.refresh()
    frame.registry.action("memory.themes.name").trigger()

    qtbot.waitUntil(lambda: tree.topLevelItem(0).text(0).startswith("Comparing prices ("))
    assert "Comparing prices" in theme_names(frame.session.workspace.reader(), room.bank()).values()


def test_a_click_lists_the_items_of_a_theme(themed: ThemesPart, room: MemoriesRoom, qtbot: QtBot) -> None:
    tree = themed.panel.tree
    wanted = {item.id for item in themed.presenter.found.themes[0].items}
    tree.itemClicked.emit(tree.topLevelItem(0), 0)

    qtbot.waitUntil(lambda: set(room.model.ids) == wanted)


def test_a_change_of_the_bank_is_said(themed: ThemesPart, room: MemoriesRoom, qtbot: QtBot) -> None:
    room.acts.set_state(room.presenter.ids[:1], ItemState.ARCHIVED)

    qtbot.waitUntil(lambda: themed.panel.status.text() == STALE)


def test_the_timeline_is_painted(themed: ThemesPart, qtbot: QtBot) -> None:
    bare = themed.panel.tree.grab().toImage()
    themed.panel.timeline.places = 10_000
    themed.panel.tree.viewport().update()

    assert themed.panel.tree.grab().toImage() != bare


def test_what_has_no_vector_is_embedded_before_it_is_grouped(
    room: MemoriesRoom, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_first, "reembed", partial(reembed, isolated=False))
    part = part_of(room)
    part.panel.cut.setValue(0.2)
    part.show()
    qtbot.waitUntil(lambda: part.panel.button.text().startswith("Embed"), timeout=20_000)
    part.panel.button.click()

    qtbot.waitUntil(lambda: part.panel.tree.topLevelItemCount() > 0, timeout=20_000)
    assert part.presenter.found.missing == 0


def test_a_model_is_asked_for_the_stages_as_a_job(themed: ThemesPart, frame: Frame, qtbot: QtBot) -> None:
    with FakeServer() as server:
        server.script(Answer(text="1: adaptive"))
        profile = Profile("mine", server.url, "fake-model")
        frame.settings = lambda: Settings(profiles={"mine": profile})
        frame.registry.action("memory.themes.ask").trigger()
        dialog = themed._room.findChild(StagesDialog)
        dialog.which.setCurrentIndex(dialog.which.findData("theme"))
        wanted = [item.id for item in themed.presenter.found.themes[0].items]
        assert profile.host in dialog.what.text()
        dialog.ask_button.click()
        tree = themed.panel.tree
        qtbot.waitUntil(lambda: "adaptive, by fake-model" in tree.topLevelItem(0).child(0).text(1), timeout=30_000)

    assert frame.jobs.state.network == profile.host
    said = stages(frame.session.workspace.reader(), themed._room.bank())
    assert set(said) <= set(wanted)


def test_without_a_model_it_says_where_to_add_one(themed: ThemesPart, frame: Frame) -> None:
    themed.panel.model_button.click()
    dialog = themed._room.findChild(StagesDialog)

    assert dialog.what.text() == NO_MODEL
    assert not dialog.ask_button.isEnabled()
    dialog.reject()
