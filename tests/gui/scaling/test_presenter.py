"""The Scaling room without widgets: what is asked, what is shown, what is dropped."""

import pytest

from rb_studio.gui.frame import Frame
from rb_studio.gui.plots.names import arms_of, metric_of
from rb_studio.gui.rooms.scaling.presenter import ScalingPresenter
from rb_studio.gui.rooms.scaling.reading import APART, POOLED
from rb_studio.jobs.paper import REPORTED
from rb_studio.jobs.recipe import figure_of
from rb_studio.jobs.streams import arm_name
from rb_studio.records.event import Event
from rb_studio.store.changes import ChangeRecord
from tests.gui.conftest import TASKS
from tests.gui.presenter_view import ReadingView


class View(ReadingView):
    """Keeps the last of everything that was set."""

    def __init__(self) -> None:
        super().__init__()
        self.figures, self.calls = {}, []
        self.arms, self.empty, self.notes = [], None, ()
        self.sources, self.present, self.busy, self.choices = [], "", False, ()

    def show_sources(self, sources, present):
        self.sources, self.present = list(sources), present

    def show_options(self, options, ks, k):
        self.choices = (options, list(ks), k)

    def show_arms(self, arms, hidden):
        self.arms = list(arms)

    def show_figure(self, name, curves, arms, options):
        self.figures[name] = curves

    def show_arms_drawn(self):
        pass

    def show_notes(self, warnings, simulated):
        self.notes = (list(warnings), simulated)

    def show_empty(self, empty):
        self.empty = empty

    def show_busy(self, busy):
        self.busy = busy
        self.calls.append(busy)


@pytest.fixture
def view() -> View:
    return View()


@pytest.fixture
def presenter(frame: Frame, view: View, qtbot) -> ScalingPresenter:
    made = ScalingPresenter(frame.session, view)
    made.set_visible(True)
    qtbot.waitUntil(lambda: bool(view.figures))
    return made


def turned(presenter: ScalingPresenter, view: View, qtbot, name: str) -> None:
    """Bring a figure to the front and wait for it."""
    presenter.show(name)
    qtbot.waitUntil(lambda: name in view.figures)


def test_a_hidden_room_reads_nothing(frame: Frame, view: View) -> None:
    made = ScalingPresenter(frame.session, view)
    made.events([Event(1, 1, "outcome", "outcome", 1, "")])
    assert view.calls == []
    assert view.later == 0


def test_single_runs_are_pooled_first_with_two_arms_and_the_mark_of_practice(presenter, view) -> None:
    assert view.present == POOLED
    assert view.arms == ["none", "reasoningbank"]
    assert view.notes[1] is True
    assert [source.key for source in view.sources] == [POOLED, APART]
    assert view.empty is False


def test_judged_success_and_pass_hat_k_are_made_when_they_are_asked_for(presenter, view, qtbot) -> None:
    def drawn() -> set[str]:
        return {metric_of(one) for one in view.figures["curves"].series}

    assert drawn() == {"best_of_k", "pass_at_k", "pass_at_1"}
    presenter.show_metric("pass_hat_k", True)
    qtbot.waitUntil(lambda: "pass_hat_k" in drawn())
    presenter.choose("truth", "both")
    qtbot.waitUntil(lambda: {"judged", "judged_best", "judged_any"} < drawn())
    presenter.choose("truth", "judged")
    qtbot.waitUntil(lambda: drawn() == {"judged", "judged_best", "judged_any"})


def test_the_paper_stands_apart_and_only_beside_curves_over_k(presenter, view, qtbot) -> None:
    before = view.figures["curves"].series
    presenter.choose("paper", True)
    assert view.figures["curves"].series == before
    assert {one.truth for one in view.figures["curves"].paper} == {REPORTED}
    assert presenter.recipe("curves").paper
    presenter.choose("x", "tokens")
    qtbot.waitUntil(lambda: view.figures["curves"].x == "tokens")
    assert view.figures["curves"].paper == ()
    assert not presenter.recipe("curves").paper


def test_what_is_hidden_is_told_in_the_caption_of_screen_and_file(presenter, view) -> None:
    presenter.show_arm("none", False)
    presenter.show_metric("pass_at_1", False)
    told = "; 1 arm not drawn: none; 1 line not drawn: pass@1"
    assert view.figures["curves"].caption.endswith(told)
    assert figure_of(presenter.figures.pools, presenter.recipe("curves")).caption.endswith(told)


def test_a_hidden_arm_leaves_the_figures_but_keeps_the_others_colours(presenter, view, qtbot) -> None:
    presenter.show_arm("none", False)
    turned(presenter, view, qtbot, "stream")
    assert {arm_name(one) for one in view.figures["stream"].series} == {"reasoningbank"}
    assert list(presenter.figures.arms) == ["none", "reasoningbank"]


def test_nothing_left_to_draw_is_said(presenter, view) -> None:
    for arm in list(presenter.figures.arms):
        presenter.show_arm(arm, False)
    assert "every arm or metric is switched off" in view.notes[0]


def test_another_axis_is_computed_from_what_was_read(presenter, view, qtbot) -> None:
    pools = presenter.figures.pools
    presenter.choose("x", "tokens")
    qtbot.waitUntil(lambda: view.figures["curves"].x == "tokens")
    assert presenter.figures.pools is pools
    assert all(point.x > 100 for one in view.figures["curves"].series for point in one.points)


def test_runs_one_by_one_make_an_arm_each(presenter, view, qtbot) -> None:
    presenter.choose_source(APART)
    qtbot.waitUntil(lambda: view.present == APART)
    assert view.arms == ["run 1: none", "run 2: reasoningbank"]


def test_the_stream_ends_at_the_share_of_solved_tasks(presenter, view, qtbot) -> None:
    turned(presenter, view, qtbot, "stream")
    stream = next(one for one in view.figures["stream"].series if arm_name(one) == "none")
    first = next(one for one in view.figures["curves"].series if one.metric == "pass_at_1" and arm_name(one) == "none")
    assert len(stream.points) == TASKS
    assert stream.points[-1].value == pytest.approx(first.points[0].value)


def test_every_point_has_rollouts_behind_it(presenter, view, qtbot) -> None:
    for name, each in (("curves", TASKS), ("steps", None), ("stream", 1)):
        turned(presenter, view, qtbot, name)
        series = presenter.figure(name).series[0]
        behind = presenter.rollouts_behind(series, series.points[0])
        assert len(behind) == (each or TASKS)
    assert len(set(behind)) == len(behind)


def test_an_outcome_makes_a_shown_figure_stale_a_step_does_not(presenter, view) -> None:
    presenter.events([Event(5, 1, "step", "step", 3, "")])
    assert view.later == 0
    presenter.events([Event(6, 1, "outcome", "outcome", 3, "")])
    assert view.later == 1


def test_growing_figures_do_not_say_that_they_are_computed(presenter, view, qtbot) -> None:
    view.calls.clear()
    presenter.events([Event(6, 1, "outcome", "outcome", 3, "")])
    before = presenter.figures
    presenter.refresh()
    qtbot.waitUntil(lambda: presenter.figures is not before)
    assert True not in view.calls
    presenter.refresh()
    assert view.calls[-1] is True


def test_an_axis_chosen_while_results_are_read_loses_none_of_them(presenter, view, frame, qtbot) -> None:
    presenter.choose_source(APART)
    presenter.choose("x", "tokens")
    qtbot.waitUntil(lambda: view.figures["curves"].x == "tokens")
    assert (view.present, view.arms) == (APART, ["run 1: none", "run 2: reasoningbank"])


def test_a_change_of_memories_does_not_disturb_the_figures_one_of_verdicts_does(presenter, view) -> None:
    presenter.changed(ChangeRecord("Archive", "user", ("item_state",)))
    assert view.later == 0
    presenter.changed(ChangeRecord("Judge", "user", ("verdict",)))
    assert view.later == 1


def test_choices_come_back_and_nonsense_is_left_out(frame, view, qtbot) -> None:
    made = ScalingPresenter(frame.session, view)
    made.restore({"source": APART, "x": "time", "k": 1, "hidden_arms": ["run 1: none"], "hidden_metrics": []})
    made.set_visible(True)
    qtbot.waitUntil(lambda: bool(view.figures))
    assert view.present == APART
    assert view.figures["curves"].x == "time"
    assert arms_of(view.figures["curves"]) == ["run 2: reasoningbank"]
    kept = made.keep()
    made.restore({"source": 7, "x": "miles", "k": "many", "hidden_arms": "none"})
    assert made.keep()["x"] == "k"
    assert made.keep()["source"] is None
    assert made.keep()["hidden_arms"] == kept["hidden_arms"]


def test_a_sweep_that_is_gone_gives_way_to_what_there_is(frame, view, qtbot) -> None:
    made = ScalingPresenter(frame.session, view)
    made.restore({"source": "sweep:99"})
    made.set_visible(True)
    qtbot.waitUntil(lambda: bool(view.figures))
    assert view.present == POOLED


def test_arms_that_only_have_steps_are_drawn_too(frame, view, qtbot) -> None:
    frame.session.workspace.run(lambda db: db.execute("UPDATE truth SET success = NULL"))
    made = ScalingPresenter(frame.session, view)
    made.front = "steps"
    made.set_visible(True)
    qtbot.waitUntil(lambda: bool(view.figures))
    assert {arm_name(one) for one in view.figures["steps"].series} <= set(view.arms)
    assert view.arms == ["none", "reasoningbank"]


def test_an_empty_workspace_is_empty_not_an_error(empty_frame, view, qtbot) -> None:
    made = ScalingPresenter(empty_frame.session, view)
    made.set_visible(True)
    qtbot.waitUntil(lambda: view.empty is not None)
    assert view.empty is True
    assert view.error == ""
