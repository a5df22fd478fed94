"""The models of tasks and rollouts: rows on demand, icons with words, nothing invented."""

import pytest
from PySide6.QtCore import Qt

from rb_studio.gui.rooms.tasks.attempt_model import TITLES, AttemptModel, arm_texts
from rb_studio.gui.rooms.tasks.columns import COLUMNS, one_line
from rb_studio.gui.rooms.tasks.item_model import PAGE, TaskModel
from rb_studio.gui.theme import Theme
from rb_studio.store.task_list import Attempt, TaskLine

NAMES = [column.name for column in COLUMNS]


@pytest.fixture
def theme(qapp):
    made = Theme("light")
    yield made
    made.deleteLater()


def line(task: int, **more: object) -> TaskLine:
    values = {"text": f"Task {task}", "site": None, "template": None, "tried": 0, "graded": 0, "solved": 0}
    values |= {"truth": None, "judged": None, "last_uid": None} | more
    return TaskLine(task, f"s/{task}", task, **values)


def cell(model, row: int, name: str, role=Qt.ItemDataRole.DisplayRole):
    return model.data(model.index(row, NAMES.index(name)), role)


def test_the_model_keeps_qts_rules(theme: Theme, qtmodeltester) -> None:
    model = TaskModel(theme)
    model.page_wanted.connect(lambda ids: model.put([line(task) for task in ids]))
    model.set_ids(range(1, 30))
    qtmodeltester.check(model)


def test_only_pages_that_are_looked_at_are_asked_for_and_once(theme: Theme) -> None:
    model, asked = TaskModel(theme), []
    model.page_wanted.connect(asked.append)
    model.set_ids(range(100_000))
    assert cell(model, 50_000, "text") == "\u2026"
    assert cell(model, 50_001, "text") == "\u2026"
    assert asked == [list(range(50_000, 50_000 + PAGE))]
    model.put([line(50_001)])
    assert cell(model, 50_001, "text") == "Task 50001"


def test_lines_of_tasks_that_are_not_shown_are_dropped(theme: Theme) -> None:
    model = TaskModel(theme)
    model.set_ids([1, 2])
    model.put([line(1), line(9)])
    assert model.line(0) == line(1)
    assert model.line(1) is model.line(7) is None
    model.set_ids([2])
    assert model.line(0) is None


def test_refreshing_asks_for_what_is_seen_and_later_for_the_rest(theme: Theme) -> None:
    model, asked = TaskModel(theme), []
    model.set_ids(range(3 * PAGE))
    model.put([line(task) for task in range(3 * PAGE)])
    model.page_wanted.connect(asked.append)
    model.refresh(PAGE, PAGE + 10)
    assert [ids[0] for ids in asked] == [PAGE]
    assert model.line(PAGE + 5) is not None  # still on screen until the new one comes
    assert model.line(0) is None
    assert cell(model, 0, "text") == "\u2026"
    assert [ids[0] for ids in asked] == [PAGE, 0]


def test_unknown_is_a_dash_and_a_result_has_icon_and_word(theme: Theme) -> None:
    model = TaskModel(theme)
    model.set_ids([1, 2])
    model.put([line(1), line(2, tried=3, graded=2, solved=1, truth=False, judged="success")])
    assert [cell(model, 0, name) for name in ("site", "difficulty", "judged", "truth", "solved")][:4] == ["\u2013"] * 4
    assert cell(model, 0, "truth", Qt.ItemDataRole.DecorationRole) is None
    assert (cell(model, 1, "judged"), cell(model, 1, "truth"), cell(model, 1, "difficulty")) == (
        "success",
        "failure",
        "mixed",
    )
    assert not cell(model, 1, "truth", Qt.ItemDataRole.DecorationRole).isNull()
    assert cell(model, 1, "solved").strip() == "1 of 2"


def test_another_theme_draws_icons_anew(theme: Theme, qtbot) -> None:
    model = TaskModel(theme)
    model.set_ids([1])
    with qtbot.waitSignal(model.dataChanged):
        theme.choose("dark")
    theme.choose("light")


def test_long_texts_are_cut_to_a_line() -> None:
    assert one_line("a\n b\tc") == "a b c"
    assert len(one_line("word " * 10_000)) <= 301


def attempt(**more: object) -> Attempt:
    values = {"arm": {"memory": "none", "scaling": "parallel", "k": 3, "seed": 2}, "index": 0, "status": "done"}
    values |= {"exit_reason": "step_limit", "valid": True, "truth": None, "judged": None, "steps": 4} | more
    return Attempt("u", 7, "run 7", simulated=True, started_at=None, **values)


def test_rollouts_tell_their_arm_and_how_they_ended(theme: Theme, qtmodeltester) -> None:
    model = AttemptModel(theme)
    model.set_attempts([attempt(), attempt(status="running", exit_reason="", valid=False, arm=None)])
    texts = [[model.data(model.index(row, column)).strip() for column in range(len(TITLES))] for row in (0, 1)]
    dash = "\u2013"
    assert texts[0] == ["run 7", "no memory", dash, "unknown", "parallel 3", "2", "1", "4", "step limit"]
    assert texts[1][1:7] == ["imported", dash, dash, dash, dash, "1"]
    assert texts[1][-1] == "running"
    assert arm_texts(attempt(arm={"memory": "awm", "scaling": "none", "k": 1, "seed": 0})) == ("awm", dash, "0")
    qtmodeltester.check(model)
