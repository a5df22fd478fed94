"""Rollouts judged again from the window, and judges beside each other."""

import pytest
from PySide6.QtCore import Qt

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.verdicts.bench_panel import FEW
from rb_studio.gui.rooms.verdicts.bench_part import BenchPart
from rb_studio.gui.rooms.verdicts.item_model import DASH
from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
from rb_studio.jobs.judging import JudgingRequest, run_judging
from rb_studio.store import judgings
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import PRACTICE
from tests.gui.verdicts.conftest import DRAWS


def judged(workspace: Workspace, ids: list[int], times: int = 1) -> int:
    return run_judging(workspace, JudgingRequest(tuple(ids), "practice", times=times), PRACTICE).id


def show(frame: Frame, qtbot) -> VerdictsRoom:
    made = VerdictsRoom(frame)
    qtbot.addWidget(made)
    frame.registry.add(*made.commands())
    made.resize(1200, 760)
    made.show()
    made.entered()
    qtbot.waitUntil(lambda: len(made.presenter.ids) == DRAWS)
    return made


def part_of(room: VerdictsRoom) -> BenchPart:
    return next(part for part in room.part_set.all if isinstance(part, BenchPart))


@pytest.fixture
def room(frame: Frame, qtbot) -> VerdictsRoom:
    return show(frame, qtbot)


def test_cost_is_told_before_anything_is_asked_and_the_judge_stands_beside_the_own_one(room, frame, qtbot) -> None:
    part = part_of(room)
    rollouts = list(room.presenter.ids[:3])
    for row in range(3):
        index = room.list.model.index(row, 0)
        flags = room.list.table.selectionModel().SelectionFlag
        room.list.table.selectionModel().select(index, flags.Select | flags.Rows)
    frame.registry.command("verdicts.bench.begin").do()
    dialog = part.dialog
    assert not dialog.run_button.isEnabled()
    dialog.times.setValue(2)
    qtbot.waitUntil(lambda: "6 calls" in dialog.estimate.text())
    qtbot.waitUntil(dialog.run_button.isEnabled)
    conn = frame.session.workspace.reader()
    assert judgings.judgings(conn) == []
    dialog.run_button.click()
    qtbot.waitUntil(lambda: part.panel.judges.rowCount() == 2 and not frame.jobs.active, timeout=30_000)
    assert sorted(judgings.targets(conn, 1)) == sorted(rollouts)
    qtbot.waitUntil(lambda: part.panel.judges.index(1, 1).data() == "6 of 6, finished")
    assert part.panel.judges.index(1, 7).data().endswith("of 3")


def test_what_judges_say_apart_changes_no_figure_and_an_open_judging_can_go_on(frame, qtbot) -> None:
    workspace = frame.session.workspace
    ids = [row[0] for row in workspace.reader().execute("SELECT id FROM rollout WHERE run = 1 ORDER BY id")]
    number = judged(workspace, ids)
    flip = "UPDATE verdict SET status = CASE status WHEN 'success' THEN 'failure' ELSE 'success' END WHERE judging = ?"
    workspace.run(lambda db: db.execute(flip, (number,)))
    workspace.run(lambda db: db.execute("DELETE FROM verdict WHERE judging = ? AND rollout = ?", (number, ids[0])))
    workspace.run(lambda db: judgings.set_status(db, number, "cancelled", "stopped"))
    room = show(frame, qtbot)
    part = part_of(room)
    before = room.presenter.report.cells
    frame.registry.command("verdicts.bench").do()
    qtbot.waitUntil(lambda: part.panel.differ.rowCount() == len(ids) - 1)
    assert room.presenter.report.cells == before
    assert not frame.registry.command("verdicts.bench.resume").enabled()
    part.panel.judges_table.selectRow(1)
    assert frame.registry.command("verdicts.bench.resume").enabled()
    frame.registry.command("verdicts.bench.differ").do()
    qtbot.waitUntil(lambda: set(room.presenter.ids) == set(ids[1:]))


def test_judges_are_compared_as_they_are_checked_and_the_choice_is_kept(frame, qtbot) -> None:
    ids = [row[0] for row in frame.session.workspace.reader().execute("SELECT id FROM rollout WHERE run = 1")]
    for times in (1, 3):
        judged(frame.session.workspace, ids[:2], times)
    room = show(frame, qtbot)
    part = part_of(room)
    frame.registry.command("verdicts.bench").do()
    table, model = part.panel.judges_table, part.panel.judges
    qtbot.waitUntil(lambda: model.rowCount() == 3)
    assert part.panel.told.text().count(" agree on ") == 3
    assert "same with a chance of 100.0%" in model.index(1, 7).data(Qt.ItemDataRole.ToolTipRole)
    table.setCurrentIndex(model.index(2, 0))
    qtbot.keyClick(table, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: part.panel.told.text().count(" agree on ") == 1)
    assert part.place_to_keep() == {"compared": [None, 2]}
    assert model.index(2, 3).data() == DASH
    part.restore_place({"compared": [2]})
    room.presenter.refresh()
    qtbot.waitUntil(lambda: part.panel.told.text() == FEW)


def test_a_judging_that_spent_what_it_may_is_given_another_limit(frame, qtbot) -> None:
    workspace = frame.session.workspace
    ids = tuple(row[0] for row in workspace.reader().execute("SELECT id FROM rollout WHERE run = 1 LIMIT 3"))
    stopped = run_judging(workspace, JudgingRequest(ids, "practice", max_cost=0.0), PRACTICE)
    assert (stopped.status, stopped.answers) == ("paused", 1)
    room = show(frame, qtbot)
    part = part_of(room)
    frame.registry.command("verdicts.bench").do()
    qtbot.waitUntil(lambda: part.panel.judges.rowCount() == 2)
    part.panel.judges_table.selectRow(1)
    frame.dialogs.texts = ["a lot", ""]
    frame.registry.command("verdicts.bench.resume").do()
    assert not frame.jobs.active
    frame.registry.command("verdicts.bench.resume").do()
    qtbot.waitUntil(lambda: part.panel.judges.index(1, 1).data() == "3 of 3, finished", timeout=30_000)


def test_who_judges_blind_sees_no_bench(room, frame, qtbot) -> None:
    frame.registry.command("verdicts.bench").do()
    frame.registry.command("verdicts.blind").do()
    assert not part_of(room).panel.isVisible()
    assert not frame.registry.command("verdicts.bench").enabled()


def test_a_verdict_of_a_judging_shows_its_prompt_as_sent_and_does_not_stand(frame, qtbot) -> None:
    workspace = frame.session.workspace
    rollout = workspace.reader().execute("SELECT id FROM rollout WHERE run = 1 ORDER BY id").fetchone()[0]
    judged(workspace, [rollout], times=2)
    room = show(frame, qtbot)
    room.presenter.select(rollout)
    qtbot.waitUntil(lambda: room.presenter.shown is not None and room.presenter.shown.detail.rollout.id == rollout)
    history = room.panel.history
    assert [history.index(row, 2).data() for row in range(3)] == ["judge", "judging 1", "judging 1, ask 2"]
    assert room.panel.table.currentIndex().row() == 0
    room.panel.table.selectRow(2)
    assert "[user]" in room.panel.prompt.toPlainText()
    assert room.panel.raw.toPlainText()
