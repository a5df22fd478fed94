"""A new sweep: what it asks for, what is wrong with it, and the curves it leaves behind."""

from dataclasses import replace

import pytest

from rb_studio.gui.dialogs.run_form import read_facts
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.scaling.sweep_dialog import SweepDialog
from rb_studio.gui.rooms.scaling.sweep_form import SweepForm, problem, summary
from rb_studio.gui.rooms.scaling.view import ScalingRoom
from rb_studio.records.errors import UsageError


@pytest.fixture
def facts(frame: Frame):
    return read_facts(frame.session.workspace.reader(), frame.settings)


def test_a_sweep_is_every_combination(facts) -> None:
    form = SweepForm("practice", profile="practice", seeds="0:2", limit=10)
    arms, rollouts = form.size(facts)
    assert arms == 2 * 3 * 2
    assert rollouts == 10 * (1 + 3 + 5) * 2 * 2
    assert summary(form, facts).startswith("12 arms, 360 rollouts")
    assert problem(form, facts) is None


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"ks": ""}, "whole numbers from 1"),
        ({"ks": "1, zero"}, "whole numbers from 1"),
        ({"ks": "65"}, "whole numbers from 1"),
        ({"seeds": "a"}, "Seeds are whole numbers"),
        ({"memories": ()}, "at least one memory mode"),
        ({"scalings": ()}, "at least one memory mode and one scaling"),
        ({"scalings": ("none",), "ks": "3", "memories": ("reasoningbank",)}, "no arm is left"),
        ({"suite": "nowhere"}, "Choose a suite"),
    ],
)
def test_what_cannot_run_says_why(facts, change: dict, part: str) -> None:
    form = SweepForm(**{"suite": "practice", "profile": "practice", **change})
    assert part in (problem(form, facts) or "")
    assert form.size(facts) == (0, 0) or "suite" in change


def test_the_practice_model_is_not_swept_over_tasks_it_would_fail(facts) -> None:
    entry = facts.entry("practice")
    sums = replace(
        entry, whole=replace(entry.whole, name="sums"), suite=replace(entry.suite, name="sums", environment="answer")
    )
    both = replace(facts, entries=(*facts.entries, sums))
    fault = problem(SweepForm("sums", profile="practice"), both)
    assert "would fail every task of sums" in (fault or "")


def test_k_values_are_sorted_and_single(facts) -> None:
    assert SweepForm("practice", ks="5 1,3 5").k_list() == (1, 3, 5)
    with pytest.raises(UsageError):
        SweepForm("practice", ks="1.5").k_list()


def test_the_dialog_checks_while_typing_and_starts_the_sweep(frame: Frame, qtbot) -> None:
    asked = []
    frame.jobs.sweep = lambda request, settings, title: asked.append((request, title))
    dialog = SweepDialog(frame, "practice")
    qtbot.addWidget(dialog)
    started = []
    dialog.started.connect(lambda: started.append(True))
    qtbot.waitUntil(lambda: dialog.run.isEnabled())
    dialog.ks.setText("1, 2")
    dialog.seeds.setText("x")
    assert not dialog.run.isEnabled()
    assert "Seeds" in dialog.problem()
    dialog.seeds.setText("0")
    dialog.limit.setValue(4)
    assert dialog.problem() == ""
    dialog.run.click()
    request, title = asked[0]
    assert (request.ks, request.base.limit, request.memories) == ((1, 2), 4, ("none", "reasoningbank"))
    assert title == "practice: sweep of 4 arms"
    assert started == [True]


def test_the_room_follows_a_sweep_that_runs(frame: Frame, qtbot) -> None:
    room = ScalingRoom(frame)
    qtbot.addWidget(room)
    frame.registry.add(*room.commands())
    room.show()
    qtbot.waitUntil(lambda: bool(room.presenter.figures.pools))
    form = SweepForm("practice", profile="practice", ks="1, 2", memories=("none",), limit=3)
    room.presenter.choose_source("apart")
    frame.jobs.sweep(form.request(), frame.settings())
    room.presenter.follow_newest()
    qtbot.waitUntil(lambda: room.presenter.figures.source == "sweep:1", timeout=30_000)
    qtbot.waitUntil(lambda: not frame.jobs.active, timeout=60_000)
    qtbot.waitUntil(lambda: room.presenter.figures.ks == [1, 2], timeout=10_000)
    qtbot.waitUntil(lambda: all(len(pool.tasks) == 3 for pool in room.presenter.figures.pools), timeout=10_000)
    assert room.panes["curves"].curves.simulated
