"""The window as a whole: practise, watch live, judge, edit an item, test the edit on the same tasks, see the curve."""

import os
import signal
from multiprocessing import active_children

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import Qt

from rb_studio.gui.dialogs.choosing import value
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.studio import Studio
from rb_studio.jobs.request import RunRequest
from rb_studio.models import settings
from rb_studio.models.profile import Profile
from rb_studio.store import banks, items, rollouts, runs
from rb_studio.store.judgement_rows import read_verdicts
from tests.gui.conftest import PRACTICE, ScriptedDialogs, frozen, let_go, no_leaks, own_settings  # noqa: F401 - fixtures
from tests.models.fake_server import Answer, FakeServer

TASKS, SLOW_STEPS = 8, 14
WANDERING = (
    "<think>have a look at the orders</think>\n<action>goto('/orders')</action>\nThoughts: none\nStatus: failure"
)
LESSON = "Read every page of the table before you count, up to the last page, and expand what is collapsed."


@pytest.fixture
def dialogs():
    return ScriptedDialogs()


class Open:
    """A window that is closed as the program closes it."""

    def __init__(self, qtbot, dialogs, *paths):
        self.studio = Studio(list(paths), dialogs=dialogs)
        self.studio.window.show()
        qtbot.waitUntil(lambda: self.studio.frame is not None, timeout=60_000)

    def end(self):
        self.studio.window.close()
        self.studio.close()
        self.studio.window.deleteLater()
        self.studio.deleteLater()
        self.studio = None
        let_go()


@pytest.fixture
def studio(qapp, qtbot, tmp_path, dialogs):
    opened = Open(qtbot, dialogs, tmp_path / "window.rbank")
    yield opened.studio
    opened.end()


@pytest.fixture
def slow(own_settings):  # noqa: F811 - the fixture of that name
    """A profile whose model answers on loopback, a fifth of a second a call."""
    with FakeServer(Answer(WANDERING, delay=0.2)) as server:
        profile = Profile("slow", base_url=server.url, model="wanderer")
        settings.save(settings.Settings(embedder="hashing").with_profile(profile))
        yield "slow"


def reader(studio):
    return studio.frame.session.workspace.reader()


def choose(box, wanted, qtbot):
    """Choose in a list by the keyboard."""
    qtbot.waitUntil(lambda: box.findData(wanted) >= 0, timeout=10_000)
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if value(box) == wanted:
            return
        qtbot.keyClick(box, Qt.Key.Key_Down)
    raise AssertionError(f"{wanted} cannot be chosen")


def write_number(box, number, qtbot):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, str(number))
    qtbot.keyClick(box, Qt.Key.Key_Tab)


def begin(studio, qtbot, *, memory, limit=TASKS, profile="practice", bank="", learn=True, steps=None):
    """Ask for a run as a person does: Ctrl+R in Tasks, the dialog's fields, Run; it is being watched then."""
    tasks = studio.window.show_room("tasks")
    qtbot.waitUntil(studio.window.registry.action("run.start").isEnabled, timeout=30_000)
    studio.window.registry.action("run.start").trigger()
    qtbot.waitUntil(lambda: tasks._asking.dialog is not None, timeout=10_000)
    dialog = tasks._asking.dialog
    qtbot.waitUntil(dialog._run.isEnabled, timeout=30_000)
    fields = dialog.fields
    choose(fields.memory, memory, qtbot)
    choose(fields.profile, profile, qtbot)
    if bank:
        choose(fields.bank, bank, qtbot)
    if fields.learn.isEnabled() and fields.learn.isChecked() != learn:
        qtbot.keyClick(fields.learn, Qt.Key.Key_Space)
    qtbot.keyClick(fields.limited, Qt.Key.Key_Space)
    write_number(fields.limit, limit, qtbot)
    if steps:
        write_number(fields.steps, steps, qtbot)
    qtbot.waitUntil(dialog._run.isEnabled, timeout=10_000)
    assert dialog.form.limit == limit, "what was typed counts"
    qtbot.mouseClick(dialog._run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tasks._asking.dialog is None, timeout=30_000)
    studio.window.activateWindow()  # what a window manager does once a dialog is gone
    qtbot.waitUntil(studio.window.isActiveWindow, timeout=10_000)
    assert studio.window.present_room is studio.window.rooms["trajectories"]


def run(studio, qtbot, **asked):
    """Run to the end; returns the run's row."""
    begin(studio, qtbot, **asked)
    qtbot.waitUntil(lambda: not studio.frame.jobs.active, timeout=90_000)
    assert studio.frame.jobs.state.phase == "finished", studio.frame.jobs.state.detail
    return runs.runs(reader(studio))[-1]


def test_steps_grow_before_the_eyes_and_j_walks_through_them_while_the_run_is_live(studio, qtbot, slow):
    live = []
    studio.frame.session.events.connect(
        lambda events: live.extend(event.kind for event in events if studio.frame.jobs.active)
    )
    begin(studio, qtbot, memory="none", limit=1, profile=slow, steps=SLOW_STEPS)
    room = studio.window.present_room
    qtbot.waitUntil(lambda: room.presenter.opened is not None and room.presenter.opened.count >= 2, timeout=30_000)
    first = room.presenter.opened
    qtbot.keyClick(room, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: room.presenter.step == 1, timeout=10_000)
    qtbot.keyClick(room, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: room.presenter.step == 2, timeout=10_000)
    assert studio.frame.jobs.active, "the run must be live while one walks through it"
    assert not room.presenter.follow, "it was the key that moved"
    assert room.panels.transport.number.value() == 2

    qtbot.waitUntil(lambda: room.presenter.opened.count > first.count + 1, timeout=30_000)
    assert studio.frame.jobs.active
    assert room.presenter.opened.row.uid == first.row.uid
    assert room.panels.transport._of.text() == f"of {room.presenter.opened.count}"
    assert room.presenter.step == 2, "what grows does not move the person who reads"
    assert live.count("step") > first.count, "steps arrive while they are made"
    qtbot.waitUntil(lambda: not studio.frame.jobs.active, timeout=60_000)


def test_the_loop_from_practice_to_curve(studio, qtbot, dialogs, slow):
    window = studio.window
    run(studio, qtbot, memory="none")
    learned = run(studio, qtbot, memory="reasoningbank")

    attempts = rollouts.rollout_rows(reader(studio), run=learned.id)
    longest = max(attempts, key=lambda row: row.steps)
    window.go(Place("trajectories", {"rollout": longest.uid}))
    room = window.rooms["trajectories"]
    qtbot.waitUntil(lambda: room.place_to_keep().get("rollout") == longest.uid, timeout=10_000)
    qtbot.keyClick(room, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: room.place_to_keep().get("step") == 1, timeout=10_000)
    qtbot.keyClick(room, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: room.place_to_keep().get("step") == 2, timeout=10_000)

    judged_as_the_panel_says(studio, qtbot)

    bank = banks.find_bank(reader(studio), "reasoningbank")
    edited = items.list_items(reader(studio), bank.id, limit=1)[0]
    window.go(Place("memories", {"item": edited.id}))
    memories = window.rooms["memories"]
    qtbot.waitUntil(lambda: edited.title in shown_texts(memories), timeout=10_000)
    dialogs.texts = ["before"]
    window.registry.action("memory.snapshot").trigger()
    qtbot.waitUntil(lambda: len(banks.snapshots(reader(studio), bank.id)) == 1, timeout=10_000)
    write(memories, edited.content, LESSON)
    window.registry.refresh()
    window.registry.action("memory.save").trigger()
    qtbot.waitUntil(lambda: items.item(reader(studio), bank.id, edited.id).version == 2, timeout=10_000)
    undo = window.registry.action("edit.undo")
    qtbot.waitUntil(undo.isEnabled, timeout=10_000)
    assert undo.text().replace("&", "").startswith("Undo ")

    before = run(studio, qtbot, memory="reasoningbank", bank="reasoningbank@before", learn=False)
    after = run(studio, qtbot, memory="reasoningbank", learn=False)
    assert before.start_state == after.start_state == "frozen"
    assert tried(studio, before) == tried(studio, after) == tried(studio, learned)
    assert LESSON not in blocks(studio, before)
    assert LESSON in blocks(studio, after)

    window.show_room("memories")
    qtbot.waitUntil(undo.isEnabled, timeout=10_000)
    window.registry.action("edit.undo").trigger()
    qtbot.waitUntil(lambda: items.item(reader(studio), bank.id, edited.id).content == edited.content, timeout=10_000)

    scaling = window.show_room("scaling")
    pane = scaling.panes[scaling.present_figure]
    qtbot.waitUntil(lambda: pane.drawn and bool(pane.curves.series), timeout=20_000)
    assert pane.plot.isVisible()


def judged_as_the_panel_says(studio, qtbot):
    """The room of verdicts lists every rollout, and shows of the chosen one what the judge said."""
    verdicts = studio.window.show_room("verdicts")
    qtbot.waitUntil(lambda: "15 of 15 rollouts" in texts(verdicts), timeout=10_000)
    assert "1 repeat another arm" in texts(verdicts)
    verdicts.list.table.selectRow(1)
    wanted = verdicts.list.model.id_at(1)
    qtbot.waitUntil(
        lambda: verdicts.presenter.shown is not None and verdicts.presenter.shown.detail.rollout.id == wanted,
        timeout=10_000,
    )
    verdict = read_verdicts(reader(studio), wanted)[-1]
    panel = verdicts.panel
    assert panel.raw.toPlainText() == verdict.raw != ""
    assert f"judge: {verdict.status}" in texts(panel)
    assert str(verdict.status) in panel.parsed.toPlainText().lower()


def test_the_first_start_practises_at_once_and_says_it_is_simulated(qapp, qtbot, dialogs):
    opened = Open(qtbot, dialogs)
    try:
        studio = opened.studio
        qtbot.waitUntil(lambda: bool(rollouts.rollout_rows(reader(studio), include_running=True)), timeout=30_000)
        assert studio.window.present_room is studio.window.rooms["trajectories"]
        qtbot.waitUntil(lambda: "simulated" in texts(studio.window.rooms["trajectories"]), timeout=30_000)
        studio.frame.jobs.stop()
        qtbot.waitUntil(lambda: not studio.frame.jobs.active, timeout=10_000)
        held = len(runs.runs(reader(studio)))
        studio.window.show_room("tasks")
        studio.window.registry.action("file.practice").trigger()
        qtbot.waitUntil(lambda: studio.window.toast.label == "Run it again", timeout=10_000)
        assert studio.window.present_room is studio.window.rooms["trajectories"]
        assert not studio.frame.jobs.active
        assert len(runs.runs(reader(studio))) == held
        studio.window.registry.action("view.message").trigger()
        qtbot.waitUntil(lambda: studio.frame.jobs.active, timeout=10_000)
        studio.frame.jobs.stop()
        qtbot.waitUntil(lambda: not studio.frame.jobs.active, timeout=10_000)
    finally:
        opened.end()


def test_closing_with_a_job_running_asks_once(studio, qtbot, dialogs):
    studio.frame.jobs.run(RunRequest("practice", memory="none"), PRACTICE)
    qtbot.waitUntil(lambda: bool(studio.frame.jobs.state.runs), timeout=30_000)
    dialogs.answers = ["Keep running", "Stop and close"]
    assert not studio.window.close()
    assert studio.frame.jobs.active
    assert studio.window.close()
    assert len(dialogs.asked) == 2


def test_a_killed_job_process_is_an_interrupted_run_and_the_message_resumes_it(studio, qtbot, slow):
    begin(studio, qtbot, memory="none", limit=2, profile=slow, steps=SLOW_STEPS)
    room = studio.window.present_room
    qtbot.waitUntil(lambda: room.presenter.opened is not None and room.presenter.opened.count >= 2, timeout=30_000)
    for child in active_children():
        os.kill(child.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not studio.frame.jobs.active, timeout=30_000)
    assert studio.frame.jobs.state.phase == "interrupted"
    assert "interrupted" in texts(studio.window.statusBar())
    assert "failed" not in texts(studio.window.statusBar())
    assert studio.window.toast.text().startswith("The run was interrupted: the worker process died")
    qtbot.waitUntil(lambda: "The run was interrupted: the worker process died" in texts(room), timeout=10_000)
    assert studio.window.toast.label == "Resume"
    qtbot.waitUntil(studio.window.registry.action("run.resume").isEnabled, timeout=10_000)
    studio.window.toast.take()
    qtbot.waitUntil(lambda: studio.frame.jobs.state.phase == "finished", timeout=90_000)
    assert [row.status for row in runs.runs(reader(studio))] == ["finished"]


def tried(studio, row):
    """The tasks of a run."""
    return {one.task_key for one in rollouts.rollout_rows(reader(studio), run=row.id)}


def blocks(studio, row):
    """All memory that was put into a run's prompts."""
    found = [
        rollouts.trajectory(reader(studio), r.uid, run=row.id)
        for r in rollouts.rollout_rows(reader(studio), run=row.id)
    ]
    return "\n".join(trajectory.memory_block for trajectory in found)


def texts(room):
    """Everything a room's labels and tables show."""
    from PySide6.QtWidgets import QAbstractButton, QLabel, QTableView

    shown = [widget.text() for widget in room.findChildren(QLabel)]
    shown += [widget.text() for widget in room.findChildren(QAbstractButton)]
    for table in room.findChildren(QTableView):
        model = table.model()
        if model is not None:
            for row in range(min(model.rowCount(), 30)):
                shown += [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
    return " ".join(shown)


def shown_texts(room):
    from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

    edits = [edit.text() for edit in room.findChildren(QLineEdit)]
    return [*edits, *(edit.toPlainText() for edit in room.findChildren(QPlainTextEdit))]


def write(room, old, new):
    """Replace a text in the editor that shows it, as a person would."""
    from PySide6.QtWidgets import QPlainTextEdit

    editor = next(e for e in room.findChildren(QPlainTextEdit) if e.toPlainText() == old and not e.isReadOnly())
    editor.selectAll()
    editor.insertPlainText(new)
