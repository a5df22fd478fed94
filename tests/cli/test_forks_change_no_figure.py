"""A fork is looked at like any run, and no figure, list or estimate about arms knows of it."""

from collections import Counter
from pathlib import Path
from typing import Any

from rb_studio.jobs.effects import computed
from rb_studio.jobs.estimates import identity
from rb_studio.jobs.fork import ForkRequest, Variant, fork
from rb_studio.jobs.learn_groups import LearnRequest, groups
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.judgement import Status, Verdict
from rb_studio.store import rollouts, runs
from rb_studio.store.heat_map import heat
from rb_studio.store.rollout_list import RolloutFilter, list_rollouts
from rb_studio.store.spending import spending
from rb_studio.store.task_list import attempts, task_ids, task_lines
from rb_studio.store.uses import attempts_without
from rb_studio.store.verdict_reads import Scope, counts
from rb_studio.store.verdicts import add_verdicts, human_labels
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run

COMMANDS = (
    "curves {} --json",
    "judge {} report --json",
    "allocate {} --json",
    "tasks {} list --json",
    "memories {} effect --json",
)
ALL = ("practice/0", "practice/1", "practice/2")


def figures(path: Path, run: Run) -> dict[str, Any]:
    """Everything that is told about arms, tasks and what they cost."""
    found: dict[str, Any] = {}
    for command in COMMANDS:
        ran = run(*command.format(path).split())
        assert ran.code == 0, ran.err
        found[command] = ran.out
    written = path.parent / "verdicts.csv"
    written.unlink(missing_ok=True)
    found["verdicts"] = run("export", path, "verdicts", "--format", "csv", "-o", written).out, written.read_text()
    with Workspace.open(path, write=False) as workspace:
        conn = workspace.reader()
        ids = task_ids(conn, "practice", sort="solved", descending=True)
        found["tasks"] = ids, task_lines(conn, ids), [attempts(conn, key) for key in ALL]
        found["spending"] = spending(conn, "practice", identity(Profile("practice")))
        found["judged"] = counts(conn, Scope())
        found["heat"] = [heat(conn, RolloutFilter(), by) for by in ("arm", "memory", "model")]
        found["effects"] = computed(conn, 1), attempts_without(conn, ALL)
        found["human"] = human_labels(conn, ALL)
        found["runs"] = runs.runs(conn), rollouts.rollout_rows(conn), rollouts.task_rows(conn)
        found["learn"] = groups(conn, LearnRequest(label="gt"), Counter())
    return found


def test_a_fork_changes_no_figure_and_is_listed(played_copy: Path, run: Run) -> None:
    ran = run("run", played_copy, "--suite", "practice", "--limit", 3, "--model", "practice", "--embedder", "hashing")
    assert ran.code == 0
    before = figures(played_copy, run)
    with Workspace.open(played_copy, write=True) as workspace:
        conn = workspace.reader()
        for row in (rollouts.rollout_rows(conn, run=1)[0], rollouts.rollout_rows(conn, run=2)[1]):
            variants = (Variant("as it was"), Variant("told otherwise", "Look at every page."))
            made = fork(workspace, ForkRequest(row.run, row.uid, 2, 3, variants), Settings(embedder="hashing"))
        continued = rollouts.rollout_rows(conn, run=made[0])[0]
        said = Verdict("by-hand", continued.uid, Status.SUCCESS, "seen", source="human")
        workspace.run(lambda db: add_verdicts(db, [said], run=made[0]))
        listing = list_rollouts(conn, RolloutFilter())
        assert {*listing.groups} >= {1, 2, *made}
        assert runs.run(conn, made[0]).purpose == runs.FORK
        assert len(runs.runs(conn, purpose=runs.FORK)) == 4
    after = figures(played_copy, run)
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert after[name] == value, name
