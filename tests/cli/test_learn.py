"""`rb-studio learn`: stored trajectories with a known label become candidates, once."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rb_studio.interchange.memory_jsonl import MemoryExport, write_memories
from rb_studio.jobs.learn_groups import MOST_ATTEMPTS
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks, rollouts
from rb_studio.store.item_import import import_items
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run
from tests.interchange.files import tool_call_run
from tests.models.fake_server import Answer, FakeServer, error

ITEMS = Answer("# Memory Item 1\n## Title Look twice\n## Description Before acting\n## Content Read, then act.\n")


@pytest.fixture
def workspace(played_copy: Path) -> Path:
    return played_copy


@pytest.fixture
def imported(run: Run, tmp_path: Path) -> Path:
    """A workspace with an imported run: one attempt resolved, one not."""
    folder = tmp_path / "night-run"
    for instance in ("demo__lib-1", "demo__lib-2"):
        path = folder / instance / f"{instance}.traj.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(tool_call_run(instance)), "utf-8")
    report = {"resolved_ids": ["demo__lib-1"], "unresolved_ids": ["demo__lib-2"]}
    (folder / "report.json").write_text(json.dumps(report), "utf-8")
    assert run("import", tmp_path / "foreign.rbank", folder).code == 0
    return tmp_path / "foreign.rbank"


def experiences(path: Path, name: str = "reasoningbank"):
    with Workspace.open(path, write=False) as opened:
        conn = opened.reader()
        bank = banks.find_bank(conn, name)
        return () if bank is None else banks.bank_value(conn, bank.id, embedder="").experiences


def test_judged_attempts_become_candidates_with_their_sources(run: Run, workspace: Path) -> None:
    ran = run("learn", workspace, "--json")
    assert ran.code == 0
    learned = experiences(workspace)
    assert len(learned) == ran.json["experiences"] > 0
    items = [item for one in learned for item in one.items]
    assert len(items) == ran.json["items"]
    assert {str(item.state) for item in items} == {"candidate"}
    assert all(item.simulated and item.label_source == "judge" for item in items)
    with Workspace.open(workspace, write=False) as opened:
        known = {row.uid for row in rollouts.rollout_rows(opened.reader()) if row.judged != "unknown"}
    assert {source.rollout_uid for item in items for source in item.sources} <= known
    assert ran.json["simulated"] is True


def test_the_same_again_asks_no_model_and_changes_nothing(run: Run, workspace: Path) -> None:
    run("learn", workspace)
    before = experiences(workspace)
    ran = run("learn", workspace, "--json")
    assert (ran.json["experiences"], ran.json["tokens"]) == (0, 0)
    assert ran.json["reasons"]["learned before"] == 9
    assert experiences(workspace) == before


def test_what_the_reply_speaks_against_waits_as_a_doubt_also_when_learned_again(run: Run, imported: Path) -> None:
    many = "\n".join(ITEMS.text.replace("Item 1", f"Item {n}").replace("twice", f"{n} times") for n in range(1, 6))
    with FakeServer(Answer(many)) as server:
        arguments = ("learn", imported, "--label", "gt", "--model", f"m@{server.url}")
        learned = run(*arguments, "--json").json
        waiting = run("memories", imported, "review", "--json").json["items"]
        assert len(waiting) == learned["items"]
        assert all({"reason": "too many items", "value": 5.0} in one["doubts"] for one in waiting)
        run("memories", imported, "undo")
        run("memories", imported, "undo")
        assert run(*arguments).code == 0
    again = run("memories", imported, "review", "--json").json["items"]
    assert [one["doubts"] for one in again] == [one["doubts"] for one in waiting]


def test_attempts_of_a_task_are_contrasted_by_truth(run: Run, workspace: Path) -> None:
    ran = run("learn", workspace, "--label", "gt", "--contrast", "task", "--bank", "lessons", "--json")
    learned = experiences(workspace, "lessons")
    assert len(learned) == ran.json["experiences"]
    kinds = {"success": "common-pattern", "failure": "common-mistake", "failure+success": "contrast"}
    assert [one.kind for one in learned] == [kinds[one.label] for one in learned]
    assert {item.label_source for one in learned for item in one.items} == {"gt"}


def test_attempts_of_a_template_are_contrasted_up_to_a_number(run: Run, imported: Path, workspace: Path) -> None:
    ran = run("learn", workspace, "--label", "gt", "--contrast", "template", "--json")
    (one, *_) = experiences(workspace)
    assert one.template
    assert len(one.rollout_uids) <= MOST_ATTEMPTS
    assert ran.json["skipped"] == 9 - sum(len(found.rollout_uids) for found in experiences(workspace))
    without = run("learn", imported, "--label", "gt", "--contrast", "template", "--json")
    assert without.json["reasons"] == {"without a template": 2}


def test_imported_attempts_teach_by_their_report_and_never_without_a_label(run: Run, imported: Path) -> None:
    without = run("learn", imported, "--json")
    assert (without.code, without.json["skipped"]) == (0, 2)
    assert without.json["reasons"] == {"without a known judge label": 2}
    assert experiences(imported) == ()
    with FakeServer(ITEMS) as server:
        ran = run("learn", imported, "--label", "gt", "--model", f"m@{server.url}", "--json")
        prompts = [str(body["messages"]) for body in server.bodies]
    assert (ran.json["experiences"], ran.json["items"], ran.json["simulated"]) == (2, 2, False)
    told = sorted(("Outcome: success" in asked, "Outcome: failure" in asked) for asked in prompts)
    assert told == [(False, True), (True, False)]
    assert {one.label for one in experiences(imported)} == {"success", "failure"}


def test_a_persons_verdict_counts_and_an_unknown_one_does_not(run: Run, imported: Path) -> None:
    with Workspace.open(imported, write=True) as opened:
        first, second = rollouts.rollout_rows(opened.reader())
        given = [
            Verdict("v1", first.uid, Status.SUCCESS, "seen", source="human"),
            Verdict("v2", second.uid, Status.UNKNOWN, "unsure", source="human"),
        ]
        opened.run(lambda db: add_verdicts(db, given))
    with FakeServer(ITEMS) as server:
        ran = run("learn", imported, "--label", "human", "--model", f"m@{server.url}", "--json")
    assert ran.json["reasons"] == {"without a known human label": 1}
    (one,) = experiences(imported)
    assert one.rollout_uids == (first.uid,)


def test_a_query_narrows_what_is_learned_from(run: Run, workspace: Path) -> None:
    with Workspace.open(workspace, write=False) as opened:
        key = rollouts.rollout_rows(opened.reader())[0].task_key
    run("learn", workspace, "--label", "gt", "--from", f"run:1 suite:practice task:{key}")
    assert [one.task_key for one in experiences(workspace)] == [key]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--from", "no-such-words"), "no-such-words"),
        (("--from", "colour:red"), "colour"),
        (("--from", "run:x"), "run:x"),
        (("--from", "run:99"), "99"),
        (("--label", "guess"), "guess"),
        (("--contrast", "site"), "site"),
        (("--model", "nobody"), "nobody"),
    ],
)
def test_what_cannot_be_learned_from_is_one_sentence(
    run: Run, workspace: Path, arguments: tuple[str, ...], named: str
) -> None:
    ran = run("learn", workspace, *arguments)
    assert ran.code == 2
    assert named in ran.err
    assert ran.err.count("\n") == 1
    assert experiences(workspace) == ()


def test_a_bank_of_another_memory_mode_is_refused(run: Run, workspace: Path) -> None:
    with Workspace.open(workspace, write=True) as opened:
        opened.run(lambda db: banks.create_bank(db, "flows", "awm"))
    ran = run("learn", workspace, "--bank", "flows")
    assert ran.code == 2
    assert "flows" in ran.err


def test_an_endpoint_that_fails_keeps_what_was_learned_and_the_command_goes_on(run: Run, imported: Path) -> None:
    with FakeServer(ITEMS) as server:
        model = f"m@{server.url}"
        server.script(ITEMS)
        server.default = error(401, "no such key", code="invalid_api_key")
        failed = run("learn", imported, "--label", "gt", "--model", model)
        server.default = ITEMS
        after = run("learn", imported, "--label", "gt", "--model", model, "--json")
    assert failed.code == 1
    assert failed.err.count("\n") == 1
    assert after.code == 0
    assert after.json["experiences"] + after.json["reasons"].get("learned before", 0) == 2
    assert len(experiences(imported)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent the POSIX way")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_calls_in_flight_at_once(imported: Path, number: signal.Signals) -> None:
    with FakeServer(Answer("late", delay=90)) as server:
        command = [sys.executable, "-m", "rb_studio.cli", "learn", imported, "--label", "gt", "--model"]
        process = subprocess.Popen([*command, f"m@{server.url}"], stderr=subprocess.PIPE, text=True)
        server.wait_for_requests(1, timeout=60)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    sentence = "stopped; what was learned stays, and the same command goes on from there"
    assert (process.returncode, said) == (1, f"rb-studio: {sentence}\n")
    with Workspace.open(imported, write=True) as opened:
        assert opened.check() == []


def test_a_reply_without_items_is_counted_and_said(run: Run, imported: Path) -> None:
    with FakeServer(Answer("I would rather not.")) as server:
        ran = run("learn", imported, "--label", "gt", "--model", f"m@{server.url}", "--json")
    assert ran.json["reasons"] == {"the distiller gave no item": 2}
    assert ran.json["notes"]


def test_a_missing_workspace_is_not_made(run: Run, tmp_path: Path) -> None:
    ran = run("learn", tmp_path / "none.rbank")
    assert ran.code == 2
    assert not (tmp_path / "none.rbank").exists()


def test_lessons_that_travel_alone_keep_all_tasks_that_they_were_learned_at(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    with Workspace.open(workspace, write=True) as opened:
        by_task = {row.task_key: row.uid for row in rollouts.rollout_rows(opened.reader())}
        lesson = MemoryItem("i", "Look twice", "Before acting", "Read, then act.")
        learned = Experience("e", min(by_task), "Find it", (lesson,), rollout_uids=tuple(by_task.values()))
        bank = opened.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        opened.run(lambda db: import_items(db, bank, [learned]))
    told = {tuple(sorted(by_task.keys() - {min(by_task)}))}
    assert {one.other_tasks for one in experiences(workspace)} == told
    lessons, again = tmp_path / "lessons.jsonl", tmp_path / "again.jsonl"
    assert run("export", workspace, "memories", "--bank", "reasoningbank", "-o", lessons).code == 0
    other = tmp_path / "other.rbank"
    for _ in range(2):
        assert run("memories", other, "--bank", "reasoningbank", "import", lessons).code == 0
        assert {one.other_tasks for one in experiences(other)} == told
    assert run("export", other, "memories", "--bank", "reasoningbank", "-o", again).code == 0
    assert again.read_bytes() == lessons.read_bytes()


def test_a_bank_that_has_the_lesson_learns_of_its_further_tasks_from_a_file(run: Run, tmp_path: Path) -> None:
    path, lessons = tmp_path / "bare.rbank", tmp_path / "lessons.jsonl"
    lesson = MemoryItem("i", "Look twice", "Before acting", "Read, then act.")
    bare = Experience("e", "shop/1", "Find it", (lesson,))
    with Workspace.open(path, write=True, create=True) as opened:
        bank = opened.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        opened.run(lambda db: import_items(db, bank, [bare]))
    write_memories(MemoryExport([replace(bare, other_tasks=("shop/3", "shop/2"))]), lessons)
    assert run("memories", path, "--bank", "reasoningbank", "import", lessons).code == 0
    assert [one.other_tasks for one in experiences(path)] == [("shop/2", "shop/3")]
