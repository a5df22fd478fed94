"""Big texts, prompt versions, and trajectories from foreign files."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import digest
from rb_studio.records.judgement import Truth
from rb_studio.records.trajectory import ExitReason
from rb_studio.store import blobs, imported, prompts, rollouts, runs
from rb_studio.store.imported import ImportedTrajectory, SourceFile
from rb_studio.store.rows import clean
from rb_studio.store.workspace import Workspace
from tests.store.faults import dump_all
from tests.store.samples import ARM, outcome, rollout

SOURCE = SourceFile("/data/run/traj.json", "mini-swe-agent", "", "ab" * 32, 123)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(st.characters(codec=None)), st.text(max_size=3).map(lambda part: part * 500)))
def test_a_blob_reads_back_and_is_stored_once(workspace: Workspace, text: str) -> None:
    first = workspace.run(lambda db: blobs.put(db, text))
    assert workspace.run(lambda db: blobs.put(db, text)) == first
    assert blobs.get(workspace.reader(), first) == clean(text)
    assert blobs.get_many(workspace.reader(), [first, None]) == {first: clean(text), None: ""}


def test_a_long_text_is_compressed_and_a_short_one_never_grows(workspace: Workspace) -> None:
    for text in ("row of a table\n" * 1000, "ab", ""):
        workspace.run(lambda db, text=text: blobs.put(db, text))
    rows = workspace.reader().execute("SELECT size, length(data) FROM blob ORDER BY id").fetchall()
    assert rows[0][1] < rows[0][0] / 20
    assert [tuple(row) for row in rows[1:]] == [(2, 2), (0, 0)]


def test_a_blob_of_a_rolled_back_operation_is_written_again(workspace: Workspace) -> None:
    with pytest.raises(ZeroDivisionError):
        workspace.run(lambda db: (blobs.put(db, "text"), 1 / 0))
    found = workspace.run(lambda db: blobs.put(db, "text"))
    assert blobs.get(workspace.reader(), found) == "text"


def test_a_prompt_can_be_changed_read_by_hash_and_reset(workspace: Workspace) -> None:
    run, conn = workspace.run, workspace.reader()
    assert prompts.prompt_texts(conn) == {}
    run(lambda db: prompts.record_prompts(db, {"act.web": "packaged", "select": "choose"}))
    assert run(lambda db: prompts.record_prompts(db, {"act.web": "packaged"})).empty
    assert prompts.prompt_texts(conn) == {}
    run(lambda db: prompts.set_prompt(db, "act.web", "mine", who="Ann"))
    run(lambda db: prompts.set_prompt(db, "act.web", "mine, better", who="Ann"))
    assert run(lambda db: prompts.set_prompt(db, "act.web", "mine, better")).empty
    assert prompts.prompt_texts(conn) == {"act.web": "mine, better"}
    assert [(one.text, one.active) for one in prompts.prompt_history(conn, "act.web")] == [
        ("packaged", False),
        ("mine", False),
        ("mine, better", True),
    ]
    run(lambda db: prompts.set_prompt(db, "act.web", "mine"))
    assert prompts.prompt_texts(conn) == {"act.web": "mine"}
    assert not run(lambda db: prompts.reset_prompt(db, "act.web")).empty
    assert run(lambda db: prompts.reset_prompt(db, "act.web")).empty
    assert prompts.prompt_texts(conn) == {}
    assert prompts.prompt_by_hash(conn, digest("mine")).who == "user"
    assert prompts.prompt_by_hash(conn, "0" * 64) is None
    with pytest.raises(UsageError, match="would be empty"):
        run(lambda db: prompts.set_prompt(db, "act.web", " \n"))


def foreign(key: str = "swe/1", answer: str = "a patch") -> ImportedTrajectory:
    trajectory = replace(
        rollout(ARM, key), exit_reason=ExitReason.IMPORTED, exit_detail="Submitted", patch="diff --git", answer=answer
    )
    return ImportedTrajectory(
        trajectory, "lite-run-3", "Fix the bug", site="django", truths=(Truth(True, source="report"),),
        verdicts=outcome(key).verdicts[:1], calls=outcome(key).calls[:2],
    )  # fmt: skip


def test_what_a_file_held_is_kept_with_its_report(workspace: Workspace) -> None:
    report = {"mapped": ["a"], "guessed": [], "skipped": ["b"]}
    change = workspace.run(lambda db: imported.save_imported(db, SOURCE, [foreign()], report))
    conn, one = workspace.reader(), foreign()
    assert rollouts.trajectory(conn, one.trajectory.uid) == one.trajectory
    assert imported.task_text(conn, one.trajectory.uid) == "Fix the bug"
    assert imported.sources(conn)[0].source == SOURCE
    assert imported.sources(conn)[0].report == report
    row = rollouts.rollout_rows(conn)[0]
    assert (row.source, row.arm, row.truth, row.judged, row.site) == ("lite-run-3", None, True, "success", "django")
    assert (row.tokens_act, row.tokens_judge) == (120, 120)
    foreign_run = runs.run(conn, change.ids["run"][0])
    assert (foreign_run.arm, foreign_run.status, foreign_run.foreign_key) == (
        None, "imported", "mini-swe-agent:lite-run-3",
    )  # fmt: skip


def test_reading_a_file_again_updates_by_uid(workspace: Workspace) -> None:
    conn = workspace.reader()
    changing = ("event", "import_report", "source_file", "sqlite_sequence", "verdict")
    workspace.run(lambda db: imported.save_imported(db, SOURCE, [foreign()], {}))
    before = dump_all(conn, without=changing)
    workspace.run(lambda db: imported.save_imported(db, SOURCE, [foreign()], {"again": True}))
    assert dump_all(conn, without=changing) == before
    workspace.run(lambda db: imported.save_imported(db, SOURCE, [foreign(answer="another patch")], {}))
    assert [row.uid for row in rollouts.rollout_rows(conn)] == [foreign().trajectory.uid]
    assert rollouts.trajectory(conn, foreign().trajectory.uid).answer == "another patch"


def test_files_of_one_foreign_run_share_its_row_and_a_file_may_hold_nothing(workspace: Workspace) -> None:
    workspace.run(lambda db: imported.save_imported(db, SOURCE, [foreign("swe/1")], {}))
    other = replace(SOURCE, path="/data/run/other.json")
    workspace.run(lambda db: imported.save_imported(db, other, [foreign("swe/2")], {}))
    workspace.run(lambda db: imported.save_imported(db, replace(SOURCE, path="/data/x"), [], {"error": "empty"}))
    conn = workspace.reader()
    assert len(runs.runs(conn)) == 1
    assert [one.source.path for one in imported.sources(conn)] == [SOURCE.path, other.path, "/data/x"]
    assert imported.task_text(conn, "nobody") is None


def test_an_imported_rollout_without_calls_counts_its_steps_tokens_and_leaves_unknown_ones_unknown(
    workspace: Workspace,
) -> None:
    known = replace(foreign("swe/1"), calls=())
    steps = known.trajectory.steps
    quiet = replace(foreign("swe/2").trajectory, steps=(replace(steps[0], usage=None, cost=None), steps[1]))
    silent = replace(foreign("swe/2"), calls=(), trajectory=quiet)
    workspace.run(lambda db: imported.save_imported(db, SOURCE, [known, silent], {}))
    rows = rollouts.rollout_rows(workspace.reader())
    assert [(row.tokens_act, row.cost) for row in rows] == [(240, 0.5), (None, None)]
