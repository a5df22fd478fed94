"""Best-of-k under a less certain judge, by sliders."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.verdicts.noise_part import NoisePart
from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from tests.gui.conftest import PRACTICE


@pytest.fixture
def room(frame: Frame, qtbot) -> VerdictsRoom:
    made = VerdictsRoom(frame)
    qtbot.addWidget(made)
    frame.registry.add(*made.commands())
    made.resize(1200, 760)
    made.show()
    made.entered()
    qtbot.waitUntil(lambda: bool(made.presenter.ids))
    return made


def part_of(room: VerdictsRoom) -> NoisePart:
    return next(part for part in room.part_set.all if isinstance(part, NoisePart))


def test_arms_of_one_rollout_a_task_have_nothing_to_select_among(room, frame, qtbot) -> None:
    frame.registry.command("verdicts.noise").do()
    part = part_of(room)
    qtbot.waitUntil(lambda: part.found is not None)
    assert "Run one with parallel scaling" in part.panel.told.text()
    assert not part.panel.pane.isVisible()
    assert not frame.registry.command("verdicts.noise.copy").enabled()


def test_a_slider_draws_the_curve_again_where_it_stands_at_last(frame, qtbot, room) -> None:
    request = RunRequest("practice", memory="none", scaling="parallel", k=3, limit=3)
    run_arm(frame.session.workspace, request, PRACTICE)
    part, panel = part_of(room), part_of(room).panel
    frame.registry.command("verdicts.noise").do()
    room.presenter.refresh()
    qtbot.waitUntil(lambda: panel.pane.model.rowCount() == 6)
    qtbot.waitUntil(lambda: panel.pane.plot is not None and bool(panel.pane.plot.marks))
    before = {id(series) for series in panel.pane.curves.series}
    assert panel.key.told == ["best-of-k, flipped", "best-of-k, as judged"]
    assert panel.pane.orientation() is Qt.Orientation.Vertical
    assert room.left.height() > room.list.height()
    for _ in range(15):
        qtbot.keyClick(panel.passed.slider, Qt.Key.Key_Right)
    assert (panel.passed.box.value(), panel.missed.slider.value()) == (25, 25)
    qtbot.waitUntil(lambda: "25\u00a0% of failures" in panel.told.text())
    assert before.isdisjoint(id(series) for series in panel.pane.curves.series)
    panel.alike.setChecked(False)
    panel.missed.box.setValue(0)
    qtbot.waitUntil(lambda: "and 0\u00a0% of successes" in panel.told.text())
    frame.registry.command("verdicts.noise.copy").do()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 7
    kept = part.place_to_keep()
    panel.restore({"passed": 1_000, "missed": "no", "alike": True})
    assert (panel.flips.passed, panel.flips.missed) == (0.25, 0.0)
    part.restore_place(kept)
    assert part.place_to_keep() == {"passed": 25, "missed": 0, "alike": False}


def test_the_figure_takes_the_lists_height_only_while_it_is_in_front(room, frame):
    before = room.parts.sizes()
    frame.registry.command("verdicts.noise").do()
    assert room.list.height() < room.left.height()
    assert room.parts.sizes() == before
    room.left.setCurrentWidget(room.overview)
    assert room.parts.sizes() == before
