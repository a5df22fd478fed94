"""Finding everywhere: hits by run and rollout, opened where they stand."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.trajectories import find_everywhere
from rb_studio.gui.rooms.trajectories.find_everywhere import FindEverywherePart
from rb_studio.gui.rooms.trajectories.hits import HIT, ROLLOUT, RUN, HitsModel, Names, rows_of
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.store.find import find
from rb_studio.store.find_text import Search
from tests.gui.trajectories.test_view import go


@pytest.fixture
def part(room: TrajectoriesRoom) -> FindEverywherePart:
    return next(part for part in room.parts.all if isinstance(part, FindEverywherePart))


@pytest.fixture
def looked(part: FindEverywherePart, qtbot):
    def look(words: str) -> list:
        part.open()
        part.panel.line.setText(words)
        qtbot.keyClick(part.panel.line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not part.panel.stop_button.isVisible())
        return list(part.panel.model.rows)

    return look


def test_hits_stand_under_their_runs_and_rollouts_and_open_at_their_place(
    room, part, looked, keys, qtbot, practised_rollout, foreign_rollout
) -> None:
    go(room, qtbot, practised_rollout)
    rows = looked('"no element"')
    assert [row.level for row in rows] == [RUN, ROLLOUT, HIT]
    assert rows[2].title == "step 3, error"
    assert rows[2].under[rows[2].at :].startswith("no element")
    qtbot.keyClick(part.panel.line, Qt.Key.Key_Down)
    view = part.panel.view
    assert view.hasFocus()
    keys("F4", view)
    qtbot.waitUntil(lambda: room.presenter.opened.id == foreign_rollout.id)
    qtbot.waitUntil(lambda: room.presenter.step == 3)
    assert room.panels.step.card.textCursor().selectedText() == "no element"
    keys("Alt+Left", view)
    qtbot.waitUntil(lambda: room.presenter.opened.id == practised_rollout.id)
    keys("Alt+Right", view)
    qtbot.waitUntil(lambda: room.presenter.opened.id == foreign_rollout.id and room.presenter.step == 3)


def test_memories_and_verdicts_open_in_their_rooms(
    room, part, looked, went, qtbot, practised_rollout, workspace
) -> None:
    title = workspace.reader().execute("SELECT title FROM item_version ORDER BY id DESC").fetchone()[0]
    hit = next(row for row in looked(title) if row.hit is not None and row.hit.kind == "memory")
    part.panel.opened.emit(hit, False)
    assert (went[-1].room, set(went[-1].target)) == ("memories", {"item"})
    reason = practised_rollout.verdicts[0].reason.split(".")[0]
    hit = next(row for row in looked(reason) if row.hit is not None and row.hit.kind == "verdict")
    part.panel.opened.emit(hit, False)
    assert (went[-1].room, set(went[-1].target)) == ("verdicts", {"rollout"})


def test_a_search_that_takes_long_shows_what_it_has_and_stops(room, part, qtbot, monkeypatch) -> None:
    told, seen = threading.Event(), []

    def slow(conn, search, *, cancelled, partly):
        found = find(conn, search)
        partly(found)
        told.set()
        while not cancelled():
            pass
        seen.append(search.text)
        return found

    monkeypatch.setattr(find_everywhere, "find", slow)
    part.open()
    part.panel.line.setText("the")
    part.panel.asked.emit()
    qtbot.waitUntil(lambda: part.panel.model.rowCount() > 3)
    assert told.is_set()
    assert part.panel.said.accessibleName().startswith("Looking")
    qtbot.keyClick(part.panel.view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not part.panel.stop_button.isVisible())
    assert seen == ["the"]
    assert part.panel.model.rowCount() > 3
    assert part.panel.said.accessibleName().startswith(tuple("123456789"))


def test_fields_runs_patterns_and_what_cannot_be_read(room, part, looked, qtbot, practised_rollout) -> None:
    go(room, qtbot, practised_rollout)
    everywhere = len(looked("page"))
    part.panel.only_run.click()
    qtbot.waitUntil(lambda: not part.panel.stop_button.isVisible() and 0 < part.panel.model.rowCount() < everywhere)
    for action in part.panel._actions():
        if action.isChecked() and action.data() != "thought":
            action.setChecked(False)
    qtbot.waitUntil(lambda: not part.panel.stop_button.isVisible())
    assert part.panel.fields.text() == "Thoughts"
    assert {row.hit.field for row in looked("the") if row.hit is not None} == {"thought"}
    part.panel.regex.click()
    looked("(")
    assert "cannot be read" in part.panel.said.accessibleName()


def test_groups_fold_and_what_is_found_is_copied(room, part, looked, frame: Frame, qtbot) -> None:
    rows = looked("link")
    view, model = part.panel.view, part.panel.model
    view.setFocus()
    view.setCurrentIndex(model.index(0, 0))
    shown = model.rowCount()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert model.rowCount() < shown
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert model.rowCount() == shown == len(rows)
    frame.registry.action("trajectories.everywhere.copy").trigger()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("# Found: link")
    assert "**link**" in text.lower()


def test_a_place_with_words_looks_for_them_and_what_was_looked_for_is_kept(room, part, qtbot) -> None:
    room.show_place({"find": "link"})
    qtbot.waitUntil(lambda: part.panel.model.rowCount() > 0)
    kept = part.place_to_keep()
    part.panel.line.clear()
    part.restore_place(kept)
    assert part.panel.line.text() == "link"


def test_blind_no_verdict_is_found_and_no_arm_is_named(workspace, qtmodeltester) -> None:
    conn = workspace.reader()
    rows = rows_of(find(conn, Search("link")), Names(conn, blind=True))
    assert {row.title for row in rows if row.level == RUN} == {"Run 1", "Run 2"}
    model = HitsModel()
    model.show(rows)
    qtmodeltester.check(model)


def test_what_was_found_is_looked_for_again_when_one_judges_blind(room, part, looked, practised_rollout, qtbot) -> None:
    reason = practised_rollout.verdicts[0].reason.split(".")[0]
    assert any(row.hit is not None and row.hit.kind == "verdict" for row in looked(f'"{reason}"'))
    room.stage.set_blind(True)
    qtbot.waitUntil(lambda: not part.panel.stop_button.isVisible())
    assert not any(row.hit is not None and row.hit.kind == "verdict" for row in part.panel.model.rows)
