"""Arms beside a reference in the room: pairs, flipped tasks, sample sizes, files and the recipe that rebuilds them."""

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from rb_studio.cli.main import main
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.scaling.comparison_model import BOUNDS, DRAWN, ComparisonModel, FlipModel, outcome
from rb_studio.gui.rooms.scaling.comparison_part import ComparisonPart
from rb_studio.gui.rooms.scaling.comparison_reads import USUAL, compared_arms, detail, rollouts_of, weakest
from rb_studio.gui.rooms.scaling.view import ScalingRoom
from rb_studio.jobs.comparisons import Paired
from rb_studio.jobs.flips import Flip
from rb_studio.records.curve import SAME, Comparison
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import Frames
from tests.gui.scaling.conftest import entered
from tests.jobs.test_panels import MEMORY, NONE, pool, run

AGAIN = pool("none", run(5, 7, "1 1 1 1"), repeat=True)
RATES = (("good", "1 1 1 0"), ("bad", "1 0 0 0"))
TURNED = 3


@pytest.fixture
def workspace(practised: Path, tmp_path: Path, frames: Frames) -> Iterator[Workspace]:
    """The practised workspace, in which memory had some tasks come out otherwise."""
    path = tmp_path / "turned.rbank"
    shutil.copyfile(practised, path)
    with closing(sqlite3.connect(path)) as db, db:
        chosen = "SELECT id FROM rollout WHERE run = 2 ORDER BY id LIMIT ?"
        db.execute(f"UPDATE truth SET success = 1 - success WHERE rollout IN ({chosen})", (TURNED,))
    with Workspace.open(path, write=True) as opened:
        yield opened
        frames.close()


@pytest.fixture
def room(frame: Frame, qtbot) -> ScalingRoom:
    return entered(frame, qtbot)


@pytest.fixture
def part(room: ScalingRoom, frame: Frame, qtbot) -> ComparisonPart:
    (found,) = (one for one in room.parts.all if isinstance(one, ComparisonPart))
    assert found.panel.model.rowCount() == 0, "nothing is compared before somebody looks"
    frame.registry.action("scaling.comparisons").trigger()
    qtbot.waitUntil(lambda: found.panel.model.rowCount() > 0)
    return found


def choose(box, key: str) -> None:
    """As a person does: the keyboard is in the box and another line is taken."""
    box.setCurrentIndex(box.findData(key))
    box.activated.emit(box.currentIndex())


def test_each_arm_stands_beside_its_usual_one_and_a_row_tells_what_is_behind_it(room, part, frame, qtbot) -> None:
    panel = part.panel
    assert [panel.model.index(0, column).data() for column in (0, 1)] == ["reasoningbank · k=1", "none · k=1"]
    panel.table.selectRow(0)
    qtbot.waitUntil(lambda: bool(panel.needed.text()))
    row = panel.current()
    assert "(McNemar, exact)" in panel.said.text()
    assert "8 tasks (fewer than 30" in panel.said.text()
    assert len(panel.flips.rows()) == len(row.to_right) + len(row.to_wrong) == TURNED
    assert "A/A floor not known" in panel.floor.text()
    before = panel.needed.text()
    panel.difference.setValue(30)
    qtbot.waitUntil(lambda: panel.needed.text() != before)


def test_enter_opens_both_rollouts_of_a_flipped_task_beside_each_other(room, part, frame, qtbot) -> None:
    places, panel = [], part.panel
    room.go.connect(places.append)
    panel.table.selectRow(0)
    qtbot.waitUntil(lambda: panel.flips.rowCount() > 0)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert panel.flip_table.currentIndex().row() == 0
    qtbot.keyClick(panel.flip_table, Qt.Key.Key_Return)
    flip = panel.flips.rows()[0]
    (place,) = places
    assert place.room == "trajectories"
    read = frame.session.workspace.reader().execute
    sql = "SELECT run, task_key FROM rollout WHERE run = ? AND uid = ?"
    found = [tuple(read(sql, one).fetchone()) for one in place.target["compare"]]
    assert found == [(1, flip.task_key), (2, flip.task_key)]


def test_another_reference_and_metric_are_computed_and_kept(room, part, frame, qtbot) -> None:
    panel = part.panel
    bank = next(pool for pool in room.presenter.figures.pools if pool.name == "reasoningbank")
    choose(panel.reference, bank.key)
    choose(panel.metrics, "steps")
    qtbot.waitUntil(lambda: (part.compared.reference, part.compared.metric) == (bank.key, "steps"))
    assert panel.model.index(0, 0).data() == "none · k=1"
    assert panel.model.index(0, 6).data() == "–"
    panel.table.selectRow(0)
    qtbot.waitUntil(lambda: bool(panel.needed.text()))
    assert "there are 8" in panel.needed.text()
    assert panel.difference.suffix() == " steps"
    assert part.place_to_keep() == {"reference": bank.key, "metric": "steps"}
    frame.registry.action("scaling.comparisons.this").trigger()
    qtbot.waitUntil(lambda: panel.model.index(0, 0).data() == "reasoningbank · k=1")


@pytest.mark.parametrize("kind", ["csv", "latex"])
def test_the_table_is_written_and_its_recipe_rebuilds_it_to_the_byte(room, part, frame, tmp_path, qtbot, kind) -> None:
    suffix = {"csv": "csv", "latex": "tex"}[kind]
    assert not frame.registry.action("scaling.export.png").isEnabled()
    frame.dialogs.saves = [tmp_path / "arms", tmp_path / "arms"]
    for one in (kind, "recipe"):
        frame.registry.action(f"scaling.export.{one}").trigger()
        qtbot.waitUntil(lambda: frame.session.idle)
    workspace = str(frame.session.workspace.path)
    again = tmp_path / f"again.{suffix}"
    assert main(["curves", workspace, "--recipe", str(tmp_path / "arms.json"), f"--{kind}", str(again)]) == 0
    assert again.read_bytes() == (tmp_path / f"arms.{suffix}").read_bytes()
    if kind == "csv":
        with again.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        shown = [row.comparison for row in part.panel.model.rows()]
        assert [(row["b"], float(row["difference"])) for row in rows] == [(one.b, one.difference) for one in shown]
    else:
        assert main(["curves", workspace, "--recipe", str(tmp_path / "arms.tex"), "--latex", str(again)]) == 0
        assert again.read_bytes() == (tmp_path / "arms.tex").read_bytes()


def test_a_hidden_arm_is_compared_only_where_it_is_the_reference() -> None:
    other = pool("synapse", run(7, 0, "111 000 111 000"))
    found = compared_arms([NONE, MEMORY, other], frozenset({"none", "synapse"}), NONE.key or None, "best_of_k")
    arms = {arm for row in found.rows for arm in (row.comparison.a, row.comparison.b)}
    assert not any(arm.startswith("synapse") for arm in arms)


def test_where_no_pair_is_usual_arms_stand_beside_the_weakest() -> None:
    imported = {"memory": None, "scaling": None, "allocation": None, "source": "imported"}
    arms = [pool(name, run(place, 0, tasks)) for place, (name, tasks) in enumerate(RATES)]
    for one in arms:
        one.arm, one.key = imported, one.name
    assert weakest(arms).name == "bad"
    found = compared_arms(arms, frozenset(), None, "best_of_k")
    assert (found.reference, found.usual) == ("bad", False)
    (row,) = found.rows
    assert (row.comparison.b, row.comparison.difference) == ("good · k=1", 0.5)
    assert compared_arms(arms[:1], frozenset(), None, "best_of_k").rows == ()


def test_equal_arms_give_the_floor_and_smaller_differences_are_marked(qtmodeltester) -> None:
    found = compared_arms([NONE, MEMORY, AGAIN], frozenset({"none again"}), None, "pass_at_1")
    assert found.reference == USUAL
    assert found.floor is not None
    assert all("again" not in row.comparison.b for row in found.rows)
    below, above = (Comparison("a", "b", "steps", value, 0.1, 9.0, 0.01, 40) for value in (0.5, 2.0))
    assert (outcome(below, 1.0), outcome(above, 1.0)) == ("more steps, below the floor", "more steps")
    assert "chance" in outcome(Comparison("a", "b", "steps", 0.5, 0.1, 0.9, 0.01, 40, kind=SAME), 1.0)
    model = ComparisonModel()
    model.show([Paired(below, 0), Paired(above, 0)], 1.0)
    assert model.index(0, DRAWN).data(BOUNDS) == pytest.approx((0.1 / 9, 0.5 / 9, 1.0, 1 / 9))
    qtmodeltester.check(model)


def test_flips_are_sound_and_open_the_rollouts_of_their_sides(qtmodeltester) -> None:
    rows = compared_arms([NONE, MEMORY], frozenset(), None, "pass_at_1").rows
    (first,) = (row for row in rows if row.comparison.b == "reasoningbank · k=1")
    found = detail([NONE, MEMORY], first.comparison, 0.1)
    model = FlipModel()
    model.set_rows(found.flips)
    assert [model.index(0, column).data() for column in range(5)] == ["a", "to right", "0 %", "100 %", "0"]
    assert rollouts_of([NONE, MEMORY], first.comparison, found.flips[0]) == [(1, "1a0"), (3, "3a0")]
    assert rollouts_of([NONE, MEMORY], first.comparison, Flip("a", 0.0, 1.0, ())) == []
    qtmodeltester.check(model)
