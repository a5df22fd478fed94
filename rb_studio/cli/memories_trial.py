"""Verbs of `memories` that test a bank by running it: test, leave-out, experiments."""

import argparse
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from rb_studio.cli.memories_changed import found_items
from rb_studio.cli.memories_read import NOW, current_bank
from rb_studio.cli.memories_show import short
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.cli.progress import ProgressLine
from rb_studio.cli.stopping import stopping
from rb_studio.jobs import experiments as paired
from rb_studio.jobs.experiment_results import ExperimentResult, experiment_result
from rb_studio.jobs.experiments import ExperimentRequest
from rb_studio.jobs.request import RunRequest
from rb_studio.models import settings
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.store import banks, snapshots
from rb_studio.store import experiments as stored
from rb_studio.store.banks import BankRow
from rb_studio.store.workspace import Workspace

MOST_FLIPS = 20


def test_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """A curation before and after: the same tasks and seeds with the bank frozen at either point."""
    if len(args.given) > 2:
        raise UsageError("test compares two snapshots: name A and B, or A alone to compare it with now")
    bank = current_bank(workspace.reader(), getattr(args, "bank", None))
    before, after = args.given[0], args.given[1] if len(args.given) == 2 else ""
    run = _run(args, _suite(workspace.reader(), bank, args))
    names = {row.name for row in snapshots.snapshots(workspace.reader(), bank.id)}
    after = "" if after == NOW and NOW not in names else after
    return _tested(
        workspace, args, ExperimentRequest(paired.CURATION, bank.name, run, before, after, seeds=_seeds(args))
    )


def leave_out_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """One item: the same tasks and seeds with the bank as it is, and as if it did not have the item."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    row = found_items(workspace, bank, [args.given])[0]
    run = _where_retrieved(conn, args, row.uid) if not hasattr(args, "suite") else _run(args, args.suite)
    request = ExperimentRequest(paired.LEAVE_ONE_OUT, bank.name, run, items=(row.uid,), seeds=_seeds(args))
    return _tested(workspace, args, request, f"without item {row.id}, {short(row.title)}, and with it")


def experiments_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """The experiments made on a bank; with a number what that one shows."""
    conn = workspace.reader()
    if args.given is not None:
        if not args.given.isdigit():
            raise UsageError(f"{args.given!r} is no number of an experiment: `memories experiments` lists them")
        return _shown(experiment_result(conn, int(args.given)))
    bank = current_bank(conn, getattr(args, "bank", None))
    results = [experiment_result(conn, row.id) for row in stored.experiments(conn, bank.id)]
    data = {"bank": bank.name, "experiments": [result_json(one) for one in results]}
    lines = [(one.row.id, one.row.kind, one.row.status, one.n, *_difference(one), len(one.flipped)) for one in results]
    headers = ("id", "kind", "status", "tasks", "difference", "90 %", "flipped")
    return Output(data, table(headers, lines) if lines else f"no experiment was made on bank {bank.name} yet")


def result_json(found: ExperimentResult) -> dict[str, Any]:
    """What an experiment shows; differences are after minus before, with the item minus without it."""
    row = found.row
    return {
        "experiment": row.id,
        "kind": row.kind,
        "before": row.before_op,
        "after": row.after_op,
        "without": list(row.items),
        "status": row.status,
        "seeds": list(row.request["seeds"]),
        "suite": row.request["run"]["suite"],
        "runs": {side: {str(seed): run for (at, seed), run in row.runs.items() if at == side} for side in stored.SIDES},
        "simulated": found.simulated,
        "effect": asdict(found.effect),
        "comparisons": [asdict(one) for one in found.comparisons],
        "flipped": [asdict(one) for one in found.flipped],
        "n": found.n,
        "invalid": found.invalid,
        "missing": found.missing,
    }


def _tested(workspace: Workspace, args: argparse.Namespace, request: ExperimentRequest, what: str = "") -> Output:
    chosen = settings.load()
    cost = paired.estimate_cost(workspace.reader(), request, chosen)
    told = cost.sentence()
    if hasattr(args, "dry_run"):
        return Output({"cost": cost.to_json()}, told)
    sys.stderr.write(f"{told}\n")
    found = _executed(workspace, request, chosen)
    output = _shown(experiment_result(workspace.reader(), found), what)
    return replace(output, data={**output.data, "cost": cost.to_json()})


def _executed(workspace: Workspace, request: ExperimentRequest, chosen: Settings) -> int:
    with stopping() as stop, ProgressLine(workspace, stop) as progress:
        return paired.run_experiment(workspace, request, chosen, cancel=stop.cancel, on_begun=progress.begin)


def _shown(found: ExperimentResult, what: str = "") -> Output:
    row = found.row
    sides = what or (
        f"at operation {row.before_op} and at {row.after_op}"
        if row.kind == paired.CURATION
        else f"without {', '.join(row.items)}, and with it"
    )
    lines = [
        f"experiment {row.id} ({row.status}): the bank {sides}; {count(found.n, 'task')}, "
        f"{count(len(row.request['seeds']), 'seed')}" + (" (simulated)" if found.simulated else ""),
        _success(found),
        *_table(found),
        *_flips(found),
    ]
    if found.invalid or found.missing:
        lines.append(f"{count(found.invalid, 'result')} without data, {found.missing} not there yet")
    return Output(result_json(found), "\n".join(lines))


def _success(found: ExperimentResult) -> str:
    known = found.effect
    if known.difference is None:
        return "no difference can be told: that takes two tasks that are there on both sides"
    difference, between = _difference(found)
    flag = f", {known.flagged}" if known.flagged else ""
    sides = ("before", "after") if found.row.kind == paired.CURATION else ("without it", "with it")
    rates = f"success {percent(known.baseline)} {sides[0]}, {percent(known.with_rate)} {sides[1]}"
    return f"{rates}: {difference} points, 90 % interval {between}{flag}"


def _difference(found: ExperimentResult) -> tuple[str | None, str | None]:
    known = found.effect
    if known.difference is None or known.low is None or known.high is None:
        return None, None
    return f"{100 * known.difference:+.1f}", f"[{100 * known.low:+.1f}, {100 * known.high:+.1f}]"


def _table(found: ExperimentResult) -> list[str]:
    rows = [
        (one.metric, *(None if v is None else round(v, 4) for v in (one.difference, one.low, one.high, one.p)), one.n)
        for one in found.comparisons
        if one.difference is not None
    ]
    what = "after minus before" if found.row.kind == paired.CURATION else "with minus without"
    return [table((what, "difference", "low", "high", "p", "tasks"), rows)] if rows else []


def _flips(found: ExperimentResult) -> list[str]:
    better = sum(one.after > one.before for one in found.flipped)
    lines = [
        f"{count(len(found.flipped), 'task')} came out otherwise: {better} better, {len(found.flipped) - better} worse"
    ]
    lines += [f"  {one.task_key}: {percent(one.before)} -> {percent(one.after)}" for one in found.flipped[:MOST_FLIPS]]
    if len(found.flipped) > MOST_FLIPS:
        lines.append(f"  and {len(found.flipped) - MOST_FLIPS} more")
    return lines


def _run(args: argparse.Namespace, suite: str) -> RunRequest:
    profiles = {"actor": args.model} if hasattr(args, "model") else {}
    return RunRequest(
        suite,
        limit=getattr(args, "limit", None),
        retrieve_n=getattr(args, "retrieve", 1),
        profiles=profiles,
        embedder=getattr(args, "embedder", None),
        concurrency=getattr(args, "concurrency", None),
    )


def _seeds(args: argparse.Namespace) -> tuple[int, ...]:
    return tuple(getattr(args, "seeds", (0,)))


def _suite(conn: sqlite3.Connection, bank: BankRow, args: argparse.Namespace) -> str:
    """The suite asked for, else the one most of the bank was learned at."""
    if hasattr(args, "suite"):
        return str(args.suite)
    value = banks.bank_value(conn, bank.id, embedder="")
    known = conn.execute("SELECT t.key, s.name FROM task t JOIN suite s ON s.id = t.suite")
    names: Mapping[str, str] = {row[0]: row[1] for row in known}
    found: dict[str, int] = {}
    for one in value.experiences:
        name = names.get(one.task_key)
        if name is not None:
            found[name] = found.get(name, 0) + 1
    if not found:
        raise UsageError(f"bank {bank.name} was learned at no suite of this workspace: say which tasks with --suite S")
    return max(found, key=lambda name: found[name])


def _where_retrieved(conn: sqlite3.Connection, args: argparse.Namespace, uid: str) -> RunRequest:
    """The tasks the item was retrieved at: at others it makes no difference."""
    by_suite = paired.tasks_with(conn, [uid])
    if not by_suite:
        raise UsageError("the item was not retrieved at any task yet: say on which tasks to try it, with --suite S")
    suite, keys = next(iter(by_suite.items()))
    return replace(_run(args, suite), tasks=keys)
