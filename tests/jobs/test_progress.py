"""How far a job is, in words."""

from rb_studio.jobs.progress import Progress, Watch
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.sweep import run_sweep
from rb_studio.store import spending
from tests.jobs import sums
from tests.jobs.conftest import with_sums


def test_one_task_is_told_in_the_singular():
    assert Progress(0, 1).sentence() == "0 of 1 task"
    assert Progress(1, 2, invalid=1).sentence() == "1 of 2 tasks, 1 without data"


def test_a_sweep_is_told_with_its_arms():
    one = Progress(5, 40, arms=4, arms_done=1, current=("none parallel k=3 seed 0",))
    assert one.sentence() == "5 of 40 tasks, 1 of 4 arms, now none parallel k=3 seed 0"
    three = Progress(5, 40, arms=4, current=("a", "b", "c"))
    assert three.sentence().endswith("0 of 4 arms, now a and b and 1 more")


def test_a_sweep_is_watched_arm_by_arm_and_its_spending_adds_up(workspace, server, settings):
    """What the watch adds up bit by bit is what the store says in one go; shared calls count once."""
    with_sums(workspace)
    server.default = sums.solving(usage={"prompt_tokens": 7, "completion_tokens": 3})
    request = SweepRequest(RunRequest("sums", limit=3), ("none", "reasoningbank"), ("parallel",), (1, 2))
    seen: list[Progress] = []
    begun: list[Watch] = []

    class Asking:
        """A cancel event that reads the progress each time it is asked."""

        def is_set(self):
            seen.append(begun[0].read(workspace.reader()))
            return False

        def wait(self, seconds):
            return False

    run_sweep(
        workspace, request, settings, workers=1, cancel=Asking(), on_begun=lambda runs, n: begun.append(Watch(runs, n))
    )
    last = begun[0].read(workspace.reader())
    assert (last.done, last.total, last.arms, last.arms_done, last.current) == (12, 12, 4, 4, ())
    assert last.tokens == 10 * len(server.requests) == spending.spent(workspace.reader(), begun[0].runs).tokens
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    named = {name for one in seen for name in one.current}
    assert named == {
        "none seed 0",
        "none parallel k=2 seed 0",
        "reasoningbank seed 0",
        "reasoningbank parallel k=2 seed 0",
    }
