"""The real program in a process of its own: it practises at its first start and ends whole when it is told to."""

import signal
import threading
import time

import pytest
from PySide6.QtWidgets import QLabel

from rb_studio.gui.studio import Studio
from tests.e2e.conftest import lines, outcomes, statuses
from tests.gui.conftest import ScriptedDialogs, frozen, let_go, no_leaks, own_settings  # noqa: F401 - fixtures

PATIENCE = 60  # seconds; it takes about three, on a machine that does nothing else


@pytest.fixture
def environment(environment):
    """No screen is needed."""
    return environment | {"QT_QPA_PLATFORM": "offscreen"}


def test_the_first_start_practises_and_a_terminated_program_leaves_a_workspace_to_go_on_in(
    qapp, qtbot, start, tmp_path, monkeypatch
):
    path = tmp_path / "data" / "practice.rbank"
    program, deadline = start(), time.monotonic() + PATIENCE
    while not path.exists() or outcomes(path) < 2:
        assert program.process.poll() is None, program.ended()
        assert time.monotonic() < deadline, "nothing was seen of the practice"
        threading.Event().wait(0.05)
    program.interrupt(signal.SIGTERM)
    code, _out, err = program.ended()
    assert code == 0, err
    program.wait_until_alone()
    assert lines(path) != ""
    assert set(statuses(path)) <= {"cancelled", "running", "finished"}

    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path / "data"))
    studio = Studio([path], dialogs=ScriptedDialogs())
    studio.window.show()
    try:
        qtbot.waitUntil(lambda: studio.frame is not None, timeout=30_000)
        room = studio.window.show_room("trajectories")
        qtbot.waitUntil(lambda: room.presenter.opened is not None, timeout=30_000)
        assert not studio.frame.jobs.active
        standing = room.presenter._standing()
        if room.presenter.opened.run.status != "finished":
            assert standing[1], "it can be resumed"
            said = " ".join(label.text() for label in room.findChildren(QLabel))
            assert "The run was stopped" in said or "The run was interrupted" in said
    finally:
        studio.window.close()
        studio.close()
        studio.window.deleteLater()
        studio.deleteLater()
        let_go()
