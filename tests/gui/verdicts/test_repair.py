"""What a verdict means for memory, as the room tells and does it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.verdicts.offered import OFFERED
from rb_studio.gui.rooms.verdicts.repair_dialog import CHECK, CONTRAST, RepairDialog
from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
from rb_studio.records.judgement import Status
from rb_studio.store import operations
from rb_studio.store.repairs import Damage, Place, Suspect


def taught(frame: Frame) -> tuple[int, str]:
    """A rollout of the run with memory that one lesson was learned from, and under which label."""
    row = (
        frame.session.workspace.reader()
        .execute(
            "SELECT r.id, s.status FROM item_source s JOIN rollout r ON r.uid = s.rollout_uid "
            "WHERE r.run = 2 ORDER BY r.id"
        )
        .fetchone()
    )
    return row[0], row[1]


def states(frame: Frame, state: str = "archived") -> int:
    query = "SELECT count(*) FROM item_state WHERE state = ? AND op_to IS NULL"
    return int(frame.session.workspace.reader().execute(query, (state,)).fetchone()[0])


@pytest.fixture
def room(frame: Frame, qtbot) -> VerdictsRoom:
    made = VerdictsRoom(frame)
    qtbot.addWidget(made)
    frame.registry.add(*made.commands())
    made.show()
    qtbot.waitUntil(lambda: bool(made.presenter.ids))
    rollout, _ = taught(frame)
    made.presenter.select(rollout)
    qtbot.waitUntil(lambda: made.presenter.shown is not None and made.presenter.shown.detail.rollout.id == rollout)
    return made


def other(frame: Frame) -> str:
    return "failure" if taught(frame)[1] == "success" else "success"


def ask(room: VerdictsRoom, frame: Frame, qtbot) -> RepairDialog:
    part = room.part_set.all[0]
    frame.registry.command(f"verdicts.judge.{other(frame)}").do()
    qtbot.waitUntil(lambda: part.dialog is not None)
    part.dialog.again.setChecked(False)
    return part.dialog


def test_every_command_that_is_offered_is_there(room: VerdictsRoom) -> None:
    assert {one.id for one in room.commands()} == {one.id for one in OFFERED}


def test_nothing_is_written_before_the_damage_was_told(room: VerdictsRoom, frame: Frame, qtbot) -> None:
    dialog = ask(room, frame, qtbot)
    assert "learned under another label" in dialog.what.text()
    assert dialog.model.rowCount() >= 1
    dialog.reject()
    conn = frame.session.workspace.reader()
    assert conn.execute("SELECT count(*) FROM verdict WHERE source = 'human'").fetchone()[0] == 0


def test_verdict_and_archiving_are_one_step_and_one_undo_takes_both_back(room, frame, qtbot) -> None:
    active = states(frame, "active")
    dialog = ask(room, frame, qtbot)
    chosen = len(dialog.model.chosen)
    assert chosen >= 1
    dialog.repair.click()
    qtbot.waitUntil(lambda: states(frame) == chosen)
    qtbot.waitUntil(lambda: room.presenter.report.human == 1)
    frame.session.operate(lambda db: operations.undo(db, "verdicts"))
    qtbot.waitUntil(lambda: states(frame, "active") == active and states(frame) == 0)
    qtbot.waitUntil(lambda: room.presenter.report.human == 0)


def test_a_verdict_alone_leaves_memory_and_marks_who_was_given_it(room, frame, qtbot) -> None:
    ask(room, frame, qtbot).only.click()
    qtbot.waitUntil(lambda: room.presenter.report.human == 1)
    assert states(frame) == 0
    assert set(room.presenter.report.tainted) == {2}
    assert "\u26a0" in room.heading.scopes.itemText(1)
    frame.registry.command("verdicts.given").do()
    qtbot.waitUntil(lambda: room.presenter.scope.startswith("rollouts:"))
    part = room.part_set.all[0]
    part.dialog = None
    rollout, _ = taught(frame)
    room.presenter.select(rollout)
    qtbot.waitUntil(lambda: room.presenter.shown.detail.rollout.id == rollout)
    frame.registry.command("verdicts.repair").do()
    qtbot.waitUntil(lambda: part.dialog is not None)
    part.dialog.reject()


def test_who_judges_blind_is_not_told_by_what_was_learned(room, frame, qtbot) -> None:
    room.blind = True
    frame.registry.command(f"verdicts.judge.{other(frame)}").do()
    qtbot.waitUntil(lambda: room.presenter.report.human == 1)
    assert room.part_set.all[0].dialog is None


def test_what_is_unsure_is_not_ticked_and_what_is_in_use_cannot_be(qtbot) -> None:
    sure = Suspect(1, "a", "Plain", "success", (1,), (Place(1, "mine", "active"),), contrast=False, edited=False)
    found = Damage(
        items=(
            sure,
            replace(sure, item=2, uid="b", contrast=True),
            replace(sure, item=3, uid="c", places=(Place(2, "theirs", "active", busy=7),)),
        ),
        busy=(7,),
    )
    dialog = RepairDialog(found, 1, Status.FAILURE)
    qtbot.addWidget(dialog)
    model = dialog.model
    assert model.chosen == {(1, 1)}
    assert [model.index(row, 3).data() for row in range(3)] == ["", CONTRAST, "left: run 7 goes on with this bank"]
    assert not model.setData(model.index(2, 0), Qt.CheckState.Checked, CHECK)
    assert model.setData(model.index(1, 0), Qt.CheckState.Checked, CHECK)
    decided = []
    dialog.decided.connect(lambda archive, again: decided.append((archive, again)))
    dialog.again.setChecked(False)
    dialog.repair.click()
    assert decided == [(((1, 1), (1, 2)), False)]


def test_distilling_again_tells_its_cost_before(room, frame, qtbot) -> None:
    ask(room, frame, qtbot).again.setChecked(True)
    part = room.part_set.all[0]
    part.dialog.only.click()
    dialogs = lambda: [one for one in room.window().children() if one.metaObject().className() == "DistilDialog"]  # noqa: E731
    qtbot.waitUntil(lambda: bool(dialogs()))
    dialog = dialogs()[0]
    qtbot.waitUntil(dialog.run_button.isEnabled)
    assert "call" in dialog.estimate.text()
    assert dialog.label.currentData() == "human"
    dialog.reject()


def test_what_was_archived_is_distilled_into_its_bank_again_and_the_way_there_is_told(room, frame, qtbot, monkeypatch):
    conn = frame.session.workspace.reader()
    bank = conn.execute("SELECT b.name FROM run JOIN bank b ON b.id = run.bank WHERE run.id = 2").fetchone()[0]
    dialog = ask(room, frame, qtbot)
    dialog.again.setChecked(True)
    dialog.repair.click()
    dialogs = lambda: [one for one in room.window().children() if one.metaObject().className() == "DistilDialog"]  # noqa: E731
    qtbot.waitUntil(lambda: bool(dialogs()))
    distil = dialogs()[0]
    qtbot.waitUntil(distil.run_button.isEnabled)
    assert distil.bank.currentText() == bank
    told, places = [], []
    monkeypatch.setattr(room, "say", lambda *said: told.append(said))
    room.go.connect(places.append)
    distil.run_button.click()
    qtbot.waitUntil(lambda: any(bank in said[0] for said in told), timeout=30_000)
    text, label, act = told[-1]
    assert text.endswith(f"in the bank {bank}.")
    assert (text[0].isdigit(), label) == (True, "Review")
    act()
    assert places[0].target == {"bank": bank, "query": "state:candidate"}
    assert states(frame, "candidate") == int(text.split()[0])
