"""The list of rollouts: presenter without widgets, model, panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QToolButton

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.trajectories.columns import COLUMNS, Cell, cells_of, verdict_told
from rb_studio.gui.rooms.trajectories.item_model import GROUP, ID, RolloutModel, _only_added
from rb_studio.gui.rooms.trajectories.list_panel import ListPanel
from rb_studio.gui.rooms.trajectories.list_presenter import Chip, ListPresenter, Shown, run_name
from rb_studio.gui.rooms.trajectories.rollout_table import VERDICT
from rb_studio.store.rollout_list import ListedRollout, Listing, RolloutFilter
from tests.gui.conftest import TASKS
from tests.gui.trajectories.samples import listed_row, run_row

STEPS = [column.key for column in COLUMNS].index("steps")


@dataclass
class SeenList:
    """Remembers what it was told to show."""

    shown: list[Shown] = field(default_factory=list)
    rows: dict[int, ListedRollout] = field(default_factory=dict)
    filter: RolloutFilter = field(default_factory=RolloutFilter)
    chips: Sequence[Chip] = ()
    said: list[str] = field(default_factory=list)

    def show_listing(self, shown: Shown) -> None:
        self.shown.append(shown)

    def show_rows(self, rows: Mapping[int, ListedRollout]) -> None:
        self.rows.update(rows)

    def show_filter(self, chosen: RolloutFilter, chips: Sequence[Chip]) -> None:
        self.filter, self.chips = chosen, chips

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


@pytest.fixture
def seen() -> SeenList:
    return SeenList()


@pytest.fixture
def presenter(frame: Frame, seen: SeenList) -> ListPresenter:
    return ListPresenter(frame, seen)


def listing(groups: dict[object, list[int]], group: str = "run", **more: object) -> Shown:
    ids = [one for rows in groups.values() for one in rows]
    values = [value for value, rows in groups.items() for _ in rows]
    found = Listing(tuple(ids), tuple(values), len(ids), len(ids), {})
    return Shown(found, group, "order", False, {value: f"Run {value}" for value in groups})


def test_the_list_is_read_with_facets_and_the_names_of_its_groups(presenter, seen, qtbot) -> None:
    presenter.refresh()
    qtbot.waitUntil(lambda: bool(seen.shown))
    shown = seen.shown[-1]
    assert shown.listing.total == 2 * TASKS
    assert list(shown.names.values()) == ["Run 1: no memory, practice", "Run 2: reasoningbank, practice"]
    assert shown.listing.counts["memory"] == {"none": TASKS, "reasoningbank": TASKS}


def test_facets_are_chosen_lifted_and_cleared(presenter, seen, qtbot) -> None:
    presenter.toggle("memory", "none")
    qtbot.waitUntil(lambda: bool(seen.shown) and seen.shown[-1].listing.matching == TASKS)
    presenter.toggle("memory", "reasoningbank")
    assert seen.filter.facets == {"memory": ("none", "reasoningbank")}
    presenter.toggle("memory", "none")
    presenter.drop("memory")
    assert seen.filter == RolloutFilter()
    presenter.set_text("word")
    presenter.clear()
    assert seen.filter.text == ""


def test_what_another_room_asked_for_is_a_chip_that_can_be_lifted(presenter, seen, qtbot) -> None:
    presenter.set_filter(RolloutFilter(uids=("a", "b"), task_key="practice/1", run=2))
    assert [chip.text for chip in seen.chips] == ["showing 2 rollouts", "task practice/1", "run 2"]
    for chip in list(seen.chips):
        presenter.drop(chip.what)
    assert seen.filter.empty
    qtbot.waitUntil(lambda: bool(seen.shown) and seen.shown[-1].listing.matching == 2 * TASKS)


def test_only_the_answer_to_the_last_wish_is_shown(presenter, seen, qtbot) -> None:
    for text in ("a", "ab", "order"):
        presenter.set_text(text)
    qtbot.waitUntil(lambda: bool(seen.shown))
    expected = [row for row in seen.shown if row.listing.total]
    assert len(expected) == 1


def test_rows_are_fetched_when_wanted(presenter, seen, qtbot) -> None:
    presenter.want_rows([1, 2])
    presenter.want_rows([3])
    qtbot.waitUntil(lambda: set(seen.rows) == {1, 2, 3})


def test_neighbours_follow_the_order_of_the_list(presenter, seen, qtbot) -> None:
    assert presenter.neighbour(1, 1) is None
    presenter.refresh()
    qtbot.waitUntil(lambda: bool(seen.shown))
    ids = seen.shown[-1].listing.ids
    assert presenter.neighbour(ids[0], 1) == ids[1]
    assert presenter.neighbour(ids[0], -1) is None
    assert presenter.neighbour(10_000, 1) == ids[0]


def test_filter_group_and_order_come_back(presenter, frame, seen, qtbot) -> None:
    presenter.set_filter(RolloutFilter(text="order", facets={"k": ("1",)}, task_key="practice/1", run=1))
    presenter.set_group("task")
    presenter.set_sort("steps", True)
    kept = presenter.kept()
    other = ListPresenter(frame, SeenList())
    other.restore(kept)
    assert other.filter == presenter.filter
    assert (other.group, other.sort, other.descending) == ("task", "steps", True)
    other.restore({"facets": {"nonsense": ["1"]}, "group": "nonsense"})
    assert (other.filter, other.group) == (RolloutFilter(), "run")
    qtbot.waitUntil(lambda: not presenter._reading)


def test_who_judges_blind_is_told_nothing_by_order_groups_or_what_is_listed(presenter, seen, qtbot) -> None:
    presenter.set_sort("verdict", True)
    presenter.set_group("memory")
    presenter.toggle("truth", "success")
    qtbot.waitUntil(lambda: presenter.shown is not None and presenter.shown.group == "memory")
    told = presenter.shown
    model = next(iter(told.listing.counts["model"]))
    presenter.set_blind(True)
    qtbot.waitUntil(lambda: presenter.shown.sort == "order")
    assert (presenter.shown.group, presenter.shown.listing.matching) == ("", told.listing.total)
    presenter.set_text(model)
    qtbot.waitUntil(lambda: presenter.shown.listing.matching == 0)
    presenter.set_text("")
    presenter.set_blind(False)
    qtbot.waitUntil(lambda: presenter.shown.listing == told.listing)
    assert (presenter.shown.group, presenter.shown.sort) == ("memory", "verdict")


def test_a_run_is_named_by_its_arm_or_its_foreign_name() -> None:
    from rb_studio.records.arm import ArmConfig

    arm = ArmConfig("shop", memory="awm", scaling="parallel", k=3, seed=2, pass_number=2)
    assert run_name(run_row(arm=arm, pass_number=2, start_state="frozen")) == (
        "Run 1: awm, k=3 parallel, shop, frozen, seed 2, pass 2"
    )
    assert run_name(run_row(arm=None, name="lite")) == "lite (imported)"


def test_the_model_keeps_the_rules_of_models(frame: Frame, qtmodeltester) -> None:
    model = RolloutModel(frame.theme)
    model.show(listing({2: [5, 6], 1: [1, 2, 3]}))
    model.put({5: listed_row(id=5), 1: listed_row(id=1, verdict=None, truth=None)})
    qtmodeltester.check(model)
    model.fold(2)
    model.show(listing({3: [9], 2: [5, 6, 7], 1: [1, 2, 3]}))
    qtmodeltester.check(model)
    model.stop()
    model.deleteLater()


def test_headers_stand_over_their_rollouts_and_fold(frame: Frame) -> None:
    model = RolloutModel(frame.theme)
    model.show(listing({2: [5, 6], 1: [1]}))
    assert [model.id_at(row) for row in range(5)] == [None, 5, 6, None, 1]
    assert model.index(0, 0).data(GROUP).count == 2
    model.fold(2)
    assert [model.id_at(row) for row in range(model.rowCount())] == [None, None, 1]
    assert model.group_of(6).folded
    model.fold_all(False)
    assert model.row_of(6) == 2
    model.deleteLater()


def test_rows_that_come_in_move_no_other(frame: Frame, qtbot) -> None:
    model = RolloutModel(frame.theme)
    model.show(listing({1: [1, 2]}))
    resets, inserted = [], []
    model.modelReset.connect(lambda: resets.append(1))
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    model.show(listing({2: [5], 1: [1, 2, 3]}))
    assert (resets, inserted) == ([], [(0, 1), (5, 5)])
    assert [model.index(row, 0).data(ID) for row in (1, 3, 4, 5)] == [5, 1, 2, 3]
    model.show(listing({1: [3, 1]}))
    assert resets == [1]
    model.stop()
    model.deleteLater()


@pytest.mark.parametrize(
    ("old", "new", "added"),
    [
        ([], [1, 2], [(0, 1)]),
        ([1, 2], [1, 2], []),
        ([1, 2], [0, 1, 5, 2, 6], [(0, 0), (2, 2), (4, 4)]),
        ([1, 2], [2, 1], None),
        ([1, 2], [1], None),
    ],
)
def test_what_was_added_is_told_from_what_was_changed(old: list[int], new: list[int], added: object) -> None:
    assert _only_added(old, new) == added


def test_unknown_rows_are_asked_for_once_together(frame: Frame, qtbot) -> None:
    model = RolloutModel(frame.theme)
    model.show(listing({1: list(range(1, 300))}))
    wanted = []
    model.wanted.connect(wanted.append)
    for row in range(1, 4):
        assert model.index(row, 0).data() is None
    qtbot.waitUntil(lambda: bool(wanted))
    assert len(wanted) == 1
    assert {1, 2, 3} <= set(wanted[0])
    assert len(wanted[0]) < 120
    model.deleteLater()


@pytest.fixture
def panel(frame: Frame, qtbot) -> ListPanel:
    made = ListPanel(frame.theme)
    qtbot.addWidget(made)
    made.resize(420, 500)
    made.show()
    made.show_filter(RolloutFilter(), [])
    made.show_listing(listing({2: [5, 6], 1: [1, 2, 3]}))
    made.show_rows({one: listed_row(id=one) for one in (1, 2, 3, 5, 6)})
    yield made
    made.stop()


def test_moving_in_the_list_chooses_and_headers_do_not(panel: ListPanel, qtbot) -> None:
    chosen = []
    panel.chosen.connect(chosen.append)
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.model.index(0, 0))
    for _ in range(4):
        qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert chosen == [5, 6, 1]


def test_choosing_with_shift_goes_on_beyond_a_heading(panel: ListPanel, qtbot) -> None:
    table = panel.table
    table.setCurrentIndex(panel.model.index(2, 0))
    for key, chosen in ((Qt.Key.Key_Down, [6, 1]), (Qt.Key.Key_Down, [6, 1, 2]), (Qt.Key.Key_Up, [6, 1])):
        qtbot.keyClick(table, key, Qt.KeyboardModifier.ShiftModifier)
        rows = sorted(index.row() for index in table.selectionModel().selectedRows())
        assert [panel.model.id_at(row) for row in rows if panel.model.id_at(row)] == chosen
    table.setCurrentIndex(panel.model.index(1, 0))
    qtbot.keyClick(table, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert table.currentIndex().row() == 1


def test_a_header_folds_by_enter_plus_minus_and_click(panel: ListPanel, qtbot) -> None:
    panel.table.setCurrentIndex(panel.model.index(0, 0))
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert panel.model.rowCount() == 5
    qtbot.keyClick(panel.table, Qt.Key.Key_Plus)
    assert panel.model.rowCount() == 7
    place = panel.table.visualRect(panel.model.index(0, 0)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.model.rowCount() == 5


def test_the_open_rollout_is_current_and_nobody_is_told(panel: ListPanel) -> None:
    chosen = []
    panel.chosen.connect(chosen.append)
    panel.mark_open(2)
    assert panel.table.currentIndex().row() == panel.model.row_of(2)
    panel.show_listing(listing({3: [9], 2: [5, 6], 1: [1, 2, 3]}))
    assert panel.table.currentIndex().data(ID) == 2
    panel.mark_open(77)
    assert not panel.table.selectionModel().selectedRows()
    assert chosen == []


def test_new_rows_above_leave_what_is_on_screen_in_its_place(panel: ListPanel, qtbot) -> None:
    panel.resize(420, 300)
    panel.show_listing(listing({1: list(range(1, 200))}))
    panel.table.updateGeometries()
    panel.table.verticalScrollBar().setValue(1005)
    before = panel.table.anchor()
    assert before[0] > 20
    panel.show_listing(listing({2: [900, 901], 1: list(range(1, 200))}))
    assert panel.table.anchor() == before


def test_typing_filters_after_a_pause_and_enter_at_once(panel: ListPanel, qtbot) -> None:
    with qtbot.waitSignal(panel.text_changed) as told:
        qtbot.keyClicks(panel.line, "order")
    assert told.args == ["order"]
    told = []
    panel.text_changed.connect(told.append)
    qtbot.keyClicks(panel.line, "s")
    qtbot.keyClick(panel.line, Qt.Key.Key_Return)
    assert told == ["orders"]


def test_counts_chips_and_clear_show_the_filter(panel: ListPanel, qtbot) -> None:
    found = Listing((1,), (1,), 1, 318, {"verdict": {"success": 1, "none": 4}})
    panel.show_filter(RolloutFilter(text="x", uids=("a",), in_steps=True), [Chip("uids", "showing 12 rollouts")])
    panel.show_listing(Shown(found, "run", "steps", True, {1: "Run 1"}))
    assert panel._count.text() == "1 of 318"
    assert not panel._clear.isHidden()
    assert panel.findChild(QCheckBox).isChecked()
    chip = next(one for one in panel.findChildren(QToolButton) if "12 rollouts" in one.text())
    assert chip.text() == "showing 12 rollouts \u2013 clear"
    with qtbot.waitSignal(panel.dropped) as told:
        chip.click()
    assert told.args == ["uids"]
    panel.show_filter(RolloutFilter(), [])
    assert panel._clear.isHidden(), "the count has the room where there is nothing to clear"
    assert panel.table.horizontalHeader().sortIndicatorSection() == [one.key for one in COLUMNS].index("steps")


def test_facet_menus_hold_values_with_counts_and_stay_open(panel: ListPanel, qtbot) -> None:
    counts = {"verdict": {"success": 3, "none": 1}}
    panel.facets.show_facets(RolloutFilter(facets={"verdict": ("success",)}), counts)
    menu = panel.facets._menus["verdict"]
    assert [action.text() for action in menu.actions() if action.data()] == ["not judged\t1", "success\t3"]
    assert panel.facets._buttons["verdict"].text() == "Verdict: success"
    toggled, lifted = [], []
    panel.facets.toggled.connect(lambda *args: toggled.append(args))
    panel.facets.lifted.connect(lifted.append)
    menu.popup(panel.mapToGlobal(panel.rect().center()))
    menu.setActiveAction(menu.actions()[0])
    qtbot.keyClick(menu, Qt.Key.Key_Space)
    assert menu.isVisible()
    assert toggled == [("verdict", "none")]
    menu.actions()[-1].trigger()
    assert lifted == ["verdict"]
    menu.close()


def test_clicking_a_column_sorts_up_then_down_then_as_made(panel: ListPanel) -> None:
    asked = []
    panel.sort_changed.connect(lambda *args: asked.append(args))
    steps = [one.key for one in COLUMNS].index("steps")
    header = panel.table.horizontalHeader()
    header.sectionClicked.emit(steps)
    for descending in (False, True):
        found = Listing((1,), (1,), 1, 1, {})
        panel.show_listing(Shown(found, "run", "steps", descending, {1: "Run 1"}))
        header.sectionClicked.emit(steps)
    assert asked == [("steps", False), ("steps", True), ("order", False)]


def test_chosen_rows_are_copied_as_a_table(panel: ListPanel, qtbot) -> None:
    panel.table.selectRow(1)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines() == [
        "Task\tVerdict\tTruth\tSteps",
        "1 Open the page\tsuccess\tsuccess\t3",
    ]


def test_columns_can_be_chosen_and_come_back(panel: ListPanel, frame: Frame, qtbot) -> None:
    menu = panel.columns.menu()
    tokens = [one.key for one in COLUMNS].index("tokens")
    menu.actions()[tokens].trigger()
    assert not panel.table.isColumnHidden(tokens)
    other = ListPanel(frame.theme)
    qtbot.addWidget(other)
    other.restore(panel.kept())
    assert not other.table.isColumnHidden(tokens)
    other.stop()
    menu.close()


def test_where_room_is_scarce_verdicts_are_icons_and_the_task_takes_what_is_left(panel: ListPanel) -> None:
    header, wide = panel.table.horizontalHeader(), panel.fontMetrics().averageCharWidth()
    panel.resize(wide * 40, 400)
    narrow = header.sectionSize(VERDICT)
    panel.resize(wide * 90, 400)
    assert header.sectionSize(VERDICT) > narrow
    assert header.length() == panel.table.viewport().width()
    header.resizeSection(0, wide * 20)
    panel.resize(wide * 80, 400)
    assert header.sectionSize(0) == wide * 20


def test_only_rows_that_are_others_now_are_drawn_again(panel: ListPanel, qtbot, monkeypatch) -> None:
    ids = [one for one in range(1, 7) if panel.model.row_of(one) is not None]
    known = {one: listed_row(id=one, uid=f"u{one}") for one in ids}
    panel.show_rows(known)
    qtbot.wait(50)
    drawn: list[int] = []
    cell = panel.model.cell

    def noted(row: int, column: int) -> Cell | None:
        drawn.append(row)
        return cell(row, column)

    monkeypatch.setattr(panel.model, "cell", noted)
    panel.show_rows({**known, ids[1]: listed_row(id=ids[1], uid=f"u{ids[1]}", steps=99)})
    qtbot.waitUntil(lambda: bool(drawn))
    changed = panel.model.row_of(ids[1])
    assert changed in drawn
    assert set(drawn) <= {changed - 1, changed, changed + 1}, "more than the row and its neighbours"
    assert cell(changed, STEPS).text == "99"


def test_rows_on_screen_are_asked_for_again_with_each_listing(panel: ListPanel, qtbot) -> None:
    panel.show_rows({one: listed_row(id=one, uid=f"u{one}") for one in range(1, 7)})
    qtbot.wait(20)
    shown = panel.model._shown
    with qtbot.waitSignal(panel.wanted) as wanted:
        panel.show_listing(shown)
    assert panel.model.id_at(1) in wanted.args[0]


def test_a_label_that_is_not_the_verdict_stands_behind_it() -> None:
    row = listed_row(verdict="failure", used="success")
    cell = cells_of(row, by_task=False)[VERDICT]
    assert (cell.text, cell.short, cell.status) == ("failure \u2192 success", "failure", "failure")
    assert verdict_told(row) == "failure; learned from as success"
    assert cells_of(listed_row(verdict="success", used="success"), by_task=False)[VERDICT].text == "success"


def test_foreign_words_in_a_cell_are_one_readable_line() -> None:
    row = listed_row(task_text="Mend\n\x1b[31mthis\x1b[0m \u202eback", model="a\nb")
    texts = [cell.text for cell in cells_of(row, by_task=False)]
    assert texts[0].endswith("Mend this \ufffdback")
    assert "a b" in texts


def test_facets_can_be_told_apart_in_a_narrow_list(panel: ListPanel, qtbot) -> None:
    wide = panel.fontMetrics().averageCharWidth()
    panel.resize(wide * 32, 500)
    panel.show()
    bar = panel.facets
    narrow = {name: button.shown_text() for name, button in bar._buttons.items()}
    assert len(set(narrow.values())) == len(narrow)
    panel.resize(wide * 120, 500)
    qtbot.waitUntil(lambda: bar._buttons["memory"].shown_text() == "Memory")
