"""Finding in the rollout on screen: every hit counted, marked and gone to."""

import re

import pytest
from PySide6.QtCore import Qt

from rb_studio.gui.rooms.trajectories.find_part import FindPart
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import readable
from rb_studio.gui.rooms.trajectories.run_hits import fields_of, look, place_and_stretch
from rb_studio.gui.rooms.trajectories.step_texts import reply_of
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.records.annotation import Anchor, Kind, Part
from rb_studio.store import annotations
from rb_studio.store.find import find as find_all
from rb_studio.store.find_text import Search
from rb_studio.store.imported import SourceFile, save_imported
from rb_studio.store.workspace import Workspace
from tests.gui.trajectories.samples import imported, step, trajectory
from tests.gui.trajectories.test_view import go

FAR = 30_000


@pytest.fixture
def find(room: TrajectoriesRoom) -> FindPart:
    return next(part for part in room.parts.all if isinstance(part, FindPart))


def type_in(find: FindPart, qtbot, words: str) -> None:
    find.bar.open()
    find.bar.line.setText(words)
    qtbot.waitUntil(lambda: not find._looking)


def test_hits_are_counted_marked_and_gone_round(room, find, keys, qtbot, foreign_rollout: Opened) -> None:
    go(room, qtbot, foreign_rollout)
    keys("/")
    assert find.bar.line.hasFocus()
    type_in(find, qtbot, "thought")
    assert find.bar.count.text() == "5 hits in 5 steps"
    assert room.panels.scrub.marked("hits") == frozenset({1, 2, 3, 4, 5})
    room.panels.list.table.setFocus()
    keys("N")
    assert find.bar.count.text() == "1 of 5 hits in 5 steps"
    keys("N")
    assert (room.presenter.step, find.bar.count.text()) == (2, "2 of 5 hits in 5 steps")
    assert room.panels.step.card.textCursor().selectedText() == "thought"
    keys("Shift+N")
    keys("Shift+N")
    assert (room.presenter.step, find.bar.count.text()) == (5, "5 of 5 hits in 5 steps")
    room.presenter.jump(3)
    keys("N")
    assert find.bar.count.text() == "3 of 5 hits in 5 steps"
    qtbot.keyClick(find.bar.line, Qt.Key.Key_Escape)
    assert room.panels.scrub.marked("hits") == frozenset()


def test_a_pattern_capitals_and_what_cannot_be_read(room, find, keys, qtbot, foreign_rollout: Opened) -> None:
    go(room, qtbot, foreign_rollout)
    type_in(find, qtbot, "Thought [23]$")
    assert find.bar.count.text() == "nothing found"
    find.bar.regex.click()
    qtbot.waitUntil(lambda: find.bar.count.text() == "2 hits in 2 steps")
    find.bar.case.click()
    qtbot.waitUntil(lambda: find.bar.count.text() == "nothing found")
    type_in(find, qtbot, "(")
    assert find.bar.count.text() == "cannot look", "what is looked for keeps its room"
    assert re.fullmatch(r"The pattern '\(' cannot be read: .*\.", find.bar.seen.accessibleName())


def test_a_hit_far_beyond_what_is_shown_is_counted_and_scrolled_to(room, find, keys, qtbot, frame) -> None:
    text = "\x1b[31mred\x1b[0m " + "x\n" * FAR + "here is a needle\n" + "y\n" * FAR
    made = trajectory((step(1), step(2, observation=text)), uid="far", task_key="suite/far")
    frame.session.workspace.run(
        lambda db: save_imported(db, SourceFile("/somewhere/far.json", "mini"), [imported(made)], {})
    )
    room.show_place({"rollout": "far"})
    qtbot.waitUntil(lambda: room.presenter.opened is not None and room.presenter.opened.row.uid == "far")
    type_in(find, qtbot, "needle")
    assert find.bar.count.text() == "1 hit in 1 step"
    assert "first after step 2" in find.bar.seen.accessibleName()
    keys("N")
    shown = room.panels.step.pages.after.text
    qtbot.waitUntil(lambda: shown.edit.textCursor().selectedText() == "needle")
    assert room.presenter.step == 2
    frame.registry.action("trajectories.first").trigger()
    frame.registry.action("trajectories.find.change").trigger()
    assert room.presenter.step == 2


def test_what_came_before_the_first_step_prompts_and_notes_are_looked_through(
    room, find, keys, qtbot, frame, practised_rollout: Opened
) -> None:
    go(room, qtbot, practised_rollout, 2)
    opening = practised_rollout.trajectory.first_observation
    word = opening.split("\n")[0][:30]
    type_in(find, qtbot, word)
    room.presenter.jump(1)
    keys("N")
    assert room.panels.step.pages.before.text.edit.textCursor().selectedText() == word
    system = practised_rollout.calls[1][0].messages[0].content.split("\n")[0][:40]
    type_in(find, qtbot, system)
    assert find.bar.count.text() == "nothing found"
    find.bar.prompts.click()
    qtbot.waitUntil(lambda: find.bar.count.text() == "1 hit in 1 step")
    keys("N")
    prompt = room.panels.step.prompt.text
    qtbot.waitUntil(lambda: prompt.edit.textCursor().selectedText() == system)
    anchor = Anchor(practised_rollout.row.uid, Part.STEP, "key", 2, None, None, "", "")
    frame.session.workspace.run(
        lambda db: annotations.add(db, anchor, Kind.COMMENT, comment="a remarkable place", who="me")
    )
    type_in(find, qtbot, "remarkable")
    assert find.bar.count.text() == "1 hit in 1 step"
    keys("N")
    assert room.presenter.step == 2


@pytest.mark.parametrize("blind", [False, True])
def test_raw_replies_are_looked_through_where_that_is_asked(practised_rollout: Opened, workspace, blind: bool) -> None:
    conn, reply = workspace.reader(), practised_rollout.calls[2][0].reply.text
    words = reply.split("\n")[-1]
    search = Search(words, fields=frozenset(("reply",)), words=False)
    found = look(conn, practised_rollout, search, lambda: False)
    assert found.places[0] == 2
    start, length = found.stretch(0, practised_rollout, blind=blind)
    assert readable(reply_of(practised_rollout, 2, blind=blind))[start : start + length] == words
    hit = next(one for one in find_all(conn, search).hits if one.rollout == practised_rollout.id and one.step == 2)
    place, start, length = place_and_stretch(practised_rollout, hit, blind=blind)
    assert (place, readable(reply_of(practised_rollout, 2, blind=blind))[start : start + length]) == (2, words)


def test_blind_nothing_that_tells_the_outcome_is_found(practised_rollout: Opened, workspace: Workspace) -> None:
    reason = practised_rollout.verdicts[0].reason

    def hits(*, blind: bool) -> int:
        search = Search(reason, fields=fields_of(prompts=False, blind=blind))
        return len(look(workspace.reader(), practised_rollout, search, lambda: False).hits)

    assert hits(blind=False) >= 1
    assert hits(blind=True) == 0


def test_an_overtaken_look_ends_and_shows_nothing(room, find, qtbot, foreign_rollout: Opened) -> None:
    go(room, qtbot, foreign_rollout)
    search = find.bar.search(fields_of(prompts=False, blind=False))
    conn = room.frame.session.workspace.reader()
    assert look(conn, foreign_rollout, search, lambda: True).hits == ()
