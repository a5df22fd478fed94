"""Judging again: nothing that stands moves, what was sent is kept, and a stop loses nothing."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rb_studio.jobs.judge_compare import OWN, compare_judges
from rb_studio.jobs.judge_report import judge_report
from rb_studio.jobs.judging import JudgingRequest, estimate_judging, run_judging
from rb_studio.jobs.run import run_arm
from rb_studio.method.prompts import shipped
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.identity import digest
from rb_studio.records.judgement import Status
from rb_studio.store import judgings, ledger, rollouts, verdict_reads
from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.verdict_reads import Scope
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import practice
from tests.models.fake_server import Answer, FakeServer

PRACTICE = Settings(embedder="hashing")
ROLLOUTS = 6


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tasks of the practice suite, twice each."""
    path = tmp_path_factory.mktemp("judged") / "made.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        run_arm(workspace, practice(limit=3, scaling="parallel", k=2), PRACTICE)
    return path


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(Path(shutil.copy(made, tmp_path)), write=True) as opened:
        yield opened


def _all(workspace: Workspace, **more: object) -> JudgingRequest:
    ids = tuple(row[0] for row in workspace.reader().execute("SELECT id FROM rollout ORDER BY id"))
    return JudgingRequest(**{"rollouts": ids, "profile": "practice", **more})  # type: ignore[arg-type]


def _said(workspace: Workspace, number: int) -> list[tuple[object, ...]]:
    conn = workspace.reader()
    return [
        (rollout, ask, one.uid, one.status, one.reason)
        for rollout in judgings.targets(conn, number)
        for judging, ask, one in judgings.verdicts(conn, rollout)
        if judging == number
    ]


def test_the_first_ask_has_the_seed_of_the_run_and_further_ones_their_own(workspace: Workspace) -> None:
    conn = workspace.reader()
    done = run_judging(workspace, _all(workspace, times=3), PRACTICE)
    assert (done.status, done.answers, done.asked, done.simulated) == ("finished", 18, 18, True)
    own = {one.id: one.judge for one in verdict_reads.sides(conn, Scope())}
    assert {id: str(first) for id, (first, *_) in judgings.answers(conn, done.id).items()} == own
    rollout = judgings.targets(conn, done.id)[0]
    calls = judgings.calls(conn, done.id, rollout)
    assert len({call.seed for call in calls}) == 3
    uid, run = conn.execute("SELECT uid, run FROM rollout WHERE id = ?", (rollout,)).fetchone()
    [before] = rollouts.calls(conn, run=run, rollout_uid=uid, role="judge")
    assert (calls[0].messages, calls[0].seed, calls[0].reply.text) == (before.messages, before.seed, before.reply.text)


def test_nothing_that_stands_moves(workspace: Workspace) -> None:
    conn = workspace.reader()

    def state() -> tuple[object, ...]:
        rows = rollouts.rollout_rows(conn)
        return judge_report(conn), canonical_jsonl(conn, run=1), ledger.call_groups(conn, 1), rows

    before = state()
    stricter = {"judge.web": shipped()["judge.web"].replace("[system]\n", "[system]\nDoubt everything.\n")}
    done = run_judging(workspace, _all(workspace, prompts=stricter), PRACTICE)
    assert state() == before
    [call] = judgings.calls(conn, done.id, judgings.targets(conn, done.id)[0])
    assert call.messages[0].content.startswith("Doubt everything.")
    assert done.prompt_hash == call.prompt_hash == digest(stricter["judge.web"])
    assert workspace.check() == []


@pytest.mark.parametrize("isolated", [False, True])
def test_a_stop_keeps_what_came_and_going_on_asks_the_rest_alike(workspace: Workspace, *, isolated: bool) -> None:
    cancel = threading.Event()
    numbers: list[int] = []

    def stop(done: int, total: int) -> None:
        cancel.set()

    with pytest.raises(Cancelled, match="verdicts given before are kept"):
        run_judging(
            workspace,
            _all(workspace, times=8, name="halted"),
            PRACTICE,
            cancel=cancel,
            on_begun=numbers.append,
            on_progress=stop,
            isolated=isolated,
        )
    halted = judgings.judging(workspace.reader(), numbers[0])
    assert (halted.name, halted.status) == ("halted", "cancelled")
    assert 0 < halted.answers < halted.asked
    kept = _said(workspace, halted.id)
    over = run_judging(workspace, halted.id, PRACTICE, isolated=isolated)
    assert (over.status, over.answers) == ("finished", over.asked)
    said = _said(workspace, halted.id)
    assert set(kept) < set(said)
    again = run_judging(workspace, _all(workspace, times=8), PRACTICE)
    undisturbed = _said(workspace, again.id)
    assert [(*one[:2], *one[3:]) for one in said] == [(*one[:2], *one[3:]) for one in undisturbed]


def test_judges_are_set_side_by_side(workspace: Workspace) -> None:
    conn = workspace.reader()
    request = _all(workspace, times=4)
    first = run_judging(workspace, request, PRACTICE)
    few = run_judging(workspace, _all(workspace, rollouts=request.rollouts[:2]), PRACTICE)
    found = compare_judges(conn, Scope(), [None, first.id, few.id])
    assert [one.name for one in found.judges] == [OWN, first.name, few.name]
    assert [one.table.total for one in found.judges] == [ROLLOUTS, ROLLOUTS, 2]
    assert [(one.first, one.second, one.agreement.n) for one in found.pairs] == [(0, 1, 6), (0, 2, 2), (1, 2, 2)]
    assert found.pairs[0].agreement.agreed == ROLLOUTS
    assert found.judges[1].again is not None
    assert found.judges[0].again is None
    assert found.disagreements == ()
    assert compare_judges(conn, Scope(), [None]).judges[0].quality == judge_report(conn).quality


def test_a_disagreement_names_the_rollout_and_what_each_said(workspace: Workspace, server: FakeServer) -> None:
    server.default = Answer("Status: unknown")
    settings = Settings(profiles={"vague": Profile("vague", server.url, "vague-model", timeout=5, retries=0)})
    done = run_judging(workspace, _all(workspace, profile="vague"), settings)
    found = compare_judges(workspace.reader(), Scope(run=1), [None, done.id])
    assert len(found.disagreements) == ROLLOUTS
    assert {one.said[1] for one in found.disagreements} == {"unknown"}
    assert found.pairs[0].agreement.kappa == 0
    assert done.simulated is False
    report = judge_report(workspace.reader(), judging=done.id)
    assert (report.table.known, report.table.total) == (0, ROLLOUTS)


def test_a_spent_limit_pauses_and_an_unknown_price_is_refused(workspace: Workspace, server: FakeServer) -> None:
    server.default = Answer("Status: success")
    priced = Profile("fake", server.url, "fake-model", timeout=5, retries=0, price_in=1000.0, price_out=1000.0)
    settings = Settings(profiles={"fake": priced})
    done = run_judging(workspace, _all(workspace, profile="fake", max_cost=1e-9), settings)
    assert done.status == "paused"
    assert "limit" in done.note
    assert 0 < done.answers < done.asked
    more = run_judging(workspace, done.id, settings, max_cost=2e-9)
    assert (more.status, more.answers) == ("paused", done.answers + 1)
    assert run_judging(workspace, done.id, settings, max_cost=0).status == "finished"
    with pytest.raises(UsageError, match="no prices"):
        run_judging(
            workspace,
            _all(workspace, profile=f"fake-model@{server.url}", max_cost=1.0),
            Settings(),
        )


def test_a_judging_is_not_taken_up_by_another_model(workspace: Workspace, server: FakeServer) -> None:
    server.default = Answer("Status: success")
    one, other = (Profile("fake", server.url, name, timeout=5, retries=0) for name in ("one", "other"))
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        run_judging(workspace, _all(workspace, profile="fake"), Settings(profiles={"fake": one}), cancel=stop)
    with pytest.raises(UsageError, match="begin another judging"):
        run_judging(workspace, 1, Settings(profiles={"fake": other}))


def test_what_it_takes_stands_on_calls_of_that_judge(workspace: Workspace, server: FakeServer) -> None:
    conn = workspace.reader()
    told = estimate_judging(conn, _all(workspace, times=2), PRACTICE)
    assert told.calls == 2 * ROLLOUTS
    assert "stored judge call" in told.sentence()
    server.default = Answer("Status: success")
    fake = Settings(profiles={"fake": Profile("fake", server.url, "m", timeout=5, retries=0)})
    guessed = estimate_judging(conn, _all(workspace, profile="fake"), fake)
    assert guessed.prompts is not None
    assert guessed.tokens is None
    run_judging(workspace, _all(workspace, profile="fake"), fake)
    assert f"{ROLLOUTS} stored judge calls" in estimate_judging(conn, _all(workspace, profile="fake"), fake).sentence()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rollouts": ()}, "no rollout to judge"),
        ({"rollouts": (99,)}, "no rollout 99"),
        ({"times": 0}, "asked 1 to"),
        ({"prompts": {"select": "x"}}, "no prompt of the judge"),
        ({"prompts": {"judge.web": "[user]\nnothing"}}, "would lose"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(workspace: Workspace, more: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run_judging(workspace, _all(workspace, **more), PRACTICE)
    assert judgings.judgings(workspace.reader()) == []


def test_several_answers_stand_in_the_order_they_were_asked(workspace: Workspace) -> None:
    done = run_judging(workspace, _all(workspace, times=2), PRACTICE)
    for said in judgings.answers(workspace.reader(), done.id).values():
        assert len(said) == 2
        assert all(isinstance(one, Status) for one in said)
