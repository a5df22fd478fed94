"""The Verdicts room on screen."""

import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtWidgets import QMainWindow

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.verdicts.item_model import COLUMNS, RolloutModel
from rb_studio.gui.rooms.verdicts.matrix import MatrixModel
from rb_studio.gui.rooms.verdicts.rates import RateModel
from rb_studio.gui.rooms.verdicts.reading import Report
from rb_studio.gui.rooms.verdicts.repair_dialog import RepairDialog
from rb_studio.gui.rooms.verdicts.step_text import linked
from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
from rb_studio.gui.theme import LIGHT
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.models import settings
from rb_studio.models.settings import Settings
from rb_studio.models.whose import whose_word
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import TASKS
from tests.gui.verdicts.conftest import DRAWS


def show(frame: Frame, qtbot) -> VerdictsRoom:
    made = VerdictsRoom(frame)
    qtbot.addWidget(made)
    frame.registry.add(*made.commands())
    made.resize(1200, 760)
    made.show()
    made.entered()
    frame.registry.enter("verdicts")
    return made


@pytest.fixture
def room(frame: Frame, qtbot) -> VerdictsRoom:
    made = show(frame, qtbot)
    qtbot.waitUntil(lambda: made.list.model.rowCount() == DRAWS)
    qtbot.waitUntil(lambda: made.list.model.known(made.presenter.ids[0]) is not None)
    return made


def select(room: VerdictsRoom, qtbot, row: int = 0) -> None:
    wanted = room.list.model.id_at(row)
    room.list.table.selectRow(row)
    qtbot.waitUntil(lambda: room.presenter.shown is not None and room.presenter.shown.detail.rollout.id == wanted)


def asked(room: VerdictsRoom, qtbot) -> RepairDialog:
    """The question what a verdict is to mean for memory; nothing is asked about distilling after it."""
    part = room.part_set.all[0]
    qtbot.waitUntil(lambda: part.dialog is not None)
    part.dialog.again.setChecked(False)
    return part.dialog


def gone(room: VerdictsRoom) -> list:
    places = []
    room.go.connect(places.append)
    return places


def test_enter_on_a_cell_lists_it_and_says_how_many(room: VerdictsRoom, qtbot) -> None:
    matrix = room.overview.matrix
    matrix.setCurrentIndex(matrix.counts.index(0, 0))
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    count = int(matrix.counts.index(0, 0).data())
    qtbot.waitUntil(lambda: room.list.model.rowCount() == count)
    assert room.list.count.text() == f"{count} of {DRAWS} rollouts: judge success, truth success"


def test_a_cell_opens_its_rollouts_in_trajectories(room: VerdictsRoom, qtbot) -> None:
    places = gone(room)
    matrix = room.overview.matrix
    matrix.setCurrentIndex(matrix.counts.index(3, 3))
    qtbot.keyClick(matrix, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(places))
    assert places[0].room == "trajectories"
    assert len(places[0].target["rollouts"]) == DRAWS


def test_enter_on_a_row_opens_that_rollout(room: VerdictsRoom, qtbot) -> None:
    places = gone(room)
    select(room, qtbot, 2)
    qtbot.keyClick(room.list.table, Qt.Key.Key_Return)
    assert places[0].target == {"rollout": room.presenter.shown.detail.rollout.uid}


def test_a_step_of_the_reason_leads_to_the_step(room: VerdictsRoom, qtbot) -> None:
    places = gone(room)
    select(room, qtbot)
    step = room.presenter.shown.detail.verdicts[0].verdict.cited[0]
    room.panel.parsed.anchorClicked.emit(QUrl(f"step:{step}"))
    assert places[0].target == {"rollout": room.presenter.shown.detail.rollout.uid, "step": step}


def test_parsed_status_stands_beside_the_raw_reply(room: VerdictsRoom, qtbot) -> None:
    select(room, qtbot)
    verdict = room.presenter.shown.detail.verdicts[0].verdict
    assert f"Status, as parsed: {verdict.status}" in room.panel.parsed.toPlainText()
    assert verdict.prompt_hash[:12] in room.panel.parsed.toPlainText()
    assert room.panel.raw.toPlainText() == verdict.raw
    assert "[system]" in room.panel.prompt.toPlainText()


def test_one_letter_judges_and_the_word_is_shown_everywhere(room: VerdictsRoom, frame: Frame, qtbot) -> None:
    select(room, qtbot)
    room.panel.override.reason.setText("the period is wrong")
    frame.registry.refresh()
    frame.registry.action("verdicts.judge.unknown").trigger()
    qtbot.waitUntil(lambda: room.presenter.shown.detail.rollout.human == "unknown")
    qtbot.waitUntil(lambda: room.list.model.index(0, COLUMNS.index("human")).data() == "unknown")
    assert room.panel.history.rowCount() == 2
    assert "the period is wrong" in room.panel.parsed.toPlainText()
    assert room.panel.override.reason.text() == ""
    assert frame.toast.said == ["Judged 1 rollout: unknown"]
    frame.toast.act()
    qtbot.waitUntil(lambda: room.presenter.shown.detail.rollout.human == "none")


def test_a_letter_typed_into_a_box_is_no_verdict(frame: Frame, qtbot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    room = show(frame, qtbot)
    window.setCentralWidget(room)
    window.addActions([frame.registry.action(f"verdicts.judge.{status}") for status in ("success", "failure")])
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.isActiveWindow() and room.list.model.rowCount() == DRAWS)
    select(room, qtbot)
    frame.registry.refresh()
    for line in (room.heading.scopes, room.overview.pairs, room.panel.override.reason, room.list.line):
        line.setFocus()
        qtbot.keyClick(line, Qt.Key.Key_S)
    assert room.panel.override.reason.text() == "s"
    room.list.line.clear()
    room.list.table.setFocus()
    qtbot.keyClick(room.list.table, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: room.presenter.shown.detail.rollout.human == "failure")
    assert [one.verdict.source for one in room.presenter.shown.detail.verdicts] == ["judge", "human"]
    window.takeCentralWidget()


def test_a_selection_is_judged_as_one_step(room: VerdictsRoom, frame: Frame, qtbot) -> None:
    room.list.table.selectAll()
    assert room.panel.override._label.text() == f"Verdict on {DRAWS}"
    room.panel.override.judged.emit("success", "")
    asked(room, qtbot).only.click()
    qtbot.waitUntil(lambda: room.presenter.report.human == DRAWS)
    assert frame.toast.said == [f"Judged {DRAWS} rollouts: success"]


def test_the_chosen_verdict_of_the_history_is_shown(room: VerdictsRoom, qtbot) -> None:
    select(room, qtbot)
    room.presenter.judge([room.presenter.current], "failure", "no")
    qtbot.waitUntil(lambda: room.panel.history.rowCount() == 2)
    assert "A person gave" in room.panel.raw.toPlainText()
    room.panel.table.selectRow(0)
    assert room.panel.raw.toPlainText() == room.presenter.shown.detail.verdicts[0].verdict.raw


def test_typing_filters_and_show_all_takes_it_back(room: VerdictsRoom, qtbot) -> None:
    room.list.line.setText("no such words anywhere")
    qtbot.waitUntil(lambda: room.list.model.rowCount() == 0)
    assert room.list.count.text().startswith("0 of ")
    room._clear()
    qtbot.waitUntil(lambda: room.list.model.rowCount() == DRAWS)


def test_a_heading_orders_in_sql(room: VerdictsRoom, qtbot) -> None:
    column = COLUMNS.index("truth")
    room.list.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: room.presenter.sort == "truth" and room.list.model.index(0, column).data() == "success")
    assert room.list.model.index(DRAWS - 1, column).data() == "failure"


def test_copied_rows_are_tab_separated(room: VerdictsRoom) -> None:
    room.list.table.selectRow(0)
    qt_copy = room.list.table.selected_text()
    room.acts.copy_list()
    assert QGuiApplication.clipboard().text() == qt_copy
    assert qt_copy.splitlines()[0].split("\t")[0] == "Task"


def test_a_small_window_shows_tabs_and_clips_nothing(room: VerdictsRoom, qtbot) -> None:
    room.resize(700, 500)
    qtbot.waitUntil(lambda: room.parts.narrow)
    assert room.minimumSizeHint().width() <= 700
    room.acts.list_cell({})
    qtbot.waitUntil(lambda: room.list.isVisible())
    select(room, qtbot)
    qtbot.keyClick(room.list.table, Qt.Key.Key_Return)
    assert room.panel.isVisible()
    room.resize(1200, 760)
    qtbot.waitUntil(lambda: not room.parts.narrow)
    assert room.list.isVisible()
    assert room.overview.isVisible()


def test_a_place_leads_to_a_rollout_a_run_and_a_sweep(room: VerdictsRoom, qtbot) -> None:
    uid = room.list.model.known(room.presenter.ids[-1]).uid
    room.show_place({"rollout": uid})
    qtbot.waitUntil(lambda: room.presenter.shown is not None and room.presenter.shown.detail.rollout.uid == uid)
    qtbot.waitUntil(lambda: room.list.current() == room.presenter.current)
    room.show_place({"run": 1})
    qtbot.waitUntil(lambda: room.presenter.report.valid == TASKS)
    ids = room.presenter.ids[:3]
    qtbot.waitUntil(lambda: all(room.list.model.known(one) is not None for one in ids))
    chosen = [room.list.model.known(one).uid for one in ids]
    room.show_place({"rollouts": chosen})
    qtbot.waitUntil(lambda: len(room.presenter.ids) == 3)
    assert room.presenter.scope.startswith("rollouts:")
    room.show_place({"sweep": 77})
    qtbot.waitUntil(lambda: room.presenter.scope == "all" and room.presenter.report.valid == DRAWS)


def test_the_place_comes_back(room: VerdictsRoom, frame: Frame, qtbot) -> None:
    select(room, qtbot, 3)
    room.presenter.choose_cell({"truth": "failure"})
    room.list.hide_columns(["run"])
    kept = room.place_to_keep()
    again = VerdictsRoom(frame)
    qtbot.addWidget(again)
    again.restore_place(kept)
    assert again.presenter.keep() == room.presenter.keep()
    assert again.list.hidden_columns() == ["run"]


@pytest.mark.parametrize("wide", [1200, 700])
def test_the_list_is_where_it_was_scrolled_to_after_a_start_and_another_room(
    room: VerdictsRoom, frame: Frame, qtbot, wide: int
) -> None:
    room.resize(wide, 480)
    room.acts.focus_filter()
    room.list.table.setFixedHeight(room.list.table.fontMetrics().height() * 8)
    bar = room.list.table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() >= 5)
    select(room, qtbot, 0)
    bar.setValue(4)
    room.hide()
    room.show()
    room.entered()
    assert bar.value() == 4
    kept = json.loads(json.dumps(room.place_to_keep()))
    frame.registry.remove(command.id for command in frame.registry.of("verdicts"))
    again = VerdictsRoom(frame)
    qtbot.addWidget(again)
    again.list.table.setFixedHeight(room.list.table.height())
    again.restore_place(kept)
    again.resize(room.size())
    again.show()
    again.entered()
    qtbot.waitUntil(lambda: again.presenter.shown is not None and again.list.model.rowCount() == DRAWS)
    again.acts.focus_filter()
    assert again.list.current() == room.list.current()
    qtbot.waitUntil(lambda: again.list.table.verticalScrollBar().value() == 4)


def test_the_current_rollout_is_seen_after_a_start_where_no_scroll_was_kept(room: VerdictsRoom, frame, qtbot) -> None:
    select(room, qtbot, DRAWS - 1)
    kept = room.place_to_keep()
    del kept["scroll"]
    again = VerdictsRoom(frame)
    qtbot.addWidget(again)
    again.list.table.setFixedHeight(room.list.table.fontMetrics().height() * 8)
    again.restore_place(kept)
    again.resize(1200, 480)
    again.show()
    qtbot.waitUntil(lambda: again.list.current() == room.list.current())
    row = again.list.table.visualRect(again.list.table.currentIndex())
    assert again.list.table.viewport().rect().contains(row.center())


def test_ctrl_z_belongs_to_the_verdicts(room: VerdictsRoom) -> None:
    assert room.undo_scope() == "verdicts"


def test_a_workspace_open_for_reading_takes_no_verdicts(make_frame, practised, tmp_path, qtbot) -> None:
    path = Path(shutil.copyfile(practised, tmp_path / "read.rbank"))
    made = show(make_frame(Workspace.open(path, write=False)), qtbot)
    qtbot.waitUntil(lambda: made.list.model.rowCount() == DRAWS)
    select(made, qtbot)
    assert not made.panel.override.isEnabled()
    assert not made.frame.registry.command("verdicts.judge.success").enabled()


def test_an_empty_workspace_says_what_belongs_here(empty_frame: Frame, qtbot) -> None:
    made = show(empty_frame, qtbot)
    qtbot.waitUntil(lambda: made._empty is not None)
    assert made._pages.currentWidget() is made._empty


def test_foreign_text_stays_text_and_loads_nothing(room: VerdictsRoom) -> None:
    text = linked('<img src="http://example.org/x.png"> at [step 3] & more', LIGHT)
    assert "<img" not in text
    assert "step:3" in text
    found = room.panel.parsed.loadResource(QTextDocument.ResourceType.ImageResource, QUrl("file:///etc/hostname"))
    assert found is None


def test_the_tables_are_sound_models(room: VerdictsRoom, frame: Frame, qtmodeltester) -> None:
    matrix, rates, rollouts = MatrixModel(frame.theme), RateModel(), RolloutModel(frame.theme)
    matrix.set_report(room.presenter.report)
    rates.set_rows(room.presenter.report.rates)
    rollouts.set_ids(room.presenter.ids)
    for model in (matrix, rates, rollouts):
        qtmodeltester.check(model)
    assert matrix.index(3, 3).data() == str(DRAWS)
    matrix.set_report(Report())
    assert matrix.rowCount() == 4


def test_rows_that_come_at_the_end_leave_the_reader_where_he_is(frame: Frame) -> None:
    model = RolloutModel(frame.theme)
    model.set_ids([1, 2, 3])
    inserted, reset = [], []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    model.modelReset.connect(lambda: reset.append(True))
    model.set_ids([1, 2, 3, 4, 5])
    assert (inserted, reset) == ([(3, 4)], [])
    model.set_ids([5, 4])
    assert reset == [True]


def test_hover_texts_of_foreign_words_draw_nothing() -> None:
    foreign = '<img src="file:///etc/passwd"><b>Find</b> the order'
    shown = QTextDocument()
    shown.setHtml(plain_tip(foreign))
    assert shown.toPlainText() == foreign
    assert plain_tip("two\nlines") == "two\nlines"


def test_whose_word_counts_is_read_again_when_the_settings_are_saved(room, frame, qtbot) -> None:
    qtbot.waitUntil(lambda: room.overview._notes.text().endswith("success as said by the environment"))
    settings.save(Settings(precedence=("human", "truth")))
    frame.session.settled.emit()
    qtbot.waitUntil(lambda: "success as said by a person, else the environment" in room.overview._notes.text())
    assert whose_word().order == ("human", "truth")


def test_rates_stand_with_their_n_and_no_value_is_cut(room, qtbot) -> None:
    rates = room.overview.rates
    width = rates.table.fontMetrics().horizontalAdvance("100.0 %")
    assert width < rates.table.columnWidth(1)
    order = [rates.model.headerData(place, Qt.Orientation.Horizontal) for place in range(5)]
    assert order == ["Rate", "Value", "95 % interval", "n", "Plot"]
