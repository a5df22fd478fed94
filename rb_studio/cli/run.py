"""`rb-studio run`: one arm over a suite."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rb_studio.analysis.intervals import Estimate
from rb_studio.analysis.ledger import Entry
from rb_studio.cli.endings import endings_lines, label_line, noted, told_missing
from rb_studio.cli.options import (
    MEMORY_HELP,
    add_run_options,
    add_workspace,
    integer,
    open_workspace,
    run_request,
    seed,
)
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.cli.progress import ProgressLine
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.allocation_records import recorded
from rb_studio.jobs.held_back import held_back
from rb_studio.jobs.limits import without_prices, without_usage
from rb_studio.jobs.plan import check, is_built_in
from rb_studio.jobs.plugins import with_methods
from rb_studio.jobs.results import RunResult, run_result
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.statistics import Statistics, audit_sentence, run_statistics
from rb_studio.models import settings
from rb_studio.records.arm import SCALINGS
from rb_studio.records.precedence import Precedence


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser)
    add_run_options(parser)
    add = parser.add_argument
    add("--memory", default="reasoningbank", metavar="M", help=f"one of {MEMORY_HELP}")
    add("--scaling", default="none", metavar="X", help=f"one of {', '.join(SCALINGS)} (default: none)")
    add("-k", type=integer(1), default=1, metavar="K", help="rollouts per task (default: 1)")
    add("--bank", metavar="NAME[@SNAPSHOT]|empty", help="bank to start from (default: the memory mode's own)")
    add("--seed", type=seed, default=0, metavar="N", help="seed of the model's dice (default: 0)")


def execute(args: argparse.Namespace) -> Output:
    """Run the arm and summarise it."""
    chosen = settings.load()
    request, (memory,) = with_methods(run_request(args), (args.memory,), chosen)
    request = replace(request, memory=memory, scaling=args.scaling, k=args.k, bank=args.bank, seed=args.seed).settled()
    check(request, chosen)
    notes = noted(without_prices(request, chosen))
    with stopping() as stop, open_workspace(args.workspace, create=is_built_in(request.suite)) as workspace:
        with ProgressLine(workspace, stop) as progress:
            run_id = run_arm(workspace, request, chosen, cancel=stop.cancel, on_begun=progress.begin)
        conn = workspace.reader()
        whose = Precedence(chosen.precedence)
        result, beside = run_result(conn, run_id, whose), run_statistics(conn, run_id, whose)
        kept = held_back(conn, run_id)
        notes += noted(whose.notes())
        notes += noted(without_usage(conn, [run_id], request.limits))
        spent = next(iter(recorded(conn, chosen=[run_id])), None)
        notes += noted(spent.sentences() if spent else [])
    error = told_missing(result.missing, result.tasks) if result.missing == result.tasks else None
    data = {**result.to_json(), **beside.to_json(), "allocation": spent.summary() if spent else None, "notes": notes}
    data |= kept.to_json()
    text = "\n".join([describe(result), *kept.sentences(), *statistics_lines(beside)])
    return Output(data, text, exit_code=1 if error else 0, error=error)


def statistics_lines(found: Statistics) -> list[str]:
    """What stands beside a run's figures, as text."""
    rates = found.rates
    lines = [
        f"solved: {_rate(rates.end_to_end)} of all tasks, {_rate(rates.graded)} of those with data, "
        f"{_rate(rates.answered)} of those answered",
        f"siblings: {found.siblings.sentence()}",
        *([audit_sentence(found.audit)] if found.audit else []),
    ]
    rows = [
        (phase, one.calls, one.tokens, one.cost, None if one.seconds is None else round(one.seconds, 1))
        for phase, one in found.ledger.items()
        if one != Entry()
    ]
    return [*lines, table(("phase", "calls", "tokens", "US dollars", "seconds of waiting"), rows)] if rows else lines


def _steps(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.2f}"


def _rate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return f"{percent(estimate.value)} [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


def _split_line(part: str, figures: Mapping[str, Any]) -> str:
    rates = f"pass@1 {percent(figures['pass_at_1'])}   best-of-k {percent(figures['best_of_k'])}"
    return f"{part}: {count(figures['tasks'], 'task')}   {rates}   mean steps {_steps(figures['mean_steps'])}"


def describe(result: RunResult) -> str:
    """A run's result as a few lines of text."""
    tokens = result.tokens["total"]
    lines = [
        f"run {result.run}: {count(result.tasks, 'task')}, {result.start_state} start, pass {result.pass_number}"
        + (" (simulated)" if result.simulated else ""),
        f"pass@1 {percent(result.pass_at_1)}   best-of-k {percent(result.best_of_k)}"
        f"   pass@k {percent(result.pass_at_k)}   judged {percent(result.judged_success)}",
        f"mean steps {_steps(result.mean_steps)} (solved {_steps(result.mean_steps_solved)},"
        f" failed {_steps(result.mean_steps_failed)})"
        f"   tokens {'unknown' if tokens is None else f'{tokens:,}'}"
        f"   cost {'unknown' if result.cost is None else f'${result.cost:.4f}'}",
        f"{count(result.experiences, 'experience')}, {count(result.items, 'item')} learned;"
        f" {count(result.invalid, 'rollout')} without data",
        *endings_lines(result.exit_reasons, result.truth_unknown, result.truth_reason),
    ]
    if result.fixes or result.regressions:
        lines.append(
            f"checked again: {result.fixes} turned from wrong to right, {result.regressions} from right to wrong"
        )
    lines += [_split_line(part, figures) for part, figures in (result.split or {}).items()]
    lines += label_line(result.label, result.label_noise)
    lines += [f"{times} x {remark}" for remark, times in result.remarks.items()]
    if result.dropped:
        lines.append(f"the endpoint refused {', '.join(result.dropped)}; asked without")
    if 0 < result.missing < result.tasks:
        lines.append(told_missing(result.missing, result.tasks))
    return "\n".join(lines)
