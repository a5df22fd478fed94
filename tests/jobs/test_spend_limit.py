"""A sweep that may spend so much: held at its limit, gone on with, refused where nothing could hold it."""

from dataclasses import replace

import pytest

from rb_studio.jobs.driving import NO_LIMIT, Driving
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import Paused
from rb_studio.jobs.sweep import run_sweep
from rb_studio.records.errors import UsageError
from rb_studio.store import runs
from rb_studio.store.spending import spent
from tests.jobs import sums
from tests.jobs.conftest import with_sums

REQUEST = SweepRequest(RunRequest("sums", limit=6), ("none",), ("none",), (1,))
A_TASK = 2.0  # acting and judging, a dollar each


@pytest.fixture
def paid(settings):
    """The loopback endpoint, a dollar a call of seven tokens and three."""
    priced = replace(settings.profiles["fake"], price_in=1e5, price_out=1e5)
    return settings.model_copy(update={"profiles": {"fake": priced}})


def test_a_sweep_pauses_at_its_limit_keeps_it_and_goes_on_without(workspace, server, paid):
    server.default = sums.solving(usage={"prompt_tokens": 7, "completion_tokens": 3})
    with_sums(workspace)
    with pytest.raises(Paused, match=r"limit of \$5.00: \$6.00 is spent; raise it .* continue with --resume 1"):
        run_sweep(workspace, REQUEST, paid, workers=1, spend_limit=5.0)
    conn = workspace.reader()
    row = runs.sweep(conn, 1)
    assert (row.status, Driving.from_json(row.driving)) == ("paused", Driving(workers=1, spend_limit=5.0))
    assert [run.status for run in runs.runs(conn)] == ["paused"]
    with pytest.raises(Paused, match="limit"):
        run_sweep(workspace, REQUEST, paid, resume=1)
    assert len(server.requests) == 3 * 2
    run_sweep(workspace, REQUEST, paid, resume=1, spend_limit=NO_LIMIT)
    assert runs.sweep(conn, 1).status == "finished"
    assert len(server.requests) == 6 * 2
    assert spent(conn, [1]).cost == pytest.approx(6 * A_TASK)


def test_an_endpoint_that_counts_nothing_holds_no_limit(workspace, server, paid):
    server.default = sums.solving(usage=None)
    with_sums(workspace)
    with pytest.raises(Paused, match=r"reports no usage .*--spend-limit none"):
        run_sweep(workspace, REQUEST, paid, workers=1, spend_limit=5.0)


def test_a_limit_is_refused_where_a_model_that_is_asked_has_no_prices(workspace, settings, paid):
    both = paid.model_copy(update={"profiles": {**paid.profiles, "judge": settings.profiles["fake"]}})
    request = replace(REQUEST, base=replace(REQUEST.base, profiles={"judge": "judge"}))
    with pytest.raises(UsageError, match="--spend-limit limits nothing: no prices are known for 'fake-model'"):
        run_sweep(workspace, request, both, spend_limit=5.0)
    assert runs.sweeps(workspace.reader()) == []
