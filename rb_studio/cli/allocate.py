"""`rb-studio allocate`: why tasks got their k, and what any policy would have done with stored rollouts."""

import argparse
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from rb_studio.cli.options import add_workspace, integer, integers, number, open_workspace, seed, words
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.jobs.allocation import (
    MOST_K,
    PERMUTATIONS,
    Prepared,
    Replay,
    Replayed,
    ReplayRequest,
    Value,
    prepared,
    replay,
)
from rb_studio.jobs.allocation_pools import rows_of
from rb_studio.jobs.allocation_records import Recorded, recorded
from rb_studio.jobs.figure_files import write_recipe
from rb_studio.jobs.frontier import Frontier, frontier, frontier_of, usual_budgets
from rb_studio.jobs.recipe import run_key
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.errors import UsageError
from rb_studio.records.recipe import FRONTIER, Recipe, RunsFrom
from rb_studio.records.replayed import Replayed as Spread

EPILOG = (
    "Stored rollouts of a task are drawn again without replacement in many seeded orders, and each policy decides how "
    "many it takes; nothing runs and nothing is written. Controls spend exactly what the policy spent: evenly, with "
    "its k shuffled or turned round, and by an oracle that knows every pass rate. Tasks with fewer stored rollouts "
    "than a policy may ask for are counted as not estimable. Runs that stopped at a success are left out."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    parser.epilog = EPILOG
    add = parser.add_argument
    add("--run", type=integers, default=(), metavar="ID,ID", help="these runs (default: all single runs)")
    add("--sweep", type=integer(1), metavar="ID", help="the runs of one sweep")
    add(
        "--policy", type=words, default=ALLOCATIONS, metavar="P1,P2", help=f"of {', '.join(ALLOCATIONS)} (default: all)"
    )
    add("-k", type=integer(2), metavar="K", help=f"most rollouts a task may get (default: what is stored, {MOST_K})")
    add("--budget", type=number(0), metavar="B", help="mean rollouts a task (default: the middle of 1 and k)")
    add("--permutations", type=integer(1, 100_000), default=PERMUTATIONS, metavar="N", help="orders to draw in")
    add("--seed", type=seed, default=0, metavar="N", help="seed of the orders (default: 0)")
    add("--embedder", metavar="P", help="embedder to find neighbours by (default: the one the run had)")
    add("--frontier", action="store_true", help="also what each policy reaches at many budgets")
    add("--save-recipe", type=Path, metavar="F", help="write what draws the frontier of one arm: see curves --recipe")
    add("--budgets", type=_budgets, metavar="B,B", help="mean rollouts a task of the frontier (default: from 1 to k)")


def _budgets(text: str) -> tuple[float, ...]:
    return tuple(dict.fromkeys(number(0)(part) for part in words(text)))


def execute(args: argparse.Namespace) -> Output:
    """Read what was spent and replay the policies."""
    if args.run and args.sweep is not None:
        raise UsageError("--run and --sweep name two sets of runs: give one of them")
    request = ReplayRequest(
        policies=args.policy,
        k=args.k,
        budget=args.budget,
        permutations=args.permutations,
        seed=args.seed,
        embedder=args.embedder,
    )
    request.check()
    if (args.budgets or args.save_recipe) and not args.frontier:
        given = "--budgets are those" if args.budgets else "--save-recipe is that"
        raise UsageError(f"{given} of the frontier: add --frontier")
    with open_workspace(args.workspace, write=False) as workspace:
        conn = workspace.reader()
        spent = recorded(conn, chosen=args.run, sweep=args.sweep)
        ready, notes = prepared(conn, request, chosen=args.run, sweep=args.sweep)
        recipe = _recipe(conn, args, ready) if args.save_recipe else None
    if recipe is not None:
        write_recipe(recipe, args.save_recipe)
    found = [replay(one, request) for one in ready]
    frontiers = [_frontier(one, args.policy, args.budgets) for one in ready] if args.frontier else []
    if not found and not spent:
        raise UsageError("; ".join(["there are no stored rollouts to replay an allocation over", *notes]))
    data = {
        "simulated": any(one.simulated for one in found),
        "recorded": [one.to_json() for one in spent],
        "replays": [one.to_json() for one in found],
        "notes": notes,
    }
    if args.frontier:
        data["frontiers"] = [one.to_json() for one in frontiers]
    return Output(data, "\n\n".join([describe(spent, found, notes), *map(_frontier_text, frontiers)]))


def _recipe(conn: sqlite3.Connection, args: argparse.Namespace, ready: Sequence[Prepared]) -> Recipe:
    """What rebuilds the frontier of the one arm these runs are of."""
    if len(ready) != 1:
        names = ", ".join(one.pool.name for one in ready) or "none"
        raise UsageError(f"a recipe draws the frontier of one arm, not of {len(ready)} ({names}): name its runs, --run")
    if args.embedder:
        raise UsageError("a recipe finds neighbours by the vectors that are stored: leave --embedder out")
    (one,) = ready
    rows = (row for row in rows_of(conn, args.run, args.sweep) if row.id in one.pool.runs)
    return Recipe(
        RunsFrom(runs=tuple(map(run_key, rows)), results=one.pool.rollouts),
        figure=FRONTIER,
        k=one.stage.k,
        arms=(one.pool.key,),
        replayed=Spread(args.policy, "", args.budgets or (), args.budget, args.permutations, args.seed),
    )


def _frontier(ready: Prepared, policies: Sequence[str], budgets: Sequence[float] | None) -> Frontier:
    return frontier_of(ready, frontier(ready, budgets or usual_budgets(ready), policies=policies))


def describe(spent: Sequence[Recorded], found: Sequence[Replay], notes: Sequence[str]) -> str:
    """The same as text."""
    return "\n\n".join([*map(_recorded_text, spent), *map(_replay_text, found), *notes])


def _recorded_text(one: Recorded) -> str:
    bound = "" if one.bound is None else f" of at most {one.bound:g}"
    correlation = "" if one.judged_correlation is None else f", Spearman(k, 1 - judged) {one.judged_correlation:+.2f}"
    rows = [(task.task_key, task.k, task.limit, task.reason) for task in one.tasks]
    heading = f"run {one.run}: {one.policy}, {count(one.spend, 'rollout')}{bound}{correlation}"
    return f"{heading}\n{table(('task', 'k', 'at most', 'why'), rows)}"


def _replay_text(one: Replay) -> str:
    simulated = " (simulated)" if one.simulated else ""
    heading = (
        f"{one.name}{simulated}: {count(one.tasks, 'task')}, {count(one.rollouts, 'stored rollout')}, at most {one.k} "
        f"a task, budget {one.budget:g}, {count(one.permutations, 'permutation')}"
    )
    rows = [row for policy in one.policies for row in _rows(policy)]
    headers = (
        "policy",
        "spread",
        "rollouts a task",
        "best-of-k",
        "95 % interval",
        "pass@k",
        "Spearman",
        "gain on even",
    )
    return "\n".join([heading, table(headers, rows), *one.notes])


def _rows(policy: Replayed) -> list[tuple[object, ...]]:
    gain = policy.gain["difference"]
    told = None if gain is None else f"{100 * gain:+.1f} points"
    own = (policy.policy, "as decided", policy.mean_rollouts, policy.best_of_k, policy.pass_at_k)
    rows = [(*_figures(*own), _signed(policy.correlation), told)]
    for control in policy.controls:
        figures = _figures(policy.policy, control.name, control.mean_rollouts, control.best_of_k, control.pass_at_k)
        rows.append((*figures, None, None))
    return rows


def _figures(policy: str, spread: str, rollouts: float, best: Value, reached: Value) -> tuple[object, ...]:
    interval = f"[{100 * best.low:.1f}, {100 * best.high:.1f}]"
    return policy, spread, round(rollouts, 2), percent(best.value), interval, percent(reached.value)


def _frontier_text(one: Frontier) -> str:
    simulated = " (simulated)" if one.simulated else ""
    heading = f"{one.name}{simulated}: what a budget buys, {count(one.tasks, 'task')}, at most {one.k} rollouts a task"
    rows = [
        (
            point.policy,
            point.spread,
            round(point.budget, 2),
            round(point.spend, 1),
            percent(point.value),
            f"[{100 * point.low:.1f}, {100 * point.high:.1f}]",
            percent(point.reached),
            _signed(point.correlation),
        )
        for point in one.points
    ]
    headers = ("policy", "spread", "budget", "rollouts", "best-of-k", "95 % interval", "pass@k", "Spearman")
    return f"{heading}\n{table(headers, rows)}"


def _signed(value: float | None) -> str | None:
    return None if value is None else f"{value:+.2f}"
