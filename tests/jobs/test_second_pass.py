"""Which pass over its tasks a run is: by what the bank has seen before, under whatever name."""

import pytest

from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.starts import second_pass
from rb_studio.models.settings import Settings
from rb_studio.records.memory import Bank, Experience
from rb_studio.records.task import Task
from rb_studio.store import runs
from rb_studio.store.outcomes import load_outcomes
from tests.jobs.conftest import PRACTICE, practice, run_sums, with_sums


def known(*texts: str, suite: str = "sums") -> Bank:
    return Bank(tuple(Experience(f"e{n}", f"{suite}/{n}", text, ()) for n, text in enumerate(texts)))


@pytest.mark.parametrize(
    ("bank", "texts", "expected"),
    [
        (known(), ["a", "b"], 1),
        (known("a"), ["a", "b"], 2),
        (known("other words"), ["a", "b"], 2),
        (known(" A ", suite="copy"), ["a", "b"], 2),
        (known("a", "a", suite="copy"), ["a", "b"], 3),
        (known("a", "a", suite="sums"), ["a", "a"], 2),
        (known("c", suite="copy"), ["a", "b"], 1),
    ],
)
def test_a_task_is_known_by_its_key_or_by_its_text(bank, texts, expected):
    tasks = [Task(f"sums/{n}", "sums", n, text) for n, text in enumerate(texts)]
    assert second_pass(bank, tasks) == expected


def test_a_suite_imported_twice_is_no_memory_of_itself(workspace, settings):
    run_sums(workspace, settings, memory="reasoningbank", limit=2)
    with_sums(workspace, name="copy")
    request = RunRequest("copy", memory="reasoningbank", limit=2, bank="reasoningbank", learn=False)
    run = run_arm(workspace, request, settings)
    conn = workspace.reader()
    assert runs.run(conn, run).pass_number == 2
    for outcome in load_outcomes(conn, run):
        assert "same task text" in {miss.reason for miss in outcome.retrieval.near_misses}
        assert all(hit.score < 1 for hit in outcome.retrieval.hits)


def test_going_on_with_another_embedder_than_the_banks_own_is_said(workspace, caplog):
    run_arm(workspace, practice(memory="reasoningbank", limit=2), PRACTICE)
    again = practice(memory="reasoningbank", limit=2, bank="reasoningbank")
    run_arm(workspace, again, PRACTICE)
    assert "embedded anew" not in caplog.text
    run_arm(workspace, again, Settings())
    said = "bank reasoningbank was embedded with hashing:384:text; its texts were embedded anew with all-MiniLM"
    assert said in caplog.text
