"""`rb-studio sweep`: many arms, resumable."""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from rb_studio.cli.curves import difficulty_text, noise_lines
from rb_studio.cli.endings import endings_lines, label_line, noted, told_missing
from rb_studio.cli.options import (
    MEMORY_HELP,
    add_run_options,
    add_workspace,
    integer,
    integers,
    number,
    open_workspace,
    run_request,
    words,
)
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.cli.progress import ProgressLine
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.cluster import check_executor
from rb_studio.jobs.comparisons import compared, difficulty
from rb_studio.jobs.curves import allocated
from rb_studio.jobs.driving import NO_LIMIT
from rb_studio.jobs.limits import without_prices, without_usage
from rb_studio.jobs.pilot import Forecast, forecast
from rb_studio.jobs.plan import is_built_in
from rb_studio.jobs.plugins import with_methods
from rb_studio.jobs.request import SweepRequest
from rb_studio.jobs.results import ArmResult
from rb_studio.jobs.statistics import Siblings
from rb_studio.jobs.sweep import SweepResult, check_sweep, run_sweep
from rb_studio.jobs.sweep_report import sweep_report
from rb_studio.models import settings
from rb_studio.records.curve import SAME
from rb_studio.records.precedence import Precedence

SPEND_HELP = (
    "pause once the whole sweep has spent so many US dollars, by what its endpoints report; what is under way is "
    "finished first. A resumed sweep keeps its limit unless another one, or none, is given"
)
PILOT_HELP = (
    "do only the first N tasks, of the arms with fewest and most rollouts of each memory mode, scaling and allocation, "
    "and say what the whole sweep will take, with bounds; --resume goes on from there, so that nothing is paid twice"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser)
    add_run_options(parser)
    parser.epilog = (
        "--consolidation and --order take lists here, as in append,cap:50 and shuffle:1,shuffle:2, and make an arm "
        "with memory of each; five shuffles show what memory gains by position in `curves`. --allocation takes one "
        "too, as in uniform,greedy; --budget is for those that spend one."
    )
    add = parser.add_argument
    add("--memory", type=words, default=("none", "reasoningbank"), metavar="M1,M2", help=f"of {MEMORY_HELP}")
    add("--scaling", type=words, default=("parallel",), metavar="S1,S2", help="scalings")
    add("--k", "-k", type=integers, default=(1,), metavar="1,2,3", help="rollouts per task")
    add("--seeds", type=integers, default=(0,), metavar="0:10", help="seeds, ranges are half-open")
    add("--from", dest="start", metavar="BANK[@SNAPSHOT]", help="start every arm with memory from this bank")
    add(
        "--executor",
        default="local",
        metavar="local|dask|dask=ADDRESS",
        help="where tasks run: local worker processes, Dask workers of this machine, or a Dask scheduler's workers",
    )
    add(
        "--aa",
        action="store_true",
        help="repeat one arm with other seeds: how far equal arms differ by chance is the noise floor of comparisons",
    )
    add("--workers", type=integer(1), metavar="N", help="worker processes at most (default: one a core)")
    add("--spend-limit", type=_spend_limit, metavar="USD|none", help=SPEND_HELP)
    add("--pilot", type=integer(1), metavar="N", help=PILOT_HELP)
    add("--resume", type=integer(1), metavar="N", help="continue sweep N, or start it when it does not exist")


def execute(args: argparse.Namespace) -> Output:
    """Run the sweep and summarise its arms."""
    check_executor(args.executor)
    policies = tuple(dict.fromkeys(part.strip() for part in args.consolidation.split(",")))
    allocations = tuple(dict.fromkeys(part.strip() for part in args.allocation.split(",")))
    orders = tuple(dict.fromkeys(part.strip() for part in args.order.split(",")))
    chosen = settings.load()
    base, memories = with_methods(run_request(args), args.memory, chosen)
    request = SweepRequest(
        base=replace(base, consolidation=policies[0], order=orders[0], allocation=allocations[0]),
        memories=memories,
        scalings=args.scaling,
        ks=args.k,
        seeds=args.seeds,
        start=args.start,
        consolidations=policies if len(policies) > 1 else (),
        orders=orders if len(orders) > 1 else (),
        aa=args.aa,
        allocations=allocations if len(allocations) > 1 else (),
    )
    check_sweep(request, chosen)
    notes = noted(without_prices(request.base, chosen))
    with stopping() as stop, open_workspace(args.workspace, create=is_built_in(args.suite)) as workspace:
        with ProgressLine(workspace, stop) as progress:
            done = run_sweep(
                workspace,
                request,
                chosen,
                resume=args.resume,
                workers=args.workers,
                executor=args.executor,
                spend_limit=args.spend_limit,
                pilot=args.pilot,
                cancel=stop.cancel,
                on_begun=progress.begin,
            )
        conn = workspace.reader()
        if args.pilot:
            return _told_pilot(forecast(conn, done.sweep, done.tasks), done)
        whose = Precedence(chosen.precedence)
        with workspace.hurried():  # who waits for the report goes before the index
            report = sweep_report(conn, done.sweep, whose)
        notes += noted(whose.notes())
        arms, pools, beside = report.arms, report.pools, report.beside
        notes += noted(without_usage(conn, [arm.run for arm in arms], request.base.limits))
    notes += noted(allocated(pools))
    repeated = [one.comparison for one in compared(pools, SAME)]
    tasks = difficulty(pools)
    data = {
        "sweep": done.sweep,
        "resumed": done.resumed,
        "simulated": any(arm.simulated for arm in arms),
        "notes": [*done.notes, *notes],
        "arms": [{**arm.to_json(), **beside[arm.run]} for arm in arms],
        "difficulty": [asdict(one) for one in tasks],
        "aa": [asdict(one) for one in repeated],
    }
    error = told(done.sweep, arms) if arms and all(_without_data(arm) for arm in arms) else None
    lines = [describe(done.sweep, arms, done.notes), "", difficulty_text(tasks), *noise_lines(repeated)]
    lines += dict.fromkeys(f"siblings: {Siblings(**_counts(one)).sentence()}" for one in beside.values())
    return Output(data, "\n".join(lines), exit_code=1 if error else 0, error=error)


def _told_pilot(told: Forecast, done: SweepResult) -> Output:
    again = f"Go on: the same command with --resume {done.sweep} and without --pilot."
    data = {"sweep": done.sweep, "resumed": done.resumed, "simulated": told.simulated, "notes": [*done.notes]}
    lines = [f"sweep {done.sweep}: {told.sentence()}", *done.notes, *([again] if told.left else [])]
    return Output({**data, "pilot": told.to_json()}, "\n".join(lines))


def _spend_limit(text: str) -> float:
    return NO_LIMIT if text == "none" else number(0)(text)


def _counts(beside: Mapping[str, Any]) -> dict[str, int]:
    return {name: beside["siblings"][name] for name in Siblings.__slots__}


def told(sweep: int, arms: Sequence[ArmResult]) -> str:
    """What faults left out of a sweep, and what to do about it."""
    own = [arm for arm in arms if arm.shared_with is None]
    tasks = sum(arm.tasks for arm in own)
    again = f"give the same command again with --resume {sweep}"
    return told_missing(sum(arm.missing for arm in own), tasks, again)


def _without_data(arm: ArmResult) -> bool:
    return arm.missing == arm.tasks


def _odd(arms: Sequence[ArmResult]) -> list[str]:
    """Lines about what no figure of the table shows."""
    own = [arm for arm in arms if arm.shared_with is None]
    reasons: Counter[str] = Counter()
    remarks: Counter[str] = Counter()
    for arm in own:
        reasons.update(arm.exit_reasons)
        remarks.update(arm.remarks)
    first = next((arm.truth_reason for arm in own if arm.truth_reason), None)
    ended = endings_lines(dict(reasons.most_common()), sum(arm.truth_unknown for arm in own), first)
    return [*ended, *(f"{times} x {remark}" for remark, times in remarks.most_common())]


def _how(arm: ArmResult, *, ordered: bool) -> str:
    """What tells an arm apart beside memory, k and seed."""
    parts = (
        arm.scaling,
        "" if arm.allocation == "uniform" else arm.allocation,
        "" if arm.consolidation == "append" else arm.consolidation,
        arm.order if ordered else "",
        "frozen" if arm.start_state == "frozen" else "",
        f"pass {arm.pass_number}" if arm.pass_number > 1 else "",
    )
    return ", ".join(part for part in parts if part)


def describe(sweep: int, arms: list[ArmResult], notes: tuple[str, ...] = ()) -> str:
    """A sweep's arms as a table."""
    headers = (
        "memory",
        "scaling",
        "k",
        "seed",
        "n",
        "pass@1",
        "best-of-k",
        "pass@k",
        "rollouts",
        "steps",
        "fixes",
        "regressions",
        "tokens",
        "same as run",
    )
    orders = {arm.order for arm in arms}
    rows = [
        (
            arm.memory,
            _how(arm, ordered=len(orders) > 1),
            arm.k,
            arm.seed,
            arm.n,
            percent(arm.pass_at_1),
            percent(arm.best_of_k),
            percent(arm.pass_at_k),
            None if arm.mean_rollouts is None else round(arm.mean_rollouts, 2),
            None if arm.mean_steps is None else round(arm.mean_steps, 2),
            arm.fixes if arm.scaling == "sequential" else None,
            arm.regressions if arm.scaling == "sequential" else None,
            arm.tokens["total"],
            arm.shared_with,
        )
        for arm in arms
    ]
    simulated = " (simulated)" if any(arm.simulated for arm in arms) else ""
    heading = f"sweep {sweep}: {count(len(arms), 'arm')}{simulated}"
    labels = dict.fromkeys(line for arm in arms for line in label_line(arm.label, arm.label_noise))
    lines = [heading, table(headers, rows), *labels, *notes, *_odd(arms)]
    if any(arm.missing for arm in arms) and not all(_without_data(arm) for arm in arms):
        lines.append(told(sweep, arms))
    return "\n".join(lines)
