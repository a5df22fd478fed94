"""Rollouts reviewed one after the other by keyboard, blind, over a restart."""

import pytest

from rb_studio.gui.review.queue import rollout_in
from rb_studio.gui.review.reviews import Reviews, reviews_of
from rb_studio.gui.rooms.trajectories.columns import COLUMNS
from rb_studio.gui.rooms.trajectories.copying import rollout_markdown
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.review_part import LISTED, RANDOM, ReviewPart
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from tests.gui.conftest import TASKS
from tests.gui.trajectories.test_view import go


@pytest.fixture
def part(room: TrajectoriesRoom, keys, qtbot) -> ReviewPart:
    qtbot.waitUntil(lambda: room.frame.session.idle)
    return next(part for part in room.parts.all if isinstance(part, ReviewPart))


def begin(room: TrajectoriesRoom, qtbot, answer: str) -> None:
    room.frame.dialogs.answers = [answer]
    room.frame.registry.action("trajectories.queue.begin").trigger()
    qtbot.waitUntil(lambda: reviews_of(room.frame).queue("trajectories") is not None)
    arrived(room, qtbot)


def arrived(room: TrajectoriesRoom, qtbot) -> None:
    """What is under review is on screen."""
    current = rollout_in(reviews_of(room.frame).queue("trajectories").current)
    qtbot.waitUntil(lambda: (room.presenter.opened.run.id, room.presenter.opened.row.uid) == current)
    qtbot.waitUntil(lambda: room.frame.session.idle)


def test_all_that_is_listed_is_reviewed_in_random_order_by_one_key(part, room, keys, qtbot) -> None:
    begin(room, qtbot, RANDOM)
    reviews = reviews_of(room.frame)
    assert room.frame.dialogs.asked[-1][0] == f"Review {2 * TASKS} rollouts (all that are listed)"
    seen = [room.presenter.opened.id]
    for done in range(1, 4):
        keys("Ctrl+Shift+Return" if done == 2 else "Ctrl+Return")
        arrived(room, qtbot)
        seen.append(room.presenter.opened.id)
    assert len(set(seen)) == 4
    queue = reviews.queue("trajectories")
    assert queue.seed is not None
    assert f"2 of {2 * TASKS} reviewed, 1 skipped \u2013 no. 4 of {2 * TASKS}" in part.bar.told.toolTip()
    keys("Ctrl+Backspace")
    arrived(room, qtbot)
    assert room.presenter.opened.id == seen[2]
    assert Reviews(room.frame).queue("trajectories") == reviews.queue("trajectories")


def test_looking_elsewhere_settles_nothing_and_one_comes_back(part, room, keys, qtbot) -> None:
    room.panels.list.table.selectAll()
    begin(room, qtbot, LISTED)
    first = room.presenter.opened.id
    other = room.list_presenter.shown.listing.ids[-1]
    reviews = reviews_of(room.frame)
    small = reviews.queue("trajectories")
    reviews.set_queue("trajectories", type(small)(small.items[:3], None, {}, small.items[0]))
    room.presenter.choose(other)
    qtbot.waitUntil(lambda: room.presenter.opened.id == other)
    assert "another rollout is on screen" in part.bar.told.toolTip()
    room.frame.registry.action("trajectories.queue.here").trigger()
    qtbot.waitUntil(lambda: room.presenter.opened.id == first)
    for _ in range(3):
        keys("Ctrl+Return")
        arrived(room, qtbot)
    assert reviews.queue("trajectories").over
    assert room.frame.toast.said[-1] == "All of it is reviewed."
    room.frame.registry.action("trajectories.queue.end").trigger()
    assert part.bar.isHidden()
    room.frame.toast.act()
    assert not part.bar.isHidden()


def test_blind_hides_verdict_truth_memory_and_model_until_it_is_switched_off(
    part, room, keys, qtbot, practised_rollout: Opened
) -> None:
    go(room, qtbot, practised_rollout)
    step, told = room.panels.step, room.panels.details.browser
    step.show_tab("prompt")
    step.toggle("metadata")
    before = told.toPlainText()
    keys("U")
    assert step.tab != "prompt"
    step.show_tab("prompt")
    step.show_tab("fields")
    assert step.tab not in ("prompt", "fields")
    model = practised_rollout.trajectory.model
    step.show_tab("reply")
    for shown in (told.toPlainText(), step.card.toPlainText(), step.reply.edit.toPlainText()):
        assert model not in shown
        assert "reasoningbank" not in shown
    assert "Verdict, truth and memory" in told.toPlainText()
    assert not {"Run", "Cost"} & set(told.toPlainText().split())
    copied = rollout_markdown(practised_rollout, blind=True)
    assert not any(one in copied for one in (model, "reasoningbank", "Memory Item"))
    for refused in ("copy.memory", "tab.prompt", "tab.fields", "memory", "item", "learned"):
        assert not room.frame.registry.action(f"trajectories.{refused}").isEnabled(), refused
    keys("]")
    qtbot.waitUntil(lambda: room.presenter.opened.id != practised_rollout.id)
    assert room.stage.blind
    keys("U")
    go(room, qtbot, practised_rollout)
    assert told.toPlainText() == before


def test_blind_hides_columns_facets_and_names_of_the_list_and_brings_back_what_was_shown(
    part, room, keys, qtbot
) -> None:
    panel = room.panels.list
    header = panel.table.horizontalHeader()

    def shown() -> list[str]:
        return [column.key for place, column in enumerate(COLUMNS) if not header.isSectionHidden(place)]

    room.list_presenter.set_group("run")
    qtbot.waitUntil(lambda: panel.model.group_at(0) is not None)
    before, name = shown(), panel.model.group_at(0).name
    assert {"verdict", "truth"} < set(before)
    chosen = panel.table.currentIndex().row()
    keys("U")
    assert shown() == ["task", "steps"]
    assert panel.model.group_at(0).name == "Group 1"
    assert panel.table.currentIndex().row() == chosen
    assert panel.facets._buttons["verdict"].isHidden()
    assert not panel.facets._buttons["exit"].isHidden()
    room.frame.registry.refresh()
    assert not room.frame.registry.action("trajectories.facet.model").isEnabled()
    assert room.frame.registry.action("trajectories.facet.exit").isEnabled()
    assert not next(one for one in panel.columns.menu().actions() if one.text().startswith("Truth")).isEnabled()
    assert "verdict" not in panel.kept()["hidden"]
    panel.restore(panel.kept())
    assert shown() == ["task", "steps"]
    keys("U")
    assert (shown(), panel.model.group_at(0).name) == (before, name)
    assert panel.table.fill
    assert not panel.facets._buttons["verdict"].isHidden()
