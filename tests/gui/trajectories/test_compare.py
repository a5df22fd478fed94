"""Rollouts side by side: chosen, aligned, walked through, opened, copied, and what made the difference distilled."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication

from rb_studio.analysis.patches import compare_patches
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.trajectories.compare import CHOOSE, ComparePart
from rb_studio.gui.rooms.trajectories.compare_markdown import compared_markdown
from rb_studio.gui.rooms.trajectories.compare_memory import blocks_html
from rb_studio.gui.rooms.trajectories.compare_patches import NO_PATCH, PatchDifferences, file_text
from rb_studio.gui.rooms.trajectories.compare_presenter import ComparePresenter, as_chosen
from rb_studio.gui.rooms.trajectories.compare_reads import FIRST, Chosen, Compared, more_text, read_compared
from rb_studio.gui.rooms.trajectories.compare_table import NO_STEP, CompareModel
from rb_studio.gui.rooms.trajectories.distil_dialog import DistilDialog
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.gui.theme import LIGHT
from rb_studio.gui.widgets.word_diff import word_diff
from rb_studio.jobs.compare import Used
from rb_studio.records.memory import ItemState
from rb_studio.store import rollouts
from rb_studio.store.workspace import Workspace


@pytest.fixture
def pair(workspace: Workspace) -> Chosen:
    """A task without memory and with it, at which they do not part at once."""
    conn = workspace.reader()
    for key in dict.fromkeys(row.task_key for row in rollouts.rollout_rows(conn)):
        found = tuple((row.run, row.uid) for row in rollouts.rollout_rows(conn, task_key=key))
        compared = read_compared(conn, found)
        if compared.first and compared.found.retrieved:
            return found
    raise AssertionError("memory changed nothing at any task")


@pytest.fixture
def compared(workspace: Workspace, pair: Chosen) -> Compared:
    return read_compared(workspace.reader(), pair)


@pytest.fixture
def part(room: TrajectoriesRoom) -> ComparePart:
    return next(one for one in room.parts.all if isinstance(one, ComparePart))


@pytest.fixture
def shown(room: TrajectoriesRoom, part: ComparePart, pair: Chosen, qtbot) -> ComparePart:
    """The comparison on screen."""
    room.show_place({"compare": [list(one) for one in pair]})
    qtbot.waitUntil(lambda: part.presenter.compared is not None)
    return part


class Shown:
    """Remembers what a presenter showed."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.problems: list[str] = []

    def show_waiting(self) -> None: ...

    def show_comparison(self, compared: Compared) -> None:
        self.rows.clear()

    def show_row(self, row: int) -> None:
        self.rows.append(row)

    def show_problem(self, sentence: str) -> None:
        self.problems.append(sentence)


def test_the_selected_rollouts_are_compared_by_a_key(room, part, keys: Callable[..., None], qtbot) -> None:
    table = room.panels.list.table
    qtbot.waitUntil(lambda: room.list_presenter.shown is not None and room.panels.list.model.rowCount() > 3)
    rows = [row for row in range(room.panels.list.model.rowCount()) if room.panels.list.model.id_at(row)][:3]
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    table.clearSelection()
    for row in rows:
        table.selectionModel().select(room.panels.list.model.index(row, 0), flags)
    keys("V")
    qtbot.waitUntil(lambda: part.presenter.compared is not None)
    assert room.panels.shown == "compare"
    assert not room.panels.list_shown
    assert len(part.presenter.compared.heads) == len(part.page.heads.cards) == 3
    assert part.page.table.horizontalHeader().count() == 4


def test_one_selected_rollout_is_no_comparison_and_the_way_to_one_is_said(room, part, frame: Frame) -> None:
    frame.registry.action("trajectories.compare").trigger()
    assert frame.toast.said == [CHOOSE]
    assert room.panels.shown == "step"


def test_the_row_where_they_part_is_current_and_told_without_colour(shown: ComparePart) -> None:
    compared, table = shown.presenter.compared, shown.page.table
    assert compared.first is not None
    assert table.currentIndex().row() == compared.first
    model = table.model()
    marks = {model.index(row, 0).data() for row in range(model.rowCount())}
    assert marks >= {"\u25b6\u2260"}
    assert model.index(compared.first, 0).data(Qt.ItemDataRole.AccessibleTextRole) == FIRST
    spoken = model.index(compared.first, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert FIRST in spoken


def test_keys_walk_rows_and_differences_and_leave(room, shown: ComparePart, keys: Callable[..., None]) -> None:
    table, presenter = shown.page.table, shown.presenter
    table.setFocus()
    keys("Home", table)
    assert presenter.row == 0
    keys("J", table)
    assert presenter.row == min(1, len(presenter.compared.cells) - 1)
    keys("End", table)
    assert presenter.row == len(presenter.compared.cells) - 1
    keys("Shift+V", table)
    assert presenter.row == presenter.compared.first
    keys("F7", table)
    after = [row for row in presenter.compared.differences if row > presenter.compared.first]
    assert presenter.row == (after or presenter.compared.differences)[0]
    keys("Shift+F7", table)
    assert presenter.row == presenter.compared.first
    keys("Esc", table)
    assert room.panels.shown == "step"


def test_enter_opens_the_step_of_that_side_in_the_player(room, shown: ComparePart, pair, keys, qtbot) -> None:
    table = shown.page.table
    side = 1
    row = next(
        place for place, one in enumerate(shown.presenter.compared.found.alignment.rows) if (one.steps[side] or 0) > 1
    )
    table.setCurrentIndex(table.model().index(row, side + 1))
    keys("Return", table)
    qtbot.waitUntil(lambda: (room.presenter.opened.run.id, room.presenter.opened.row.uid) == pair[side])
    assert room.panels.shown == "step"
    assert room.presenter.step == shown.presenter.compared.found.alignment.rows[row].steps[side]


def test_who_judges_blind_sees_no_verdict_above_the_steps(room, shown: ComparePart) -> None:
    room.stage.set_blind(True)
    assert {card.verdict.accessibleName() for card in shown.page.heads.cards} == {"verdict: hidden"}
    assert {card.run.accessibleName() for card in shown.page.heads.cards} == {"run hidden"}
    assert not shown.page.tabs.isTabVisible(2)
    room.frame.registry.refresh()
    assert not room.frame.registry.action("trajectories.compare.memory").isEnabled()
    room.stage.set_blind(False)
    assert "verdict: hidden" not in {card.verdict.accessibleName() for card in shown.page.heads.cards}


def test_scrolling_one_text_scrolls_the_others(shown: ComparePart) -> None:
    for text in shown.page.texts.texts:
        text.show_text("\n".join(map(str, range(500))), ("long", id(text)))
    first, second = (text.edit.verticalScrollBar() for text in shown.page.texts.texts)
    first.setValue(77)
    assert second.value() == 77


def test_items_given_to_one_side_are_told_and_lead_to_memories(shown: ComparePart, went) -> None:
    page = shown.page
    items = shown.presenter.compared.found.retrieved
    assert items
    assert "items differ" in page.tabs.tabText(2)
    page.show_tab("memory")
    page.memory.table.setCurrentIndex(page.memory.table.model().index(0, 0))
    page.memory.table.opened.emit(page.memory.table.currentIndex())
    assert (went[-1].room, went[-1].target) == ("memories", {"item": items[0].uid})


def test_where_there_is_no_patch_that_is_said(shown: ComparePart) -> None:
    patches = shown.page.patches
    assert isinstance(patches, PatchDifferences)
    assert patches._none.text() == NO_PATCH
    assert shown.page.tabs.tabText(1) == "&Patch (none)"


def test_a_comparison_is_come_back_to(room, shown: ComparePart, enter, frame: Frame, qtbot) -> None:
    kept = room.place_to_keep()
    frame.registry.remove(command.id for command in frame.registry.of("trajectories"))
    again = enter(frame)
    again.restore_place(kept)
    part = next(one for one in again.parts.all if isinstance(one, ComparePart))
    qtbot.waitUntil(lambda: part.presenter.compared is not None)
    assert part.presenter.wanted == shown.presenter.wanted
    assert part.presenter.row == shown.presenter.row
    assert again.panels.shown == "compare"


@pytest.mark.parametrize("damaged", [None, 3, "x", [["a", "b"]], [[1]]])
def test_a_damaged_place_is_none(damaged: object) -> None:
    assert as_chosen(damaged) == ()


def test_rollouts_that_are_gone_are_said_to_be(room, part: ComparePart, qtbot) -> None:
    room.show_place({"compare": [[1, "nobody"], [1, "no one"]]})
    qtbot.waitUntil(lambda: part.page._told.text() not in ("", "Laying the rollouts side by side\u2026"))
    assert part.presenter.compared is None


def test_a_presenter_walks_without_widgets(frame: Frame, pair: Chosen, qtbot) -> None:
    view = Shown()
    presenter = ComparePresenter(frame.session, view)
    presenter.compare(pair)
    qtbot.waitUntil(lambda: presenter.compared is not None)
    assert view.rows == [presenter.compared.first]
    presenter.go_to(10_000)
    assert view.rows[-1] == len(presenter.compared.cells) - 1
    presenter.to_difference(True)
    assert view.rows[-1] in presenter.compared.differences
    presenter.close()


def test_a_comparison_of_what_runs_is_read_again_and_stays_at_its_steps(frame: Frame, pair: Chosen, qtbot) -> None:
    view, told = Shown(), []
    presenter = ComparePresenter(frame.session, view)
    presenter.compare(pair)
    qtbot.waitUntil(lambda: presenter.compared is not None)
    assert presenter.live == set()
    before = presenter.compared
    presenter.go_to(1)
    presenter.read_again(lambda: told.append("same"))
    qtbot.waitUntil(lambda: told == ["same"])
    assert presenter.compared is before
    run, uid = pair[0]
    frame.session.workspace.run(
        lambda db: db.execute(
            "DELETE FROM step WHERE number > 2 AND rollout = (SELECT id FROM rollout WHERE run = ? AND uid = ?)",
            (run, uid),
        )
    )
    presenter.read_again(lambda: told.append("less"))
    qtbot.waitUntil(lambda: presenter.compared is not before)
    assert told == ["same", "less"]
    assert presenter.row == 1
    presenter.close()


def test_markdown_has_totals_steps_and_items_and_hides_verdicts_for_the_blind(compared: Compared) -> None:
    text = compared_markdown(compared)
    assert f"{compared.found.sides[0].trajectory.task_key}, rollout 1" in text
    assert text.count("first divergence") == 1
    assert "## Retrieved items" in text
    assert all(len(line.split(" | ")) >= 3 for line in text.splitlines() if line.startswith("| "))
    hidden = compared_markdown(compared, blind=True)
    assert "hidden" in hidden
    assert "| success |" not in hidden
    assert "| failure |" not in hidden
    assert "## Retrieved items" not in hidden
    assert not any(head.run in hidden for head in compared.heads)


def test_the_table_is_a_sound_model(compared: Compared, qtmodeltester) -> None:
    model = CompareModel()
    model.show(compared)
    qtmodeltester.check(model)
    gaps = [row for row, cells in enumerate(compared.cells) if None in cells]
    for row in gaps[:1]:
        assert model.index(row, 1 + compared.cells[row].index(None)).data() == NO_STEP


def test_differences_have_signs_and_the_unknown_is_a_dash() -> None:
    assert more_text(Used(1200, 0.5, -2.5)) == "+1,200 tokens \u00b7 +$0.5000 \u00b7 \u22122.50 s"
    assert more_text(Used(0, 0.00001, None)) == "+0 tokens \u00b7 \u2248$0 \u00b7 \u2013"


def test_what_differs_in_a_file_is_told_for_each_pair() -> None:
    one = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"
    two = one.replace("+b", "+c")
    differing, alone = compare_patches([one, two]), compare_patches([one, None, one])
    assert "From A to B:\n" in file_text(differing[0])
    assert "++c" in file_text(differing[0])
    assert file_text(alone[0]) == "From A to B: B leaves this file alone\n\nFrom A to C: the same"
    assert file_text(compare_patches([one, one])[0]).startswith("All of them do the same")


def test_injected_texts_are_escaped_and_told_apart_without_colour() -> None:
    old, new = "keep <b>this</b> old", "keep <b>this</b> new"
    html = blocks_html((old, new), (word_diff(old, new),), LIGHT)
    assert "<b>this" not in html
    assert "<u " in html
    assert "<s " in html
    assert "nothing was injected" in blocks_html(("text", ""), ((),), LIGHT)


def test_the_difference_is_distilled_into_candidates_that_can_be_opened(
    room, shown: ComparePart, workspace: Workspace, went, qtbot
) -> None:
    """Its cost is told before anything is asked."""
    shown._distil()
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, DistilDialog))
    qtbot.waitUntil(lambda: dialog.run_button.isEnabled())
    assert "1 call" in dialog.estimate.text()
    assert dialog.badge.isVisibleTo(dialog)
    dialog.run_button.click()
    jobs = room.frame.jobs
    qtbot.waitUntil(lambda: jobs.state is not None and not jobs.active, timeout=60_000)
    assert jobs.state.phase == "finished", jobs.state.detail
    qtbot.waitUntil(lambda: shown.page._made.isVisibleTo(shown.page))
    shown.page._made_row.itemAt(1).widget().click()
    uid = went[-1].target["item"]
    sql = "SELECT state FROM item_state s JOIN memory_item i ON i.id = s.item WHERE i.uid = ? ORDER BY s.op_from DESC"
    assert workspace.reader().execute(sql, (uid,)).fetchone()[0] == ItemState.CANDIDATE
