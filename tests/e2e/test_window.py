"""The window as a whole: practise, watch live, judge, edit an item, test the edit on the same tasks, see the curve."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from rb_studio.gui.rooms.room import Place
from rb_studio.gui.studio import Studio
from rb_studio.jobs.request import RunRequest
from rb_studio.store import banks, items, rollouts, runs
from tests.gui.conftest import PRACTICE, ScriptedDialogs, own_settings  # noqa: F401 - an autouse fixture

LESSON = "Read every page of the table before you count, up to the last page, and expand what is collapsed."


@pytest.fixture
def dialogs():
    return ScriptedDialogs()


@pytest.fixture
def studio(qapp, qtbot, tmp_path, dialogs):
    path = tmp_path / "window.rbank"
    made = Studio([path], dialogs=dialogs)
    made.window.show()
    qtbot.waitUntil(lambda: made.frame is not None, timeout=30_000)
    yield made
    made.window.close()
    made.close()
    made.window.deleteLater()
    made.deleteLater()
    QApplication.processEvents()


def reader(studio):
    return studio.frame.session.workspace.reader()


def run(studio, qtbot, **asked):
    """Run to the end; returns the run's row."""
    studio.frame.jobs.run(RunRequest("practice", limit=8, **asked), PRACTICE)
    qtbot.waitUntil(lambda: not studio.frame.jobs.active, timeout=60_000)
    assert studio.frame.jobs.state.phase == "finished", studio.frame.jobs.state.detail
    return runs.runs(reader(studio))[-1]


def test_the_loop_from_practice_to_curve(studio, qtbot, dialogs):
    window = studio.window
    window.show_room("trajectories")
    live = []
    studio.frame.session.events.connect(
        lambda events: live.extend(event.kind for event in events if studio.frame.jobs.active)
    )
    run(studio, qtbot, memory="none")
    learned = run(studio, qtbot, memory="reasoningbank")
    assert {"step", "verdict"} & set(live), "nothing was seen while it ran"

    attempts = rollouts.rollout_rows(reader(studio), run=learned.id)
    longest = max(attempts, key=lambda row: row.steps)
    window.go(Place("trajectories", {"rollout": longest.uid, "step": 1}))
    room = window.rooms["trajectories"]
    qtbot.waitUntil(lambda: room.place_to_keep().get("rollout") == longest.uid, timeout=10_000)
    qtbot.keyClick(room, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: room.place_to_keep().get("step") == 2, timeout=10_000)

    verdicts = window.show_room("verdicts")
    qtbot.waitUntil(lambda: "15 of 15 rollouts" in texts(verdicts), timeout=10_000)
    assert "1 repeat another arm" in texts(verdicts)

    bank = banks.find_bank(reader(studio), "reasoningbank")
    studio.frame.session.workspace.run(lambda db: banks.take_snapshot(db, bank.id, "before"))
    edited = items.list_items(reader(studio), bank.id, limit=1)[0]
    window.go(Place("memories", {"item": edited.id}))
    memories = window.rooms["memories"]
    qtbot.waitUntil(lambda: edited.title in shown_texts(memories), timeout=10_000)
    write(memories, edited.content, LESSON)
    window.registry.refresh()
    window.registry.action("memory.save").trigger()
    qtbot.waitUntil(lambda: items.item(reader(studio), bank.id, edited.id).version == 2, timeout=10_000)
    undo = window.registry.action("edit.undo")
    qtbot.waitUntil(undo.isEnabled, timeout=10_000)
    assert undo.text().replace("&", "").startswith("Undo ")

    before = run(studio, qtbot, memory="reasoningbank", bank="reasoningbank@before", learn=False)
    after = run(studio, qtbot, memory="reasoningbank", bank="reasoningbank", learn=False)
    assert before.start_state == after.start_state == "frozen"
    assert tried(studio, before) == tried(studio, after) == tried(studio, learned)
    assert LESSON not in blocks(studio, before)
    assert LESSON in blocks(studio, after)

    window.registry.action("edit.undo").trigger()
    qtbot.waitUntil(lambda: items.item(reader(studio), bank.id, edited.id).content == edited.content, timeout=10_000)

    scaling = window.show_room("scaling")
    pane = scaling.panes[scaling.present_figure]
    qtbot.waitUntil(lambda: pane.plot is not None and bool(pane.curves.series), timeout=20_000)


def test_the_first_start_practises_at_once_and_says_it_is_simulated(qapp, qtbot, dialogs):
    studio = Studio([], dialogs=dialogs)
    studio.window.show()
    try:
        qtbot.waitUntil(lambda: studio.frame is not None, timeout=30_000)
        qtbot.waitUntil(lambda: bool(rollouts.rollout_rows(reader(studio), include_running=True)), timeout=30_000)
        assert studio.window.present_room is studio.window.rooms["trajectories"]
        qtbot.waitUntil(lambda: "simulated" in texts(studio.window.rooms["trajectories"]), timeout=30_000)
        studio.frame.jobs.stop()
        qtbot.waitUntil(lambda: not studio.frame.jobs.active, timeout=10_000)
    finally:
        studio.window.close()
        studio.close()
        studio.window.deleteLater()
        studio.deleteLater()
        QApplication.processEvents()


def test_closing_with_a_job_running_asks_once(studio, qtbot, dialogs):
    studio.frame.jobs.run(RunRequest("practice", memory="none"), PRACTICE)
    qtbot.waitUntil(lambda: bool(studio.frame.jobs.state.runs), timeout=30_000)
    dialogs.answers = ["Keep running", "Stop and close"]
    assert not studio.window.close()
    assert studio.frame.jobs.active
    assert studio.window.close()
    assert len(dialogs.asked) == 2


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
