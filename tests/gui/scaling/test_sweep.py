"""A new sweep: what it asks for, what is wrong with it, and the curves it leaves behind."""

import json
import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from rb_studio.gui.dialogs.run_form import read_facts
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.scaling.box_grid import BoxGrid
from rb_studio.gui.rooms.scaling.sweep_dialog import SweepDialog
from rb_studio.gui.rooms.scaling.sweep_form import SweepForm
from rb_studio.gui.rooms.scaling.sweep_look import look, problem
from rb_studio.gui.rooms.scaling.view import ScalingRoom
from rb_studio.jobs.driving import Driving
from rb_studio.models.profile import Profile
from rb_studio.records.errors import UsageError
from rb_studio.store import runs


@pytest.fixture
def facts(frame: Frame):
    return read_facts(frame.session.workspace.reader(), frame.settings)


def test_a_sweep_is_every_combination(facts) -> None:
    form = SweepForm("practice", profile="practice", seeds="0:2", limit=10)
    found = look(form, facts)
    assert found.arms == form.combinations() == 2 * 3 * 2
    assert found.rollouts == 10 * (1 + 3 + 5) * 2 * 2
    assert found.summary().startswith("12 arms, 360 rollouts")
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
    assert look(form, facts).arms == 0 or "suite" in change


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
    frame.jobs.sweep = lambda request, settings, title, **how: asked.append((request, title))
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
    assert title == "practice: sweep of 4 arms, 24 rollouts"
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


@pytest.fixture
def asked(frame: Frame, qtbot) -> SweepDialog:
    dialog = SweepDialog(frame, "practice")
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: dialog.run.isEnabled() and dialog.isActiveWindow())
    qtbot.addWidget(dialog)
    return dialog


def test_more_settings_are_part_of_every_arm_and_of_the_size(asked: SweepDialog, frame: Frame, qtbot) -> None:
    sweeps = []
    frame.jobs.sweep = lambda request, settings, title, **how: sweeps.append(request)
    qtbot.keyClick(asked, Qt.Key.Key_G, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(asked.more.is_open)
    asked.limit.setValue(10)
    asked.ks.setText("1, 3")
    before = asked._summary.text()
    asked.more.allocation.setCurrentIndex(asked.more.allocation.findData("difficulty"))
    asked.more.retrieve.setValue(2)
    asked.more.noise.setValue(10)
    asked.more.split.setChecked(True)
    assert before.startswith("4 arms, 80 rollouts")
    assert asked._summary.text().startswith("4 arms, 62 rollouts")
    qtbot.waitUntil(lambda: frame.session.idle and asked.run.isEnabled())
    asked.run.click()
    base = sweeps[0].base
    assert (base.allocation, base.retrieve_n, base.label_noise, base.split) == ("difficulty", 2, 0.1, "0.30:0")


def test_a_setting_the_engine_refuses_is_told_in_words_of_the_window(asked: SweepDialog) -> None:
    asked.more.allocation.setCurrentIndex(asked.more.allocation.findData("greedy"))
    asked.more.budgeted.setChecked(True)
    asked.more.budget.setValue(6)
    assert "cannot spend 6 rollouts a task" in asked.problem() + asked._summary.text()
    assert "--" not in asked.problem()


def test_without_memory_nothing_of_memory_is_offered(asked: SweepDialog) -> None:
    assert asked.more.policy.isEnabled()
    asked.memories["reasoningbank"].setChecked(False)
    assert not asked.more.policy.isEnabled()


def test_every_row_is_reached_by_its_letter(asked: SweepDialog, qtbot) -> None:
    vary = asked.vary
    for letter, first in (
        ("Y", asked.memories["none"]),
        ("H", asked.methods.boxes["ace_playbook"]),
        ("C", asked.scalings["none"]),
        ("D", vary.orders),
        ("A", vary.allocations["first-success"]),
        ("L", vary.policies["skip-near-duplicates"]),
    ):
        qtbot.keyClick(asked, getattr(Qt.Key, f"Key_{letter}"), Qt.KeyboardModifier.AltModifier)
        assert asked.focusWidget() is first
    seen = set()
    for _ in range(60):
        seen.add(asked.focusWidget())
        asked.focusNextChild()
    rows = {*asked.memories.values(), *asked.methods.boxes.values(), asked.methods.add, asked.more.button}
    assert {asked.what, asked.run, *rows} <= seen


def test_a_method_file_becomes_a_memory_of_the_sweep(asked: SweepDialog, frame: Frame, tmp_path, qtbot) -> None:
    sweeps = []
    frame.jobs.sweep = lambda request, settings, title, **how: sweeps.append(request)
    mine = tmp_path / "mine.py"
    mine.write_text("def inject(case, items):\n    return ''\n")
    frame.dialogs.files.append([mine])
    asked.methods.add.click()
    assert frame.dialogs.asked == [("Choose a memory method", "Python files (*.py)")]
    assert (asked.problem(), asked.run.isEnabled()) == ("Loading mine\u2026", False)
    qtbot.waitUntil(lambda: asked.run.isEnabled(), timeout=20_000)
    asked.run.click()
    [request] = sweeps
    assert request.memories == ("none", "reasoningbank", "mine")
    [method] = request.base.methods
    assert (method.name, tuple(method.functions)) == ("mine", ("inject",))


def test_an_example_is_loaded_when_it_is_checked_and_gone_when_it_is_not(asked: SweepDialog, qtbot) -> None:
    asked.methods.boxes["ace_playbook"].setChecked(True)
    qtbot.waitUntil(lambda: asked.run.isEnabled(), timeout=20_000)
    assert [one.name for one in asked.form.methods] == ["ace_playbook"]
    asked.methods.boxes["ace_playbook"].setChecked(False)
    assert (asked.form.methods, asked.form.memories) == ((), ("none", "reasoningbank"))


@pytest.mark.parametrize(
    ("name", "code", "part"),
    [("broken.py", "raise RuntimeError('boom')\n", "boom"), ("none.py", "x = 1\n", "is a shipped mode's"),
     ("notes.txt", "", "is no Python file"), ("empty.py", "", "empty")],
)  # fmt: skip
def test_a_file_that_is_no_method_says_why_and_is_left_out(
    asked: SweepDialog, frame: Frame, tmp_path, qtbot, name: str, code: str, part: str
) -> None:
    (tmp_path / name).write_text(code)
    frame.dialogs.files.append([tmp_path / name])
    asked.methods.add.click()
    qtbot.waitUntil(lambda: part in asked.problem(), timeout=20_000)
    qtbot.waitUntil(lambda: asked.run.isEnabled(), timeout=20_000)
    assert asked.methods.chosen() == ()
    asked.limit.setValue(3)
    assert asked.problem() == ""


def test_boxes_go_on_in_another_row_where_it_is_narrow(qtbot) -> None:
    grid, boxes = BoxGrid("&Boxes"), [QCheckBox(f"box {number}") for number in range(5)]
    for box in boxes:
        grid.put(box)
    qtbot.addWidget(grid.label)
    qtbot.addWidget(grid)
    grid.show()
    for width, rows in ((2000, 1), (3 * boxes[0].sizeHint().width(), 3), (10, 5)):
        grid.resize(width, 400)
        qtbot.waitUntil(lambda rows=rows: len({box.y() for box in boxes}) == rows)


def test_a_grid_tells_each_arm_those_alike_and_what_is_left_out(facts) -> None:
    form = SweepForm("practice", profile="practice", scalings=("none", "parallel"), ks="1, 2", limit=5)
    told = [(cell.number, cell.rollouts, cell.outcome) for cell in look(form, facts).cells]
    assert told[:3] == [(1, 5, "runs"), (2, 10, "runs"), (3, 5, "same as arm 1, run once")]
    assert told[-1] == (0, 0, "reasoningbank, k = 2 without scaling is no arm and was left out")


def test_many_arms_are_counted_without_holding_up_the_window(asked: SweepDialog, qtbot) -> None:
    asked.seeds.setText("0:50")
    assert not asked.run.isEnabled()
    qtbot.waitUntil(asked.run.isEnabled)
    assert asked.grid.model.rowCount() == 2 * 3 * 50


def test_every_axis_is_in_the_request_and_comes_back_from_what_is_kept(facts) -> None:
    form = SweepForm(
        "practice",
        profile="practice",
        allocations=("greedy",),
        policies=("cap",),
        orders="id, shuffle:1",
        aa=True,
        label="gt",
        roles={"judge": "practice"},
        embedder="hashing",
        executor="address",
        address="tcp://127.0.0.1:8786",
        workers=2,
        spend_limit=1.5,
    )
    request = form.request()
    assert (request.allocations, request.consolidations) == (("uniform", "greedy"), ("append", "cap:100"))
    assert (request.orders, request.aa) == (("id", "shuffle:1"), True)
    assert (request.base.label, request.base.profiles["judge"], request.base.embedder) == ("gt", "practice", "hashing")
    assert form.driving() == Driving("dask=tcp://127.0.0.1:8786", 2, 1.5)
    assert SweepForm.from_json(json.loads(json.dumps(form.to_json()))) == form


def test_a_limit_that_nothing_could_hold_is_refused_in_words_of_the_window(facts) -> None:
    paid = facts.settings.model_copy(update={"profiles": {"far": Profile("far", "https://api.example.org/v1", "big")}})
    form = SweepForm("practice", profile="practice", roles={"judge": "far"}, spend_limit=5.0)
    fault = problem(form, replace(facts, settings=paid)) or ""
    assert fault.startswith("The spend limit would limit nothing: no prices are known for 'big' at api.example.org")
    assert "--" not in fault


def test_a_pilot_by_keyboard_leaves_a_sweep_that_run_goes_on_with(asked: SweepDialog, frame: Frame, qtbot) -> None:
    asked.ks.setText("1, 2")
    asked.limit.setValue(6)
    qtbot.keyClick(asked, Qt.Key.Key_U, Qt.KeyboardModifier.AltModifier)
    assert asked.tabs.currentWidget().widget() is asked.running
    asked.running.workers.setValue(1)
    asked.pilot_tasks.setValue(2)
    qtbot.keyClick(asked, Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: not asked.run.isEnabled())
    qtbot.waitUntil(lambda: "Sweep 1 was begun" in asked._estimate.text(), timeout=60_000)
    conn = frame.session.workspace.reader()
    assert runs.sweep(conn, 1).status == "paused"
    assert "left" in asked._estimate.text()
    asked.run.setFocus()
    qtbot.keyClick(asked.run, Qt.Key.Key_Return)
    assert not asked.isVisible()
    qtbot.waitUntil(lambda: runs.sweep(conn, 1).status == "finished", timeout=60_000)
    assert [row.id for row in runs.sweeps(conn)] == [1]


def test_a_scheduler_is_asked_on_demand_only_and_says_what_is_wrong(asked: SweepDialog, qtbot, monkeypatch) -> None:
    monkeypatch.setattr("rb_studio.gui.rooms.scaling.sweep_dialog.PATIENCE", 0.5)
    running = asked.running
    running.executor.setCurrentIndex(running.executor.findData("address"))
    assert "Give the address" in asked.problem()
    running.address.setText("127.0.0.1:9")
    assert (asked.problem(), running.health.text()) == ("", "")
    running.check.click()
    qtbot.waitUntil(lambda: "No Dask scheduler answers" in running.health.text(), timeout=60_000)


def test_what_was_typed_stays_when_the_builder_is_closed(frame: Frame, qtbot) -> None:
    room = ScalingRoom(frame)
    qtbot.addWidget(room)
    room.start_sweep()
    part = next(one for one in room.parts.all if one.name == "sweep")
    qtbot.waitUntil(part.dialog.run.isEnabled)
    part.dialog.seeds.setText("0:4")
    part.dialog.reject()
    room.start_sweep()
    qtbot.waitUntil(part.dialog.run.isEnabled)
    assert part.dialog.seeds.text() == "0:4"
    kept = json.loads(json.dumps(room.place_to_keep()))
    part.dialog.reject()
    other = ScalingRoom(frame)
    qtbot.addWidget(other)
    other.restore_place(kept)
    other.start_sweep()
    again = next(one for one in other.parts.all if one.name == "sweep").dialog
    qtbot.waitUntil(again.run.isEnabled)
    assert (again.seeds.text(), again.form.seeds) == ("0:4", "0:4")


def test_the_queue_shows_arms_and_waiting_jobs_and_moves_them(frame: Frame, qtbot) -> None:
    room, go_on = ScalingRoom(frame), threading.Event()
    qtbot.addWidget(room)
    frame.registry.add(*room.commands())
    room.show()
    qtbot.waitUntil(lambda: bool(room.presenter.figures.pools))
    frame.registry.enter("scaling")
    part = next(one for one in room.parts.all if one.name == "queue")
    run = runs.runs(frame.session.workspace.reader())[0].id
    frame.registry.action("scaling.queue").trigger()

    def work(cancel, begun):
        begun((run,), 8)
        assert go_on.wait(30)

    frame.jobs.do("first", "", work)
    for name in ("a", "b"):
        frame.jobs.do(name, "", lambda cancel, begun: None)
    qtbot.waitUntil(lambda: [arm.run for arm in part.panel.arms.rows()] == [run])
    part.panel.job_table.selectRow(1)
    frame.registry.action("scaling.queue.up").trigger()
    assert [job.title for _, job in part.panel.waiting.rows()] == ["b", "a"]
    part.panel.out.click()
    assert [job.title for _, job in part.panel.waiting.rows()] == ["a"]
    assert room.tabs.tabText(room.tabs.indexOf(part.panel)) == "&Queue (1)"
    go_on.set()
    qtbot.waitUntil(lambda: not frame.jobs.active and not frame.jobs.waiting)
