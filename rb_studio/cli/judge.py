"""`rb-studio judge`: how good the judge is, and judging stored rollouts again."""

import argparse
import sys
from dataclasses import asdict

from rb_studio.cli.options import add_workspace, integer, open_workspace
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.judge_report import RATES, JudgeReport, judge_report
from rb_studio.records.judgement import Status

NAMES = {"ppv": "PPV", "unknown_rate": "unknown", "corrected_success": "corrected success"}
SIMULATED = "simulated: the practice world or the practice model had a part in it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="report|run")
    report = verbs.add_parser("report", help="the judge's verdicts beside the truth", allow_abbrev=False)
    again = verbs.add_parser("run", help="judge stored rollouts again with another profile", allow_abbrev=False)
    for one in (report, again):
        one.add_argument("--run", type=integer(1), metavar="N", help="only rollouts of run N")
        one.add_argument("--sweep", type=integer(1), metavar="N", help="only rollouts of sweep N")
    again.add_argument("--judge", required=True, metavar="P", help="profile: a name, practice, or MODEL@BASE_URL")
    again.add_argument("--limit", type=integer(1), metavar="N", help="only the first N rollouts")


def execute(args: argparse.Namespace) -> Output:
    """Report, or judge again and report."""
    if args.verb == "run":
        return _judge_again(args)
    with open_workspace(args.workspace, write=False) as workspace:
        report = judge_report(workspace.reader(), run=args.run, sweep=args.sweep)
    return Output(report.to_json(), describe(report))


def _judge_again(args: argparse.Namespace) -> Output:
    from rb_studio.jobs.rejudge import judge_again
    from rb_studio.models.registry import profile

    judge = profile(args.judge)
    with stopping() as stop, open_workspace(args.workspace, create=False) as workspace:
        stop.begun = True
        done = judge_again(
            workspace,
            judge,
            run=args.run,
            sweep=args.sweep,
            limit=args.limit,
            cancel=stop.cancel,
            on_progress=_say_progress,
        )
        report = judge_report(workspace.reader(), run=args.run, sweep=args.sweep)
    lines = [
        f"{count(done.judged, 'rollout')} judged by {judge.name}: {done.changed} otherwise than before,"
        f" {done.unknown} unknown, {done.failed} without an answer, {done.skipped} without a stored task",
        *(["the practice model judged: it is a simulator"] if done.simulated else []),
        "",
        describe(report),
    ]
    simulated = done.simulated or report.simulated
    data = {**report.to_json(), **asdict(done), "operations": list(done.operations), "simulated": simulated}
    return Output(data, "\n".join(lines))


def describe(report: JudgeReport) -> str:
    """The table and the rates with their intervals."""
    counted = report.table.rows()
    cells = [(f"judged {verdict}", *counted[verdict].values()) for verdict in Status]
    data = report.to_json()
    rates = [
        (NAMES.get(name, name), percent(data[name]), _interval(data["intervals"][name]))
        for name in (*RATES, "corrected_success")
    ]
    kappa = "-" if data["kappa"] is None else f"{data['kappa']:.2f}"
    return "\n".join(
        [
            table(("", *(f"truly {truth}" for truth in Status)), cells),
            "",
            table(("", "value", "95 % interval"), [*rates, ("kappa", kappa, "")]),
            "",
            f"{count(report.table.total, 'rollout')}; left out: {report.invalid} without data, "
            f"{report.unjudged} that no judge has seen{_repeated(report)}",
            *([SIMULATED] if report.simulated else []),
        ]
    )


def _repeated(report: JudgeReport) -> str:
    return f", {report.repeated} that repeat the draw of another arm word for word" if report.repeated else ""


def _interval(bounds: list[float] | None) -> str:
    return "-" if bounds is None else f"{percent(bounds[0])} to {percent(bounds[1])}"


def _say_progress(done: int, total: int) -> None:
    sys.stderr.write(f"judged {done:,} of {count(total, 'rollout')}\n")
