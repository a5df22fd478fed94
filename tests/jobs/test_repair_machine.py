"""Overrides with archiving, edits among the memories, undo and redo of both, reopening: each act takes back its own."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.item_text import ItemText
from rb_studio.records.judgement import Status
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, curation, items, operations
from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.item_filter import ItemFilter
from rb_studio.store.repairs import damage, override, tainted_runs
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import practice

SCOPES = ("verdicts", "memories")
Key = tuple[str, int]
Content = dict[Key, object]
Effect = dict[Key, tuple[object, object]]


def _read(workspace: Workspace) -> Content:
    """States and titles of all items, and the standing verdicts of people."""
    conn = workspace.reader()
    [bank] = banks.banks(conn)
    found: Content = {}
    for row in items.list_items(conn, bank.id, ItemFilter(states=tuple(ItemState))):
        found["state", row.id], found["title", row.id] = row.state, row.title
    given = "SELECT v.id, v.rollout, v.status FROM verdict v JOIN verdict_presence p ON p.verdict = v.id "
    for row in conn.execute(given + "WHERE p.op_to IS NULL AND v.source = 'human'"):
        found["verdict", row[0]] = (row[1], row[2])
    return found


def _effect(before: Content, after: Content) -> Effect:
    keys = before.keys() | after.keys()
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


class Repairing(RuleBasedStateMachine):
    """A workspace with one run, and what each act did to it."""

    made: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="repairs-"))
        self.done: dict[str, list[Effect]] = {scope: [] for scope in SCOPES}
        self.undone: dict[str, list[Effect]] = {scope: [] for scope in SCOPES}

    @initialize()
    def begin(self) -> None:
        self.path = Path(shutil.copy(self.made, self.folder))
        self.workspace = Workspace.open(self.path, write=True)
        conn = self.workspace.reader()
        self.content = _read(self.workspace)
        self.canonical = canonical_jsonl(conn, run=1)
        rows = conn.execute(
            "SELECT DISTINCT r.id, s.status FROM item_source s JOIN rollout r ON r.uid = s.rollout_uid ORDER BY r.id"
        )
        self.labels = {row[0]: row[1] for row in rows}
        self.given = {
            rollout: {one.task_key for one in damage(conn, [rollout], Status.UNKNOWN).served} for rollout in self.labels
        }
        self.bank = banks.banks(conn)[0].id

    def teardown(self) -> None:
        if hasattr(self, "workspace"):
            self.workspace.close()
        shutil.rmtree(self.folder)

    @rule(place=st.integers(0, 9), status=st.sampled_from(tuple(Status)), keep=st.sets(st.integers(0, 3)))
    def judge(self, place: int, status: Status, keep: set[int]) -> None:
        rollout = list(self.labels)[place % len(self.labels)]
        offered = damage(self.workspace.reader(), [rollout], status).offered()
        chosen = [pair for number, pair in enumerate(offered) if number not in keep]
        self.workspace.run(lambda db: override(db, [rollout], status, "looked", archive=chosen))
        self._acted("verdicts")
        states = {key[1] for key, (_, after) in self.done["verdicts"][-1].items() if key[0] == "state" and after}
        assert states == {item for _, item in chosen}

    @rule(place=st.integers(0, 20), state=st.sampled_from((ItemState.ACTIVE, ItemState.ARCHIVED, ItemState.EXCLUDED)))
    def set_state(self, place: int, state: ItemState) -> None:
        item = self._item(place)
        if not self.workspace.run(lambda db: curation.set_state(db, self.bank, [item], state)).empty:
            self._acted("memories")

    @rule(place=st.integers(0, 20), word=st.sampled_from(("One", "Two")))
    def edit(self, place: int, word: str) -> None:
        item = self._item(place)
        if not self.workspace.run(
            lambda db: curation.edit_item(db, self.bank, item, ItemText(word, "said", "anew"))
        ).empty:
            self._acted("memories")

    @precondition(lambda self: any(self.done.values()))
    @rule(scope=st.sampled_from(SCOPES))
    def undo(self, scope: str) -> None:
        if self.done[scope]:
            self.workspace.run(lambda db: operations.undo(db, scope))
            self.undone[scope].append(self._turned(self.done[scope].pop()))

    @precondition(lambda self: any(self.undone.values()))
    @rule(scope=st.sampled_from(SCOPES))
    def redo(self, scope: str) -> None:
        if self.undone[scope]:
            self.workspace.run(lambda db: operations.redo(db, scope))
            self.done[scope].append(self._turned(self.undone[scope].pop()))

    @rule()
    def reopen(self) -> None:
        self.workspace.close()
        self.workspace = Workspace.open(self.path, write=True)

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        if not hasattr(self, "workspace"):
            return
        conn = self.workspace.reader()
        assert _read(self.workspace) == {key: value for key, value in self.content.items() if value is not None}
        last: dict[int, str] = {}
        for key in sorted(key for key, value in self.content.items() if key[0] == "verdict" and value):
            rollout, status = self.content[key]  # type: ignore[misc]
            last[rollout] = status
        wrong = [self.given[rollout] for rollout, status in last.items() if status != self.labels[rollout]]
        tasks = len(set().union(*wrong)) if wrong else 0
        assert tainted_runs(conn) == ({1: tasks} if tasks else {})
        assert canonical_jsonl(conn, run=1) == self.canonical

    def _item(self, place: int) -> int:
        known = sorted(key[1] for key in self.content if key[0] == "state")
        return known[place % len(known)]

    def _acted(self, scope: str) -> None:
        after = _read(self.workspace)
        before = {key: value for key, value in self.content.items() if value is not None}
        self.done[scope].append(_effect(before, after))
        self.undone[scope].clear()
        self.content = after

    def _turned(self, effect: Effect) -> Effect:
        """Each value that is still the act's own goes back; what has another by now stays."""
        turned: Effect = {}
        for key, (before, after) in effect.items():
            if self.content.get(key) == after:
                self.content[key] = before
                turned[key] = (after, before)
        return turned


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("machine") / "made.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        run_arm(workspace, practice(limit=4, memory="reasoningbank"), Settings(embedder="hashing"))
    return path


def _run(made: Path, **chosen: int) -> None:
    machine = type("Machine", (Repairing,), {"made": made})
    check = settings(
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=[phase for phase in Phase if phase is not Phase.explain],
        **chosen,  # type: ignore[arg-type]
    )
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(machine, settings=check)


def test_acts_take_back_their_own(made: Path) -> None:
    _run(made, max_examples=10, stateful_step_count=15)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_acts_take_back_their_own_at_length(made: Path) -> None:
    _run(made, max_examples=100, stateful_step_count=30)
