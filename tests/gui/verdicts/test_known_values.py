"""Known values of judges through the room's own path: stored verdicts, session, presenter and the rates on screen."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rb_studio.cli.main import main
from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
from rb_studio.records.judgement import Status, Verdict
from rb_studio.store.rollouts import rollout_rows
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import Frames

# True and false positives, false and true negatives of one run each, by its name.
TABLES = {"even": (40, 10, 5, 45), "skewed": (88, 7, 2, 3), "half": (40, 5, 5, 40), "known-errors": (54, 6, 6, 34)}


@pytest.fixture
def judged(tmp_path: Path, frames: Frames, capsys) -> Iterator[Workspace]:
    """A graded run for each table, whose rollouts a judge has looked at."""
    for name, (tp, fp, fn, tn) in TABLES.items():
        (tmp_path / name).mkdir()
        tasks = [f"{name}__{number}" for number in range(tp + fp + fn + tn)]
        lists = {"resolved_ids": tasks[: tp + fn], "unresolved_ids": tasks[tp + fn :]}
        (tmp_path / name / "report.json").write_text(json.dumps(lists), "utf-8")
    path = tmp_path / "judged.rbank"
    assert main(["import", str(path), *(str(tmp_path / name) for name in TABLES)]) == 0
    with Workspace.open(path, write=True) as opened:
        said = [Verdict(f"of {row.uid}", row.uid, word(row.task_key), "") for row in rollout_rows(opened.reader())]
        opened.run(lambda db: add_verdicts(db, said))
        yield opened
        frames.close()


def word(task: str) -> Status:
    """What the judge says of a task, whose number tells whether it was solved."""
    name, _, number = task.rpartition("/")[2].partition("__")
    tp, fp, fn, _ = TABLES[name]
    success = int(number) < tp or tp + fn <= int(number) < tp + fn + fp
    return Status.SUCCESS if success else Status.FAILURE


def test_the_rates_on_screen_are_the_known_ones(judged: Workspace, make_frame: Callable, qtbot) -> None:
    frame = make_frame(judged)
    room = VerdictsRoom(frame)
    qtbot.addWidget(room)
    frame.registry.add(*room.commands())
    room.show()
    room.entered()
    found, rates = {}, room.overview.rates.model
    for name, (tp, fp, fn, tn) in TABLES.items():
        run = judged.reader().execute("SELECT id FROM run WHERE name LIKE ?", (f"%{name}%",)).fetchone()[0]
        room.presenter.choose_scope(f"run:{run}")
        qtbot.waitUntil(lambda: frame.session.idle and bool(rates.rows()))
        shown = [[int(room.overview.matrix.counts.index(row, column).data()) for column in (0, 1)] for row in (0, 1)]
        assert shown == [[tp, fp], [fn, tn]]
        found[name] = {rate.name: rate for rate in rates.rows()}
    for name, accuracy, kappa in (("even", 0.85, 0.7), ("skewed", 0.91, 0.357)):
        assert found[name]["Accuracy"].value == pytest.approx(accuracy)
        assert found[name]["Cohen's kappa"].value == pytest.approx(kappa, abs=5e-4)
    half = found["half"]["Prevalence"].estimate
    assert (half.n, half.low, half.high) == (90, pytest.approx(0.3988, abs=5e-5), pytest.approx(0.6012, abs=5e-5))
    corrected = found["known-errors"]
    assert corrected["Success as said"].value == pytest.approx(0.6)
    assert (corrected["Recall"].value, corrected["Specificity"].value) == pytest.approx((0.9, 0.85))
    assert corrected["Corrected success"].value == pytest.approx(0.6)
