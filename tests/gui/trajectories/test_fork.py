"""Forking a rollout from the window: what it takes, what came of it, and where a continuation is from."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from rb_studio.gui.frame import Frame
from rb_studio.gui.interrupted import Interrupted
from rb_studio.gui.rooms.trajectories.compare import ComparePart
from rb_studio.gui.rooms.trajectories.fork_dialog import ForkDialog
from rb_studio.gui.rooms.trajectories.fork_form import AS_IT_WAS, ForkForm, ForkOffer, VariantForm, first_form
from rb_studio.gui.rooms.trajectories.fork_part import ForkPart, ForksPart
from rb_studio.gui.rooms.trajectories.fork_reads import fork_markdown, forks_of_rollout, read_fork
from rb_studio.gui.rooms.trajectories.opened import read_opened, rollout_of
from rb_studio.gui.rooms.trajectories.prompt_text import BEFORE_FORK, prompt_of
from rb_studio.gui.rooms.trajectories.resume import is_interrupted
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.jobs.fork import ForkRequest, Variant, fork
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.records.item_text import ItemText, render_items
from rb_studio.store import rollouts, runs
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import PRACTICE

FILTER = ItemText(
    "Filter orders by the status asked for",
    "Keeps orders with another status out of the result.",
    "When the goal names an order status, filter the orders by that status first so that only orders with this status "
    "count.",
)
OFFER = ForkOffer(1, "uid", "practice/1", 6, "block", (("a", "First item"), ("b", "")), "prompt", PRACTICE)


@pytest.fixture(scope="session")
def forked_file(practised: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run 3 is a task without memory; runs 4 and 5 play one of run 2 on from step 2, as it was and without memory."""
    path = tmp_path_factory.mktemp("forked") / "forked.rbank"
    shutil.copyfile(practised, path)
    with Workspace.open(path, write=True) as workspace:
        run_arm(workspace, RunRequest("practice", memory="none", tasks=("practice/24",)), PRACTICE)
        request = ForkRequest(2, given(workspace), 2, 3, (Variant(AS_IT_WAS), Variant("without memory", "")))
        assert fork(workspace, request, PRACTICE) == (4, 5)
    return path


@pytest.fixture
def workspace(forked_file: Path, tmp_path: Path, frames) -> Iterator[Workspace]:
    path = tmp_path / "forked.rbank"
    shutil.copyfile(forked_file, path)
    with Workspace.open(path, write=True) as opened:
        yield opened
        frames.close()


@pytest.fixture
def part(room: TrajectoriesRoom) -> ForkPart:
    return next(one for one in room.parts.all if isinstance(one, ForkPart))


@pytest.fixture
def see(room: TrajectoriesRoom, qtbot) -> Callable[..., None]:
    """Opens a rollout, and goes where the room asks to go, as the window does."""
    room.go.connect(lambda place: room.show_place(place.target))

    def seen(run: int, uid: str, step: int = 1) -> None:
        room.show_place({"rollout": uid, "run": run, "step": step})
        qtbot.waitUntil(lambda: room.presenter.opened is not None and room.presenter.opened.row.uid == uid)

    return seen


@pytest.fixture
def dialog_of(part: ForkPart, qtbot) -> Callable[[], ForkDialog]:
    def made() -> ForkDialog:
        part.ask()
        dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, ForkDialog))
        qtbot.waitUntil(lambda: dialog.run_button.isEnabled() or bool(dialog.problem.text()))
        return dialog

    return made


def given(workspace: Workspace) -> str:
    """A rollout of run 2 that was given items and has steps enough."""
    rows = rollouts.rollout_rows(workspace.reader(), run=2)
    found = (row.uid for row in rows if row.steps > 3)
    return next(uid for uid in found if rollouts.trajectory(workspace.reader(), uid, run=2).memory_block)


def test_a_variant_is_called_by_what_it_changes() -> None:
    assert VariantForm().name(OFFER) == AS_IT_WAS
    assert VariantForm(memory="none").name(OFFER) == "without memory"
    assert (
        VariantForm(memory="without", without=("a", "b")).name(OFFER)
        == "without \u201cFirst item\u201d and \u201cb\u201d"
    )
    assert VariantForm(memory="text", prompt="p").name(OFFER) == "another memory and another prompt"
    assert VariantForm(typed=" mine ").name(OFFER) == "mine"


@pytest.mark.parametrize(
    ("variants", "told"),
    [
        ((), "Add a variant"),
        ((VariantForm(), VariantForm()), "Two variants are called as it was"),
        ((VariantForm(memory="without"),), "Choose which items"),
        ((VariantForm(memory="text"),), "Write the text"),
        ((VariantForm(prompt=" "),), "The prompt of another prompt is empty"),
    ],
)
def test_what_cannot_be_begun_is_told(variants: tuple[VariantForm, ...], told: str) -> None:
    assert told in ForkForm(2, variants=variants).problem(OFFER)


def test_a_request_holds_what_each_variant_changes() -> None:
    form = ForkForm(
        2,
        4,
        (
            VariantForm(),
            VariantForm(memory="none"),
            VariantForm(memory="without", without=("a",)),
            VariantForm(prompt="p"),
        ),
        max_cost=0.5,
    )
    request = form.request(OFFER, lambda uids: f"without {uids}")
    assert [one.memory_block for one in request.variants] == [None, "", "without ('a',)", None]
    assert [one.prompt for one in request.variants] == [None, None, None, "p"]
    assert (request.step, request.times, request.profile, request.max_cost) == (2, 4, None, 0.5)
    assert not form.problem(OFFER)


def test_what_is_proposed_can_be_begun_where_memory_was_injected() -> None:
    assert not first_form(OFFER, 99).problem(OFFER)
    assert first_form(OFFER, 99).step == 6
    assert "Write the text" in first_form(replace(OFFER, block=""), 1).problem(OFFER)


def test_the_cost_is_told_before_anything_starts_and_changes_with_the_form(
    room, see, dialog_of, qtbot, workspace
) -> None:
    see(2, given(workspace), 2)
    dialog = dialog_of()
    assert dialog.step.value() == 2
    assert "2 variants, 16 continuations" in dialog.estimate.text()
    assert "simulated" in dialog.estimate.text()
    dialog.variants.add_button.click()
    assert not dialog.run_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.run_button.isEnabled())
    assert "3 variants, 24 continuations" in dialog.estimate.text()
    assert dialog.variants.variants[2].memory == "without"
    dialog.variants.items.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert "Choose which items" in dialog.problem.text()
    dialog.variants.remove_button.click()
    qtbot.waitUntil(lambda: dialog.run_button.isEnabled())
    dialog.reject()
    assert runs.runs(workspace.reader(), purpose=runs.FORK)[-1].id == 5


def test_another_prompt_begins_with_the_one_the_rollout_was_played_by(see, dialog_of, workspace) -> None:
    see(2, given(workspace), 2)
    dialog = dialog_of()
    editor = dialog.variants
    editor.prompt.setCurrentIndex(1)
    editor.prompt.activated.emit(1)
    assert "{{" in editor.prompt_text.toPlainText()
    assert editor.variants[1].name(dialog._offer) == "without memory and another prompt"
    editor.memory.setCurrentIndex(3)
    editor.memory.activated.emit(3)
    assert editor.text.toPlainText() == dialog._offer.block
    dialog.reject()


def test_a_fork_of_the_shop_shows_the_effect_of_one_item(room, see, part, dialog_of, workspace, qtbot) -> None:
    """Written by hand into a rollout that went without memory, begun, watched and looked at in the window."""
    uid = rollouts.rollout_rows(workspace.reader(), run=3)[0].uid
    see(3, uid)
    dialog = dialog_of()
    dialog.times.setValue(12)
    assert dialog.variants.list.currentRow() == 1, "the one that is to differ"
    dialog.variants.text.setPlainText(render_items([FILTER]))
    dialog.variants.name.setText("with the item")
    dialog.variants.name.textEdited.emit("with the item")
    qtbot.waitUntil(lambda: dialog.run_button.isEnabled())
    dialog.run_button.click()
    jobs = room.frame.jobs
    qtbot.waitUntil(lambda: room.panels.shown == "fork", timeout=30_000)
    qtbot.waitUntil(lambda: not jobs.active, timeout=90_000)
    assert jobs.state.phase == "finished", jobs.state.detail
    qtbot.waitUntil(lambda: part.shown is not None and not part.shown.under_way)
    plain, with_item = part.page.shown_variants()
    assert with_item.result.success.value > plain.result.success.value
    assert with_item.difference.difference > 0
    assert "points" in with_item.gap
    assert part.page.badge.isVisibleTo(part.page)
    assert jobs.state.progress.noun == "continuation"
    assert jobs.state.progress.done == 24


def test_a_fork_that_had_to_wait_does_not_take_the_screen(room, see, part, dialog_of, workspace, qtbot) -> None:
    see(2, given(workspace), 2)
    jobs, go_on = room.frame.jobs, threading.Event()
    jobs.do("another", "", lambda _cancel, _begun: go_on.wait(60))
    dialog = dialog_of()
    assert "waits its turn" in dialog.estimate.text()
    dialog.times.setValue(1)
    qtbot.waitUntil(lambda: dialog.run_button.isEnabled())
    dialog.run_button.click()
    go_on.set()
    qtbot.waitUntil(lambda: "The fork has begun." in room.frame.toast.said, timeout=30_000)
    assert room.panels.shown == "step"
    room.frame.toast.act()
    assert room.panels.shown == "fork"
    qtbot.waitUntil(lambda: not jobs.active, timeout=60_000)


def test_a_continuation_opens_where_it_was_decided_anew_and_says_where_it_is_from(
    room, see, part, workspace, keys, qtbot
) -> None:
    room.show_place({"fork": [4, 5]})
    qtbot.waitUntil(lambda: part.shown is not None)
    table = part.page.table
    last = next(row for row in range(table.model().rowCount()) if table.model().index(row, 1).data() == AS_IT_WAS)
    table.setCurrentIndex(table.model().index(last, 0))
    keys("Return", table)
    qtbot.waitUntil(lambda: room.presenter.opened is not None and room.presenter.opened.run.id == 4)
    assert room.presenter.step == 2
    told = room.panels.details.browser.toPlainText()
    assert "forked from another rollout of run 2 at step 2" in told
    assert "nothing was retrieved" not in told
    room.panels.details._link("fold:block")
    assert "Memory Item 1" in room.panels.details.browser.toPlainText()
    room.actions_.follow_link("origin:")
    qtbot.waitUntil(lambda: room.presenter.opened.run.id == 2)
    assert room.presenter.opened.row.uid == given(workspace)


def test_prompts_before_the_fork_show_the_memory_of_the_rollout_it_continues(workspace: Workspace) -> None:
    conn = workspace.reader()
    uid = rollouts.rollout_rows(conn, run=5)[0].uid
    opened = read_opened(conn, rollout_of(conn, uid, 5))
    before, after = prompt_of(opened, 1), prompt_of(opened, 2)
    assert before.memory_at is not None
    assert BEFORE_FORK in before.note
    assert after.memory_at is None
    assert BEFORE_FORK not in after.note


def test_forks_stand_beside_their_rollout_and_open_again(room, see, part, workspace, qtbot) -> None:
    see(2, given(workspace), 2)
    panel = next(one for one in room.parts.all if isinstance(one, ForksPart)).panel
    qtbot.waitUntil(lambda: panel.list.count() == 1)
    assert panel.list.item(0).text().splitlines()[1].startswith("as it was: ")
    room.stage.set_blind(True)
    assert panel.list.item(0).text().splitlines()[1] == "as it was"
    room.stage.set_blind(False)
    room.frame.registry.action("trajectories.fork.list").trigger()
    assert panel.list.currentRow() == 0
    panel.list.itemActivated.emit(panel.list.item(0))
    qtbot.waitUntil(lambda: part.shown is not None)
    assert room.panels.shown == "fork"
    assert part.shown.runs == (4, 5)


def test_a_continuation_is_compared_with_the_rollout_it_continues(room, see, part, qtbot) -> None:
    room.show_place({"fork": [4, 5]})
    qtbot.waitUntil(lambda: part.shown is not None)
    part.page.table.selectRow(0)
    room.frame.registry.action("trajectories.compare").trigger()
    comparing = next(one for one in room.parts.all if isinstance(one, ComparePart)).presenter
    qtbot.waitUntil(lambda: comparing.compared is not None)
    assert comparing.wanted[0] == part.shown.result.origin
    assert comparing.compared.first is None or comparing.compared.first >= 1
    room.frame.registry.action("trajectories.compare.close").trigger()
    assert room.panels.shown == "fork"
    assert part.page.table.selectionModel().selectedRows()[0].row() == 0


def test_who_judges_blind_is_not_asked_what_to_leave_out(room, see, part, workspace) -> None:
    see(2, given(workspace), 2)
    room.stage.set_blind(True)
    assert not room.frame.registry.command("trajectories.fork").enabled()
    part.ask()
    assert "judge blind" in room.frame.toast.said[-1]
    assert not any(isinstance(one, ForkDialog) for one in QApplication.topLevelWidgets())


def test_forks_of_one_rollout_are_listed_apart(workspace: Workspace) -> None:
    uid = given(workspace)
    again = ForkRequest(2, uid, 2, 1, (Variant(AS_IT_WAS),))
    fork(workspace, again, PRACTICE)
    fork(workspace, again, PRACTICE)
    fork(workspace, replace(again, variants=(Variant("without memory", ""),)), PRACTICE)
    found = forks_of_rollout(workspace.reader(), 2, uid)
    assert [one.runs for one in found] == [(8,), (7,), (6,), (4, 5)]
    assert forks_of_rollout(workspace.reader(), 1, uid) == ()


def test_markdown_tells_variants_and_continuations(workspace: Workspace) -> None:
    text = fork_markdown(read_fork(workspace.reader(), (4, 5)))
    assert "forked at step 2" in text
    assert "Simulated." in text
    assert sum(line.startswith(("| 1 |", "| 2 |", "| 3 |")) for line in text.splitlines()) == 6


def test_a_fork_that_was_cut_off_is_ended_when_its_workspace_is_opened(
    workspace: Workspace, make_frame: Callable[[Workspace], Frame], qtbot
) -> None:
    workspace.run(lambda db: runs.set_run_status(db, 5, "running", ""))
    frame = make_frame(workspace)
    cut_off = Interrupted(frame.session, frame.jobs)
    qtbot.waitUntil(lambda: runs.run(workspace.reader(), 5).status == "cancelled")
    qtbot.waitUntil(lambda: frame.session.idle)
    assert cut_off.cut_off == ()
    assert not is_interrupted(runs.run(workspace.reader(), 5), None)
