"""What like rollouts cost, told from whole tasks only."""

from dataclasses import replace

from rb_studio.records.calls import Failure, FailureKind
from rb_studio.store import outcomes, runs, suites
from rb_studio.store.spending import spending, spent
from tests.store.conftest import Ground
from tests.store.samples import ARM, outcome, suite

ACTOR = "big@http://x"


def run_of(ground: Ground, **arm: object) -> int:
    ground.workspace.run(lambda db: suites.save_suite(db, suite()))
    made = replace(ARM, models={"actor": ACTOR}, **arm)
    return ground.workspace.run(lambda db: runs.create_run(db, made, bank=ground.bank))


def test_a_task_that_is_not_whole_is_in_no_mean_but_was_paid_for(ground: Ground) -> None:
    run = run_of(ground)
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, run, ground.bank, outcome("shop/1")))
    conn = ground.workspace.reader()
    whole, paid = spending(conn, "shop", ACTOR), spent(conn, [run])
    broken = outcome("shop/2", k=5)
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, run, ground.bank, broken, whole=False))
    assert spending(conn, "shop", ACTOR) == whole
    assert spent(conn, [run]).tokens > paid.tokens


def test_a_failed_call_counts_as_far_as_it_was_billed(ground: Ground) -> None:
    run = run_of(ground)
    made = outcome("shop/1")
    failure = Failure(FailureKind.MALFORMED, "no JSON")
    billed = replace(made.calls[0], uid="billed", reply=replace(made.calls[0].reply, failure=failure))
    free = replace(billed, uid="free", reply=replace(billed.reply, usage=None, cost=None))
    conn = ground.workspace.reader()
    ground.workspace.run(
        lambda db: outcomes.commit_outcome(db, run, ground.bank, replace(made, calls=(*made.calls, billed, free)))
    )
    calls = conn.execute("SELECT count(*) FROM llm_call WHERE run = ? AND tokens_prompt", (run,)).fetchone()[0]
    each = conn.execute("SELECT tokens_prompt + tokens_completion FROM llm_call WHERE uid = 'billed'").fetchone()[0]
    assert spent(conn, [run]).tokens == calls * each
    assert spending(conn, "shop", ACTOR).tokens == calls * each / 2
