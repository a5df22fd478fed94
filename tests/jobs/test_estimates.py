"""Cost first: told from stored calls of the same model and role, and unknown where there are none."""

from dataclasses import replace
from pathlib import Path

import pytest

from rb_studio.jobs.estimates import Estimate, estimate, identity, of_rollouts, together
from rb_studio.jobs.run import run_arm
from rb_studio.models.profile import Profile
from rb_studio.store.spending import Spending
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import PRACTICE, practice

SIMULATED = Profile("practice")
BIG = Profile("big", "https://api.example.org/v1", "big-1", price_in=2.0, price_out=10.0)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estimates") / "played.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        run_arm(workspace, practice(limit=2, memory="none"), PRACTICE)
    return path


def test_calls_of_the_same_role_and_model_are_what_it_stands_on(played: Path) -> None:
    with Workspace.open(played, write=False) as workspace:
        conn = workspace.reader()
        judged = estimate(conn, "judge", SIMULATED, 10)
        prompt, completion, calls = conn.execute(
            "SELECT avg(tokens_prompt), avg(tokens_completion), count(*) FROM llm_call WHERE role = 'judge'"
        ).fetchone()
        assert judged.calls == 10
        assert judged.tokens == round(10 * (prompt + completion))
        assert judged.free
        assert judged.cost == 0.0
        assert f"from {calls} stored judge calls" in judged.sentence()
        assert estimate(conn, "distiller", SIMULATED, 10).basis == ""
        assert estimate(conn, "judge", BIG, 10).tokens is None


def test_nothing_stored_is_said_and_a_known_length_is_not_taken_for_the_sum(played: Path) -> None:
    with Workspace.open(played, write=False) as workspace:
        conn = workspace.reader()
        unknown = estimate(conn, "judge", BIG, 3)
        assert (unknown.tokens, unknown.cost, unknown.seconds) == (None, None, None)
        assert unknown.sentence() == "3 calls; tokens and cost unknown, as nothing like it is stored yet."
        read = estimate(conn, "judge", BIG, 3, characters=4_001)
        assert (read.prompts, read.tokens, read.cost) == (3 * 1_001, None, None)
        assert "about 3 k tokens to read" in read.sentence()
        assert "free" in estimate(conn, "distiller", SIMULATED, 1).sentence()


def test_rollouts_are_priced_by_what_was_paid_else_by_the_profile() -> None:
    spent = Spending(4, 1000.0, 100.0, None, 90.0, 7.5)
    found = of_rollouts(spent, BIG, 10)
    assert (found.calls, found.tokens, found.seconds) == (75, 11_000, 900.0)
    assert found.cost == pytest.approx(0.03)
    assert of_rollouts(replace(spent, cost=0.5), BIG, 10).cost == pytest.approx(5.0)
    unpriced = replace(BIG, price_in=None, price_out=None)
    assert "give the profile big its prices" in of_rollouts(spent, unpriced, 10).sentence()
    assert of_rollouts(None, BIG, 10).tokens is None


def test_a_sum_is_unknown_as_soon_as_a_part_is() -> None:
    known, unknown = Estimate(2, 100, 0.5, 3.0, "from 2"), Estimate(1, None, None, None, "")
    assert together([known, known]) == Estimate(4, 200, 1.0, 6.0, "from 2")
    both = together([known, unknown])
    assert (both.calls, both.tokens, both.cost, both.seconds) == (3, None, None, None)
    assert "$0.50" in known.sentence()


def test_the_practice_model_is_named_as_arms_name_it(played: Path) -> None:
    with Workspace.open(played, write=False) as workspace:
        arm = workspace.reader().execute("SELECT json_extract(config, '$.models.actor') FROM arm").fetchone()
    assert identity(SIMULATED) == arm[0]
    assert identity(BIG) == BIG.identity
