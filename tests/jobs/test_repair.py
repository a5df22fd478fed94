"""An override and memory: what was learned under another label is told, archived with it, learned again apart."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rb_studio.jobs.curves import curves_of, to_json
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.repair import distil_again, estimate_again
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.judgement import Status
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, curation, items, operations, repairs, rollouts, runs
from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.item_filter import ItemFilter
from rb_studio.store.repairs import damage, override, tainted_runs
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import practice

PRACTICE = Settings(embedder="hashing")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six tasks with memory, one after the other."""
    path = tmp_path_factory.mktemp("repaired") / "made.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        run_arm(workspace, practice(limit=6, memory="reasoningbank"), PRACTICE)
    return path


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(Path(shutil.copy(made, tmp_path)), write=True) as opened:
        yield opened


def _learned(workspace: Workspace) -> tuple[int, Status]:
    """The rollout that most tasks were given a lesson of, and the label a person might give it instead."""
    conn = workspace.reader()
    labels = conn.execute(
        "SELECT DISTINCT r.id, s.status FROM item_source s JOIN rollout r ON r.uid = s.rollout_uid ORDER BY r.id"
    ).fetchall()
    others = {row[0]: Status.FAILURE if row[1] == "success" else Status.SUCCESS for row in labels}
    most = max(others, key=lambda one: (len(damage(conn, [one], others[one]).served), -one))
    return most, others[most]


def _states(workspace: Workspace) -> dict[int, str]:
    conn = workspace.reader()
    [bank] = banks.banks(conn)
    return {row.id: row.state for row in items.list_items(conn, bank.id, ItemFilter(states=tuple(ItemState)))}


def _override(workspace: Workspace, rollout: int, status: Status, **more: Any) -> Any:
    return workspace.run(lambda db: override(db, [rollout], status, "seen by hand", **more))


def test_what_was_learned_under_another_label_is_told_before_anything_is_written(workspace: Workspace) -> None:
    conn = workspace.reader()
    rollout, other = _learned(workspace)
    before = operations.last_operation(conn)
    found = damage(conn, [rollout], other)
    [uid] = [row[0] for row in conn.execute("SELECT uid FROM rollout WHERE id = ?", (rollout,))]
    rows = conn.execute("SELECT DISTINCT item FROM item_source WHERE rollout_uid = ?", (uid,))
    assert {one.item for one in found.items} == {row[0] for row in rows}
    assert all(one.sure and one.learned != str(other) for one in found.items)
    assert found.served
    assert found.arms == (1,)
    assert found.busy == ()
    assert "given to" in found.sentence()
    right = Status(found.items[0].learned)
    assert damage(conn, [rollout], right) == repairs.Damage()
    assert operations.last_operation(conn) == before


def test_one_undo_takes_back_verdict_and_archiving(workspace: Workspace) -> None:
    conn = workspace.reader()
    rollout, other = _learned(workspace)
    states, canonical = _states(workspace), canonical_jsonl(conn, run=1)
    curves = to_json(curves_of(read_pools(conn)))
    found = damage(conn, [rollout], other)
    change = _override(workspace, rollout, other, archive=found.offered())
    gone = {one.item for one in found.items}
    assert set(change.ids["memory_item"]) == gone
    assert {item for item, state in _states(workspace).items() if state != states[item]} == gone
    assert {_states(workspace)[item] for item in gone} == {"archived"}
    assert tainted_runs(conn) == {1: len({one.task_key for one in found.served})}
    assert to_json(curves_of(read_pools(conn))) == curves
    assert canonical_jsonl(conn, run=1) == canonical
    undone = workspace.run(lambda db: operations.undo(db, "verdicts"))
    assert (set(undone.ids["memory_item"]), undone.ids["rollout"]) == (gone, (rollout,))
    assert (_states(workspace), tainted_runs(conn)) == (states, {})
    redone = workspace.run(lambda db: operations.redo(db, "verdicts"))
    assert set(redone.tables) == {"verdict_presence", "item_state"}
    assert {_states(workspace)[item] for item in gone} == {"archived"}
    assert workspace.check() == []


def test_an_override_alone_archives_nothing_and_may_be_overridden(workspace: Workspace) -> None:
    conn = workspace.reader()
    rollout, other = _learned(workspace)
    right = Status(damage(conn, [rollout], other).items[0].learned)
    states = _states(workspace)
    _override(workspace, rollout, other)
    assert tainted_runs(conn)
    _override(workspace, rollout, right)
    assert tainted_runs(conn) == {}
    assert _states(workspace) == states
    [uid] = [row[0] for row in conn.execute("SELECT uid FROM rollout WHERE id = ?", (rollout,))]
    assert [one.source for one in rollouts.verdicts(conn, uid)] == ["judge", "human", "human"]


def test_the_bank_of_an_unfinished_run_is_left(workspace: Workspace) -> None:
    conn = workspace.reader()
    rollout, other = _learned(workspace)
    offered = damage(conn, [rollout], other).offered()
    workspace.run(lambda db: runs.set_run_status(db, 1, "paused"))
    found = damage(conn, [rollout], other)
    assert (found.busy, found.offered()) == ((1,), ())
    assert "run 1 goes on with it" in found.sentence()
    states = _states(workspace)
    with pytest.raises(UsageError, match="run 1 goes on"):
        _override(workspace, rollout, other, archive=offered)
    _override(workspace, rollout, other, archive=found.offered())
    assert _states(workspace) == states


def test_a_fork_of_a_bank_is_repaired_in_its_own_right(workspace: Workspace) -> None:
    conn = workspace.reader()
    rollout, other = _learned(workspace)
    [home] = banks.banks(conn)
    fork = workspace.run(lambda db: banks.fork_bank(db, home.id, "tried"))
    found = damage(conn, [rollout], other)
    assert {place.bank for one in found.items for place in one.places} == {home.id, fork}
    _override(workspace, rollout, other, archive=[pair for pair in found.offered() if pair[0] == fork])
    gone = {one.item for one in found.items}
    for bank, expected in ((fork, {"archived"}), (home.id, {"active"})):
        shown = items.list_items(conn, bank, ItemFilter(states=tuple(ItemState)))
        assert {row.state for row in shown if row.id in gone} == expected
    workspace.run(lambda db: operations.undo(db, "verdicts"))
    assert damage(conn, [rollout], other) == found


def test_edited_and_shared_lessons_are_not_archived_unasked(workspace: Workspace) -> None:
    conn = workspace.reader()
    rollout, other = _learned(workspace)
    first = damage(conn, [rollout], other).items[0]
    [home] = banks.banks(conn)
    workspace.run(lambda db: curation.edit_item(db, home.id, first.item, ItemText("Mine", "now", "really")))
    found = damage(conn, [rollout], other)
    edited = next(one for one in found.items if one.item == first.item)
    assert (edited.edited, edited.sure) == (True, False)
    assert (home.id, first.item) not in found.offered()
    _override(workspace, rollout, other, archive=[(home.id, first.item)])
    assert _states(workspace)[first.item] == "archived"
    with pytest.raises(UsageError, match="not learned from these rollouts"):
        _override(workspace, rollout, other, archive=[(home.id, 10**6)])


def test_distilling_again_goes_by_the_verdict_and_every_verdict_anew(workspace: Workspace) -> None:
    conn = workspace.reader()
    rollout, other = _learned(workspace)
    right = Status(damage(conn, [rollout], other).items[0].learned)
    with pytest.raises(UsageError, match="no rollout 9999"):
        distil_again(workspace, [9999], PRACTICE)
    found = []
    for status in (other, right, other):
        _override(workspace, rollout, status)
        assert estimate_again(conn, [rollout], PRACTICE).calls == 1
        found.append(distil_again(workspace, [rollout], PRACTICE, bank="again"))
        assert distil_again(workspace, [rollout], PRACTICE, bank="again").reasons == {"learned before": 1}
    assert [one.experiences for one in found] == [1, 1, 1]
    assert len({uid for one in found for uid in one.item_uids}) == sum(one.items for one in found)
    [again] = [bank for bank in banks.banks(conn) if bank.name == "again"]
    rows = items.list_items(conn, again.id, ItemFilter(states=tuple(ItemState)))
    assert {row.state for row in rows} == {"candidate"}
    label = workspace.reader().execute("SELECT status FROM item_source ORDER BY id DESC LIMIT 1").fetchone()[0]
    assert label == str(other)
    workspace.run(lambda db: operations.undo(db, "memories"))
    left = items.list_items(conn, again.id, ItemFilter(states=tuple(ItemState)))
    assert len(left) == len(rows) - found[-1].items


def test_an_unknown_verdict_leaves_nothing_to_distil(workspace: Workspace) -> None:
    rollout, _ = _learned(workspace)
    _override(workspace, rollout, Status.UNKNOWN)
    assert distil_again(workspace, [rollout], PRACTICE).reasons == {"without a known human label": 1}


def test_an_unknown_rollout_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no rollout 9999"):
        _override(workspace, 9999, Status.SUCCESS)
    with pytest.raises(UsageError, match="choose a rollout"):
        workspace.run(lambda db: override(db, [], Status.SUCCESS, ""))
