"""The Scaling room on screen: by mouse and by keyboard, and into files."""

import csv
import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from rb_studio.gui.figures import picture
from rb_studio.gui.frame import Frame
from rb_studio.gui.plots.ink import COLOURS
from rb_studio.gui.plots.names import SIMULATED, arms_of, point_sentence
from rb_studio.gui.rooms.scaling.export import export
from rb_studio.gui.rooms.scaling.figure_pane import HINT
from rb_studio.gui.rooms.scaling.figures import FIGURES
from rb_studio.gui.rooms.scaling.item_model import CurveModel
from rb_studio.gui.rooms.scaling.view import ScalingRoom
from rb_studio.jobs.curves import csv_rows
from rb_studio.jobs.paper import NOTE, REPORTED
from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.recipe import BUCKETS, CHANGES, GAIN
from tests.gui.scaling.conftest import entered


@pytest.fixture
def room(frame: Frame, qtbot) -> ScalingRoom:
    return entered(frame, qtbot)


def painted(image: QImage) -> set[str]:
    """The colours of a picture."""
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}


def gone(room: ScalingRoom) -> list:
    places = []
    room.go.connect(places.append)
    return places


def test_the_table_has_every_number_of_the_figure(room: ScalingRoom) -> None:
    pane = room.panes["curves"]
    points = [(one.name, point) for one in pane.curves.series for point in one.points]
    assert [(series.name, point) for series, point in pane.model.rows()] == points
    assert len(pane.plot.marks) == len(points)
    assert "points of" in pane.plot.accessibleDescription()


def test_enter_on_a_row_opens_the_rollouts_behind_the_point(room: ScalingRoom, qtbot) -> None:
    places = gone(room)
    pane = room.panes["curves"]
    pane.table.setCurrentIndex(pane.model.index(0, 0))
    qtbot.keyClick(pane.table, Qt.Key.Key_Return)
    series, point = pane.model.rows()[0]
    assert places[0].room == "trajectories"
    assert places[0].target == {"rollouts": room.presenter.rollouts_behind(series, point)}


def test_a_click_on_a_mark_opens_the_rollouts_behind_it(room: ScalingRoom, qtbot) -> None:
    places = gone(room)
    plot = room.panes["curves"].plot
    mark = plot.marks[-1]
    at = plot.place_of(mark)
    viewport = plot._view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.mapFrom(plot, at.toPoint()))
    qtbot.waitUntil(lambda: bool(places))
    assert places[0].target["rollouts"] == room.presenter.rollouts_behind(mark.series, mark.point)


def test_arrow_keys_walk_the_points_and_enter_opens(room: ScalingRoom, qtbot) -> None:
    places = gone(room)
    pane = room.panes["curves"]
    plot = pane.plot
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(plot, key)
    assert plot.present is not None
    qtbot.waitUntil(lambda: pane.table.currentIndex().row() == plot.marks.index(plot.present))
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert len(places) == 1


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in (GAIN, CHANGES)])
def test_every_figure_is_painted_in_its_last_arms_colour_and_opens_rollouts(
    room: ScalingRoom, qtbot, name: str
) -> None:
    room.tabs.show_figure(name)
    pane = room.front_pane
    qtbot.waitUntil(lambda: bool(pane.curves.series) and pane.drawn)
    plot, figure = pane.plot, pane.curves
    series = figure.series[-1]
    some = [point for point in series.points if point.n and (point.value or name != BUCKETS)]
    assert some
    assert all(room.presenter.rollouts_behind(series, point) for point in some)
    assert point_sentence(figure.x, series, series.points[0]).startswith("reasoningbank")
    colour = QColor(COLOURS[len(room.presenter.figures.arms) - 1]).name()
    qtbot.waitUntil(lambda: colour in painted(plot.grab().toImage()))
    assert colour in painted(picture(figure, room.presenter.figures.arms))


def test_points_that_come_move_neither_the_row_nor_the_ring_nor_the_table(room: ScalingRoom, qtbot) -> None:
    room.tabs.show_figure("stream")
    pane = room.panes["stream"]
    qtbot.waitUntil(lambda: pane.plot is not None and bool(pane.curves.series))
    whole = pane.curves
    part = replace(whole, series=tuple(replace(one, points=one.points[:-1]) for one in whole.series))
    pane.set_curves(part, room.presenter.figures.arms)
    highest = pane.table.fontMetrics().height() * 8
    pane.table.setMaximumHeight(highest)
    qtbot.waitUntil(lambda: pane.table.height() <= highest)
    row = pane.model.rowCount() // 2 + 1
    pane.table.setCurrentIndex(pane.model.index(row, 0))
    there = pane.model.rows()[row]
    below = pane.table.rowViewportPosition(row)
    pane.set_curves(whole, room.presenter.figures.arms)
    now = pane.table.currentIndex().row()
    series, point = pane.model.rows()[now]
    assert (now, series.name, point) == (row + 1, there[0].name, there[1])
    assert pane.table.rowViewportPosition(now) == below
    qtbot.waitUntil(lambda: pane.drawn)
    assert pane.plot.present.point == there[1]


def test_a_point_over_tokens_is_the_same_one_when_it_moves(room: ScalingRoom, qtbot) -> None:
    room.choose("x", "tokens")
    pane = room.panes["curves"]
    qtbot.waitUntil(lambda: pane.curves.x == "tokens")
    qtbot.waitUntil(lambda: pane.drawn)
    pane.table.setCurrentIndex(pane.model.index(1, 0))
    before = pane.plot.present
    moved = tuple(replace(one, points=tuple(replace(p, x=p.x + 9) for p in one.points)) for one in pane.curves.series)
    pane.set_curves(replace(pane.curves, series=moved), room.presenter.figures.arms)
    qtbot.waitUntil(lambda: pane.drawn)
    assert (pane.plot.present.series.name, pane.plot.present.point.x) == (before.series.name, before.point.x + 9)


def test_one_arm_can_be_drawn_alone_and_all_again(room: ScalingRoom, frame: Frame) -> None:
    room.choices.lists[0].setCurrentRow(1)
    frame.registry.refresh()
    frame.registry.action("scaling.only").trigger()
    assert arms_of(room.panes["curves"].curves) == ["reasoningbank"]
    frame.registry.action("scaling.all_arms").trigger()
    assert arms_of(room.panes["curves"].curves) == ["none", "reasoningbank"]


def test_pointing_says_value_n_and_interval(room: ScalingRoom, qtbot) -> None:
    pane = room.panes["curves"]
    qtbot.keyClick(pane.plot, Qt.Key.Key_Home)
    text = pane._readout.text()
    assert "%" in text
    assert "n = " in text
    assert " to " in text


def test_a_row_puts_the_ring_on_its_mark(room: ScalingRoom) -> None:
    pane = room.panes["curves"]
    pane.table.setFocus()
    pane.table.setCurrentIndex(pane.model.index(1, 0))
    series, point = pane.model.rows()[1]
    assert (pane.plot.present.series.name, pane.plot.present.point) == (series.name, point)


def test_switching_an_arm_off_redraws_without_it(room: ScalingRoom, qtbot) -> None:
    pane = room.panes["curves"]
    room.choices.arm_item(0).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: pane.drawn)
    assert {mark.series.name.split(" ")[0] for mark in pane.plot.marks} == {"reasoningbank"}


@pytest.mark.parametrize("kind", ["png", "svg", "csv"])
def test_export_writes_what_is_drawn(room: ScalingRoom, frame: Frame, tmp_path, qtbot, kind: str) -> None:
    frame.dialogs.saves = [tmp_path / "figure"]
    frame.registry.action(f"scaling.export.{kind}").trigger()
    path = tmp_path / f"figure.{kind}"
    qtbot.waitUntil(lambda: frame.toast.said == [f"Wrote {path.name}"])
    if kind == "png":
        assert QImage(str(path)).width() > 1500
    elif kind == "svg":
        text = path.read_text(encoding="utf-8")
        ElementTree.fromstring(text)
        assert SIMULATED in text
    else:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert len(rows) == len(csv_rows(room.panes["curves"].curves))
        assert rows[0][-1] == "simulated"


def test_many_arms_make_the_exported_figure_taller_and_clip_nothing(qapp, tmp_path) -> None:
    series = tuple(
        Series(f"arm {n} \u00b7 best_of_k", "best_of_k", {}, "true", (Point(1, 1, 30, 0.5, 0.4, 0.6),), True)
        for n in range(60)
    )
    export(CurveSet(series, (), caption="where it comes from", simulated=True), (), tmp_path / "many.svg", "svg")
    root = ElementTree.fromstring((tmp_path / "many.svg").read_text(encoding="utf-8"))
    height = float(root.attrib["viewBox"].split()[3])
    told = {SIMULATED, "where it comes from", "arm 59", "best-of-k"}
    placed = [float(text.attrib["y"]) for text in root.iter("{http://www.w3.org/2000/svg}text") if text.text in told]
    assert len(placed) == 4
    assert max(placed) < height


def test_exported_numbers_are_those_of_the_table(room: ScalingRoom, frame: Frame, tmp_path, qtbot) -> None:
    frame.dialogs.saves = [tmp_path / "numbers.csv"]
    room.files.export("csv")
    qtbot.waitUntil(lambda: bool(frame.toast.said))
    with (tmp_path / "numbers.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shown = room.panes["curves"].model.rows()
    assert [(float(row["x"]), float(row["value"]), float(row["low"]), int(row["n"])) for row in rows] == [
        (point.x, point.value, point.low, point.n) for _, point in shown
    ]


def test_a_figure_that_cannot_be_written_is_said(room: ScalingRoom, frame: Frame, tmp_path, qtbot) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    frame.dialogs.saves = [blocked / "figure.png"]
    room.files.export("png")
    qtbot.waitUntil(lambda: bool(frame.toast.said))
    assert "could not be written" in frame.toast.said[0]


def test_copied_numbers_are_tab_separated_with_headings(room: ScalingRoom) -> None:
    room.files.copy_numbers()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:2] == ["Arm", "Metric"]
    assert len(lines) == 1 + room.panes["curves"].model.rowCount()


def test_panels_and_the_paper_come_and_go_by_command_and_are_walked_and_clicked(
    room: ScalingRoom, frame: Frame, qtbot
) -> None:
    pane = room.panes["curves"]
    plot, ours = pane.plot, len(pane.plot.marks)
    for command in ("scaling.panels", "scaling.paper"):
        frame.registry.action(command).trigger()
    assert frame.registry.action("scaling.panels").isChecked()
    assert room.bar.switches["paper"].isChecked()
    assert NOTE in room._notes.text()
    qtbot.waitUntil(lambda: pane.drawn)
    assert len(plot._panels.all) == 2
    assert len(plot.marks) > ours
    seen, told = set(), set()
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    for _ in plot.marks:
        seen.add((plot.present.series.name, plot.present.point.k))
        told.add(room.panes["curves"]._readout.text())
        qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert len(seen) == len({(one.series.name, one.point.k) for one in plot.marks})
    assert any("as reported in" in text and "not measured here" in text for text in told)
    reported = next(one for one in plot.marks if one.series.truth == REPORTED)
    plot.point_at(reported.series, reported.point)
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert frame.toast.said[-1].startswith("The paper reports")
    for command in ("scaling.panels", "scaling.paper"):
        frame.registry.action(command).trigger()
    qtbot.waitUntil(lambda: pane.drawn)
    assert (len(plot._panels.all), len(plot.marks)) == (1, ours)


def test_f6_walks_through_the_panes(room: ScalingRoom, qtbot) -> None:
    room.activateWindow()
    qtbot.waitUntil(room.isActiveWindow)
    seen = []
    for _ in range(5):
        room.next_pane()
        seen.append(QApplication.focusWidget())
    pane = room.panes["curves"]
    assert seen == [*room.bar.stops(), *room.choices.lists, pane.plot, pane.table]
    assert next(action.objectName() for action in pane.plot.actions()) == "scaling.show_all"


def test_tabs_change_lines_and_choices(room: ScalingRoom, qtbot) -> None:
    room.tabs.show_figure("stream")
    qtbot.waitUntil(lambda: room.panes["stream"].plot is not None)
    assert room.bar.k.isVisible()
    assert not room.bar.axis.isVisible()
    assert room.bar.figure.isVisible()
    assert room.choices.metric_item(0).text() == "success so far"


def test_the_theme_redraws_the_figure_in_its_colours(room: ScalingRoom, frame: Frame) -> None:
    plot = room.panes["curves"].plot
    frame.theme.choose("dark")
    ground = plot._view.backgroundBrush().color().name()
    assert ground == frame.theme.colours.base
    frame.theme.choose("light")


def test_a_small_window_clips_nothing(room: ScalingRoom, qtbot) -> None:
    room.resize(700, 500)
    qtbot.waitUntil(lambda: room.width() == 700 and room.height() == 500)
    plot = room.panes["curves"].plot
    assert plot.height() > plot.fontMetrics().height() * 8
    assert room.minimumSizeHint().width() <= 700
    assert room.minimumSizeHint().height() <= 500


def test_chosen_runs_are_shown_one_by_one_and_named_as_a_source(room: ScalingRoom, qtbot) -> None:
    room.show_place({"runs": [2]})
    qtbot.waitUntil(lambda: room.presenter.figures.source == "runs:2")
    assert [[run.run for run in pool.runs] for pool in room.presenter.figures.pools] == [[2]]
    room.show_place({"runs": [1, 2]})
    qtbot.waitUntil(lambda: len(room.presenter.figures.pools) == 2)


def test_the_place_comes_back(room: ScalingRoom, frame: Frame, qtbot) -> None:
    room.tabs.show_figure("positions")
    room.choose("x", "tokens")
    kept = room.place_to_keep()
    again = ScalingRoom(frame)
    qtbot.addWidget(again)
    again.restore_place(kept)
    assert again.present_figure == "positions"
    assert again.presenter.x == "tokens"


def test_every_table_is_where_it_was_scrolled_to_after_a_start(room: ScalingRoom, frame: Frame, qtbot) -> None:
    def low(made: ScalingRoom) -> None:
        for one in made.panes.values():
            one.table.setFixedHeight(one.table.fontMetrics().height() * 5)

    low(room)
    room.tabs.show_figure("stream")
    bar = room.panes["stream"].table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.isVisible() and bar.maximum() > 70)
    bar.setValue(63)
    room.tabs.show_figure("curves")
    room.tabs.show_figure("stream")
    assert bar.value() == 63
    room.tabs.show_figure("curves")
    kept = json.loads(json.dumps(room.place_to_keep()))
    again = ScalingRoom(frame)
    qtbot.addWidget(again)
    low(again)
    again.restore_place(kept)
    again.resize(room.size())
    again.show()
    qtbot.waitUntil(lambda: bool(again.presenter.figures.pools))
    assert again.place_to_keep()["scroll"] == kept["scroll"], "a tab not looked at since keeps its place"
    again.tabs.show_figure("stream")
    qtbot.waitUntil(lambda: again.panes["stream"].table.verticalScrollBar().value() == 63)


def fewer(curves: CurveSet, tasks: int) -> CurveSet:
    """The same curves from so many tasks."""
    return replace(
        curves,
        series=tuple(
            replace(one, points=tuple(replace(point, n=tasks) for point in one.points)) for one in curves.series
        ),
    )


def test_the_line_under_a_figure_tells_the_points_of_the_figure_that_is_shown(room: ScalingRoom, qtbot) -> None:
    pane, arms = room.panes["curves"], room.presenter.figures.arms
    whole = fewer(pane.curves, 180)
    pane.set_curves(whole, arms)
    pane.table.setCurrentIndex(pane.model.index(0, 0))
    assert "180" in pane._readout.text()
    pane.set_curves(fewer(whole, 90), arms)
    assert "180" not in pane._readout.text()
    assert "90" in pane._readout.text()
    renamed = tuple(replace(one, name=f"other {one.name}") for one in whole.series)
    others = replace(whole, series=renamed)
    pane.set_curves(others, arms_of(others))
    assert pane._readout.text() == HINT
    assert not pane.table.currentIndex().isValid()
    qtbot.waitUntil(lambda: pane.drawn)
    assert pane.plot.present is None


def test_the_line_under_the_figure_goes_with_the_source(room: ScalingRoom, qtbot) -> None:
    pane = room.panes["curves"]
    pane.table.setCurrentIndex(pane.model.index(0, 0))
    assert pane._readout.text() != HINT
    room.presenter.choose_source("apart")
    qtbot.waitUntil(lambda: room.presenter.figures.source == "apart")
    told = pane._readout.text()
    shown = [point_sentence(pane.curves.x, *row) for row in pane.model.rows()]
    assert told == HINT or told in shown


def test_an_empty_workspace_says_what_belongs_here(empty_frame: Frame, qtbot) -> None:
    made = ScalingRoom(empty_frame)
    qtbot.addWidget(made)
    empty_frame.registry.add(*made.commands())
    made.show()
    made.entered()
    qtbot.waitUntil(lambda: made._empty is not None)
    assert made._pages.currentWidget() is made._empty
    made.closing()


def test_pointing_finds_only_what_is_near(room: ScalingRoom) -> None:
    plot = room.panes["curves"].plot
    assert plot._nearest(QPointF(-50, -50)) is None


def test_points_without_a_value_are_marked_and_a_dash_in_the_table(room: ScalingRoom, qtbot) -> None:
    points = (Point(1, 1, 5, 0.5, 0.2, 0.8), Point(4, 4, 0, None, None, None))
    series = Series("lone \u00b7 pass_at_k", "pass_at_k", {}, "true", points)
    pane = room.panes["curves"]
    pane.set_curves(CurveSet((series,), ()), ["lone"])
    qtbot.waitUntil(lambda: pane.drawn)
    assert [mark.point.value for mark in pane.plot.marks] == [0.5, None]
    assert pane.model.index(1, 3).data() == "\u2013"
    pane.plot.point_at(series, points[1])
    pane.plot.pointed.emit(pane.plot.present)
    assert "not estimable" in pane._readout.text()


def test_the_tables_are_sound_models(room: ScalingRoom, qtmodeltester) -> None:
    curves = CurveModel()
    curves.set_curves(room.panes["curves"].curves)
    curves.sort(3, Qt.SortOrder.DescendingOrder)
    values = [point.value for _, point in curves.rows()]
    assert values == sorted(values, reverse=True)
    qtmodeltester.check(curves)
