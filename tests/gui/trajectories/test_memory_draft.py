"""From steps to memory items and back: by hand, through the distiller, marked on the scrub bar."""

import pytest

from rb_studio.gui.rooms.trajectories import memory_draft
from rb_studio.gui.rooms.trajectories.distil_dialog import DistilDialog
from rb_studio.gui.rooms.trajectories.memory_draft import BY_HAND, DISTIL, MemoryDraftPart, told
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.jobs.own_bank import add_by_hand
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemSource
from tests.gui.trajectories.test_view import go


@pytest.fixture
def part(room: TrajectoriesRoom, keys, qtbot, practised_rollout: Opened) -> MemoryDraftPart:
    go(room, qtbot, practised_rollout)
    qtbot.waitUntil(lambda: room.frame.session.idle)
    return next(part for part in room.parts.all if isinstance(part, MemoryDraftPart))


def learned(room: TrajectoriesRoom, qtbot, uid: str, *steps: int) -> None:
    """An item that somebody wrote from steps of a rollout."""
    text, source = ItemText("Look twice", "", "x"), ItemSource(uid, steps)
    room.frame.session.operate(lambda db: add_by_hand(db, 1, text, sources=(source,))[1])
    qtbot.waitUntil(lambda: room.frame.session.idle)


def test_m_takes_the_selected_steps_to_a_draft(part, room, keys, went, practised_rollout: Opened) -> None:
    keys("Shift+J")
    keys("Shift+J")
    room.frame.dialogs.answers = [BY_HAND]
    keys("M")
    assert room.frame.dialogs.asked[-1][0] == "A memory item from steps 1 to 3"
    (place,) = went
    assert place.room == "memories"
    draft = place.target["draft"]
    assert (draft["rollout"], draft["steps"]) == (practised_rollout.row.uid, [1, 2, 3])
    assert draft["task"] == practised_rollout.row.task_text
    assert draft["content"].startswith("Step 1: ")
    keys("M")
    assert len(went) == 1


def test_the_distiller_is_asked_about_just_these_steps_after_the_cost_was_told(
    part, room, keys, qtbot, monkeypatch, practised_rollout: Opened
) -> None:
    keys("J")
    room.frame.dialogs.answers = [DISTIL]
    keys("M")
    (dialog,) = room.findChildren(DistilDialog)
    assert not dialog.run_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.run_button.isEnabled() or dialog.problem.text() != "")
    assert dialog.estimate.text().startswith("Estimate: 1 call")
    assert "step 2 of this rollout" in dialog.what.text()
    dialog.run_button.click()
    qtbot.waitUntil(lambda: room.frame.jobs.state is not None and not room.frame.jobs.active, timeout=20_000)
    assert room.frame.jobs.state.phase == "finished", room.frame.jobs.state.detail
    qtbot.waitUntil(lambda: "candidate item" in room.frame.toast.said[-1] or "Nothing" in room.frame.toast.said[-1])
    uid = practised_rollout.row.uid
    rows = room.frame.session.workspace.reader().execute(
        "SELECT s.steps FROM item_source s JOIN memory_item i ON i.id = s.item WHERE s.rollout_uid = ?", (uid,)
    )
    assert "[2]" in [row[0] for row in rows]
    qtbot.waitUntil(lambda: 2 in room.panels.scrub.marked("memory"))


def test_items_lead_back_to_their_steps_and_stand_on_the_scrub_bar(
    part, room, keys, qtbot, practised_rollout: Opened
) -> None:
    uid = practised_rollout.row.uid
    before = room.panels.scrub.marked("memory")
    learned(room, qtbot, uid, 2, 4)
    assert room.panels.scrub.marked("memory") == before | {2, 4}
    assert "Look twice" in room.panels.scrub.tick_text(2)
    room.presenter.jump(1)
    room.show_place({"rollout": uid, "steps": [2, 4]})
    qtbot.waitUntil(lambda: room.presenter.selected == (2, 4))
    assert room.presenter.step == 2
    keys("U")
    assert room.panels.scrub.marked("memory") == frozenset()
    keys("U")
    assert room.panels.scrub.marked("memory") == before | {2, 4}


def test_what_was_learned_is_shown_in_memories(part, room, went, practised_rollout: Opened) -> None:
    room.frame.registry.action("trajectories.learned").trigger()
    assert went[-1].target == {"query": f"source:{practised_rollout.row.uid}"}


def test_a_running_rollout_is_not_distilled_yet(part, room, monkeypatch) -> None:
    monkeypatch.setattr(Opened, "running", property(lambda _self: True))
    part._ask_distiller()
    assert room.frame.toast.said[-1] == memory_draft.RUNNING


def test_steps_in_words() -> None:
    assert [told(steps) for steps in ((3,), (3, 4, 5), (1, 4))] == ["step 3", "steps 3 to 5", "2 steps"]
