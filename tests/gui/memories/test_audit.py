"""The contamination audit of a bank."""

from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import audit_part
from rb_studio.gui.rooms.memories.audit_panel import AuditPanel
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.gui.rooms.room import Place
from rb_studio.jobs import statistics
from rb_studio.store import banks, runs, served
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.items import ItemRow

Stored = Callable[[], dict[int, ItemRow]]


def panel(room: MemoriesRoom) -> AuditPanel:
    return next(part for part in room.parts.all if isinstance(part, audit_part.AuditPart)).panel


def audited(room: MemoriesRoom, qtbot: QtBot) -> AuditPanel:
    room.frame.registry.action("memory.audit").trigger()
    shown = panel(room)
    assert shown.isVisible()
    qtbot.waitUntil(shown.button.isEnabled)
    return shown


def met(db: Any, bank: int, row: ItemRow) -> ChangeRecord:
    """As runs of earlier versions stored it: the task is that of the item's own experience, by another name."""
    key = served.uses(db.conn, bank, row.id).newest[0].task_key
    query = "UPDATE experience SET task_text = (SELECT coalesce(t.text, '') FROM task t WHERE t.key = ?) WHERE uid = ?"
    db.execute(query, (key, row.experience_uid))
    return ChangeRecord("met", "test", ("experience",))


def test_the_audit_says_what_a_run_says_of_itself(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    shown = audited(room, qtbot)
    conn = frame.session.workspace.reader()
    run = conn.execute("SELECT id FROM run WHERE bank = ?", (room.bank(),)).fetchone()[0]
    expected = statistics.audit(conn, [runs.run(conn, run)])
    assert expected is not None
    row = shown.runs.topLevelItem(0)
    assert row is not None

    assert shown.status.text().lower() == statistics.audit_sentence(expected).lower() + "."
    assert [row.text(column) for column in range(4)] == [
        str(run),
        str(expected.retrieved),
        str(expected.same_task),
        str(expected.same_template),
    ]
    assert shown.own_heading.text() == "No item met a task it was learned at."
    assert not shown.rollout_button.isEnabled()


def test_items_that_met_their_own_task_lead_to_themselves_and_the_rollout(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    row = max((one for one in stored().values() if one.sources), key=lambda one: one.used)
    bank = room.bank()
    assert bank is not None
    frame.session.workspace.run(lambda db: met(db, bank, row))
    shown = audited(room, qtbot)
    places: list[Place] = []
    room.go.connect(places.append)
    count = shown.own.topLevelItemCount()
    assert count > 0
    wanted = next(shown.own.topLevelItem(place) for place in range(count) if shown._own[place].item == row.id)
    shown.own.setCurrentItem(wanted)
    shown.own.itemActivated.emit(wanted, 0)
    shown.rollout_button.click()

    qtbot.waitUntil(lambda: room.table.current_id() == row.id)
    assert "⚠" in shown.own_heading.text()
    assert places[0].target["rollout"] in {
        one.rollout_uid for one in served.uses(frame.session.workspace.reader(), bank, row.id).newest
    }


def test_a_bank_without_runs_says_so_and_another_bank_begins_anew(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    shown = audited(room, qtbot)
    assert shown.runs.topLevelItemCount() > 0
    frame.session.workspace.run(lambda db: banks.create_bank(db, "mine", "reasoningbank"))
    room.presenter.choose_bank_named("mine")
    qtbot.waitUntil(lambda: room.presenter.bank_name == "mine")
    qtbot.waitUntil(lambda: shown.runs.topLevelItemCount() == 0)
    audited(room, qtbot)

    assert shown.status.text() == "No run has been served from this bank yet."
