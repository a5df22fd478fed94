"""The list as a grid: metadata as columns, saved views, the map of tasks against arms, choices for other rooms."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.trajectories.columns_dialog import ColumnsDialog
from rb_studio.gui.rooms.trajectories.grid_part import GridPart
from rb_studio.gui.rooms.trajectories.heat_model import HeatModel, figure, ground, told
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.gui.theme import DARK, LIGHT
from rb_studio.gui.widgets.saved_views import SavedViews
from rb_studio.store.extra_columns import ExtraColumn
from rb_studio.store.heat_map import Heat, HeatCell
from rb_studio.store.imported import SourceFile, save_imported
from rb_studio.store.rollout_filter import RolloutFilter
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import TASKS
from tests.gui.trajectories.samples import imported, trajectory

STATUS = "extra:$.info.exit_status"
LIMIT = "arm:$.limits.steps"


@pytest.fixture
def grid(room: TrajectoriesRoom) -> GridPart:
    return next(part for part in room.parts.all if isinstance(part, GridPart))


@pytest.fixture
def foreign(workspace: Workspace) -> None:
    made = [
        imported(trajectory((), uid=f"f{place}", task_key=f"swe/{place}", extra={"info": {"exit_status": word}}))
        for place, word in enumerate(("Submitted", "LimitsExceeded", "Submitted"))
    ]
    workspace.run(lambda db: save_imported(db, SourceFile("/x/a.json", "mini"), made, {}))


def act(frame: Frame, name: str) -> None:
    frame.registry.refresh()
    action = frame.registry.action(f"trajectories.{name}")
    assert action.isEnabled(), action.toolTip()
    action.trigger()


def column_texts(room: TrajectoriesRoom, key: str) -> list[str]:
    model = room.panels.list.model
    column = [one.key for one in model.columns].index(key)
    rows = [row for row in range(model.rowCount()) if model.id_at(row) is not None]
    return [model.index(row, column).data() for row in rows]


def test_any_metadata_is_a_column_to_order_by_and_comes_back(foreign, enter, frame: Frame, qtbot) -> None:
    room = enter(frame)
    act(frame, "columns.more")
    qtbot.waitUntil(lambda: any(isinstance(one, ColumnsDialog) for one in QApplication.topLevelWidgets()))
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, ColumnsDialog))
    qtbot.keyClicks(dialog.line, "exit_status")
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert room.panels.list.model.extra_keys == (STATUS,)
    dialog.line.setText("limits.steps")
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    dialog.reject()
    panel = room.panels.list
    assert set(panel.model.extra_keys) == {STATUS, LIMIT}
    act(frame, "group.none")
    header = panel.table.horizontalHeader()
    header.sectionClicked.emit([one.key for one in panel.model.columns].index(STATUS))
    qtbot.waitUntil(lambda: column_texts(room, STATUS)[:3] == ["LimitsExceeded", "Submitted", "Submitted"])
    assert header.sortIndicatorSection() == [one.key for one in panel.model.columns].index(STATUS)
    qtbot.waitUntil(lambda: column_texts(room, LIMIT)[3] not in (None, "\u2013"))
    kept = room.place_to_keep()
    panel.columns.set_extra([])
    assert panel.model.extra_keys == ()
    kept["panels"]["list"]["extra"] += ["nonsense", 7]
    room.restore_place(kept)
    assert set(panel.model.extra_keys) == {STATUS, LIMIT}


def test_groups_are_arms_models_and_memories(room, frame: Frame, qtbot) -> None:
    model = room.panels.list.model
    for group, expected in (("memory", {"no memory", "reasoningbank"}), ("model", {"practice-1"})):
        act(frame, f"group.{group}")
        qtbot.waitUntil(lambda wanted=expected: {one.name for one in model._groups.values()} == wanted)
    act(frame, "group.arm")
    qtbot.waitUntil(lambda: len(model._groups) == 2)
    assert {one.name.split(",")[0] for one in model._groups.values()} == {"no memory", "reasoningbank"}


def test_the_cost_facet_names_its_bands(room, frame: Frame, qtbot) -> None:
    act(frame, "facet.cost")
    menu = room.panels.list.facets._menus["cost"]
    assert [action.text().split("\t")[0] for action in menu.actions() if action.data()] == ["nothing"]
    menu.hide()


def test_a_view_is_saved_changed_shown_again_renamed_and_deleted(room, grid, frame: Frame, qtbot) -> None:
    views, listing = grid.views, room.list_presenter
    listing.set_filter(RolloutFilter(facets={"memory": ("none",)}))
    room.panels.list.columns.set_extra([LIMIT])
    frame.dialogs.texts = ["mine"]
    act(frame, "view.save")
    qtbot.waitUntil(lambda: [one.name for one in views.saved] == ["mine"])
    assert not views.difference()
    listing.set_filter(RolloutFilter())
    room.panels.list.columns.set_extra([])
    assert views.difference()
    act(frame, "view.saved")
    menu = QApplication.activePopupWidget()
    assert menu.actions()[0].text() == "&1  mine (changed)"
    menu.actions()[0].trigger()
    menu.close()
    assert listing.filter.facets == {"memory": ("none",)}
    assert room.panels.list.model.extra_keys == (LIMIT,)
    listing.set_group("task")
    act(frame, "view.update")
    qtbot.waitUntil(lambda: not views.difference())
    listing.set_group("run")
    act(frame, "view.back")
    assert listing.group == "task"
    frame.dialogs.texts = ["ours"]
    act(frame, "view.rename")
    qtbot.waitUntil(lambda: [one.name for one in views.saved] == ["ours"])
    act(frame, "view.delete")
    qtbot.waitUntil(lambda: views.saved == ())
    frame.toast.act()
    qtbot.waitUntil(lambda: [one.name for one in views.saved] == ["ours"])


def test_a_name_that_is_taken_is_asked_about(room, grid, frame: Frame, qtbot) -> None:
    views: SavedViews = grid.views
    frame.dialogs.texts = ["a", "b", "a"]
    for name in ("a", "b"):
        act(frame, "view.save")
        qtbot.waitUntil(lambda wanted=name: wanted in {one.name for one in views.saved})
    act(frame, "view.save")
    assert frame.dialogs.asked[-1][0] == "There is a view \u201ca\u201d already."
    assert views.active == "b"


def test_the_map_counts_by_arm_orders_and_opens_a_cell(room, grid, frame: Frame, keys, qtbot) -> None:
    keys("Shift+G")
    page = grid.page
    qtbot.waitUntil(lambda: page.model.rowCount() == TASKS + 1)
    assert page.isVisible()
    assert page.said.text().startswith(f"{TASKS} tasks \u00d7 2 arms")
    page.table.setCurrentIndex(page.model.index(1, 1))
    assert "of 1 succeeded" in page.cell.accessibleName()
    act(frame, "heat.order")
    rates = [page.model.cell(row, 1).rate for row in range(1, TASKS + 1)]
    assert rates == sorted(rates)
    task, arm = page.model.task(1), page.model.heat.columns[1]
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: room.list_presenter.shown.listing.matching == 1)
    assert (room.list_presenter.filter.task_key, room.list_presenter.filter.arm) == (task, arm)
    assert not page.isVisible()
    room.list_presenter.clear()
    keys("Shift+G")
    page.by.setCurrentIndex(page.by.findData("memory"))
    page.by.activated.emit(page.by.currentIndex())
    qtbot.waitUntil(lambda: set(page.model.heat.columns) == {"none", "reasoningbank"})
    keys("Escape", page.table)
    assert room.panels.shown == "step"


def test_a_cell_says_in_figures_what_its_colour_says(frame: Frame, qtmodeltester) -> None:
    assert [
        figure(cell) for cell in (None, HeatCell(4, 3, 0, 0.5), HeatCell(3, 1, 1, None), HeatCell(2, 0, 2, 0.0))
    ] == [
        "\u2013",
        "3/4",
        "1/2 ?1",
        "?2",
    ]
    assert told(HeatCell(3, 1, 1, None)) == "1 of 2 succeeded (50%), 1 attempt unknown, cost \u2013"
    cells = {
        ("s/a", 1): HeatCell(1, 1, 0, 0.1),
        ("s/b", 1): HeatCell(1, 0, 0, 0.1),
        ("s/b", 2): HeatCell(1, 0, 1, None),
    }
    model = HeatModel(frame.theme)
    model.show(Heat(("s/a", "s/b"), {"s/a": "A"}, (1, 2), cells), {1: "one", 2: "two"})
    qtmodeltester.check(model)
    assert [model.index(0, column).data() for column in (0, 1)] == ["1/2", "?1"]
    model.order(0)
    assert [model.task(row) for row in (1, 2)] == ["s/b", "s/a"]
    model.order(0)
    assert [model.task(row) for row in (1, 2)] == ["s/a", "s/b"]
    model.deleteLater()


def test_what_is_chosen_goes_to_verdicts_and_scaling(room, frame: Frame, qtbot, went) -> None:
    room.panels.list.table.selectAll()
    act(frame, "to.scaling")
    qtbot.waitUntil(lambda: bool(went))
    assert (went[-1].room, went[-1].target) == ("scaling", {"runs": [1, 2]})
    act(frame, "to.verdicts")
    qtbot.waitUntil(lambda: len(went) == 2)
    assert went[-1].room == "verdicts"
    assert len(went[-1].target["rollouts"]) == 2 * TASKS


def test_columns_that_tell_are_not_offered_to_who_judges_blind(room, qtbot) -> None:
    offered = (ExtraColumn(STATUS, "info.exit_status", 3), ExtraColumn(LIMIT, "limits.steps", 2))
    dialog = ColumnsDialog(offered, (), room, hides=[LIMIT])
    qtbot.addWidget(dialog)
    assert dialog.list.count() == 1
    room.stage.set_blind(True)
    assert not room.frame.registry.command("trajectories.heat").enabled()


def test_grounds_leave_figures_readable_in_both_themes() -> None:
    def light(colour) -> float:
        parts = [value / 255 for value in (colour.red(), colour.green(), colour.blue())]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colours in (LIGHT, DARK):
        for rate in (0.0, 0.25, 0.5, 0.75, 1.0):
            text, base = sorted((light(QColor(colours.text)), light(ground(rate, colours))))
            assert (base + 0.05) / (text + 0.05) >= 4.5
