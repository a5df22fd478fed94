"""`rb-studio judge`: how good the judge is, judging stored rollouts again, and judges side by side."""

import argparse
import sqlite3
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rb_studio.cli import judge_override
from rb_studio.cli.given_text import read_text
from rb_studio.cli.judge_tables import SIMULATED, compared, interval, kappa, listed
from rb_studio.cli.options import add_workspace, integer, number, open_workspace
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.judge_report import RATES, JudgeReport, chosen_rollouts, judge_report
from rb_studio.models.whose import whose_word
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.jobs.judging import JudgingRequest
    from rb_studio.models.settings import Settings
    from rb_studio.records.judging import Judging

NAMES = {"ppv": "PPV", "unknown_rate": "unknown", "corrected_success": "corrected success"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="report|run|list|compare|override|noise")
    report = verbs.add_parser("report", help="the judge's verdicts beside the truth", allow_abbrev=False)
    again = verbs.add_parser("run", help="judge stored rollouts again with another profile", allow_abbrev=False)
    verbs.add_parser("list", help="the judgings there are", allow_abbrev=False)
    mine = verbs.add_parser("override", help="your verdict, and what it means for memory", allow_abbrev=False)
    judge_override.configure_override(mine.add_argument)
    noise = verbs.add_parser("noise", help="best-of-k if the judge were less certain", allow_abbrev=False)
    judge_override.configure_noise(noise.add_argument)
    compare = verbs.add_parser("compare", help="the runs' own judge and judgings side by side", allow_abbrev=False)
    for one in (report, again, compare):
        one.add_argument("--run", type=integer(1), metavar="N", help="only rollouts of run N")
        one.add_argument("--sweep", type=integer(1), metavar="N", help="only rollouts of sweep N")
    report.add_argument("--judging", type=integer(1), metavar="N", help="of judging N in place of the runs' own judge")
    compare.add_argument("judgings", nargs="*", type=integer(1), metavar="N", help="judgings (default: all)")
    _configure_run(again)


def _configure_run(again: argparse.ArgumentParser) -> None:
    again.add_argument("--judge", metavar="P", help="profile: a name, practice, or MODEL@BASE_URL")
    again.add_argument("--limit", type=integer(1), metavar="N", help="only the first N rollouts")
    again.add_argument("--rollouts", nargs="+", metavar="UID", help="only these rollouts")
    again.add_argument("--prompt", metavar="FILE|HASH", help="another text of the judge's prompt, or one it had before")
    again.add_argument("--times", type=integer(1), default=1, metavar="M", help="ask M times about each (default: 1)")
    again.add_argument("--name", default="", help="what to call the judging")
    again.add_argument(
        "--max-cost", type=number(0), metavar="USD", help="pause once so much is spent (with --resume: 0 is no limit)"
    )
    again.add_argument("--estimate", action="store_true", help="only say what it would take")
    again.add_argument("--resume", type=integer(1), metavar="N", help="go on with judging N")


def execute(args: argparse.Namespace) -> Output:
    """Report, judge again, list, compare, override, or add noise."""
    others = {"run": _judge_again, "override": judge_override.override, "noise": judge_override.noise}
    if args.verb in others:
        return others[args.verb](args)
    with open_workspace(args.workspace, write=False) as workspace:
        conn = workspace.reader()
        if args.verb == "list":
            return listed(conn)
        if args.verb == "compare":
            return compared(conn, args)
        report = judge_report(conn, run=args.run, sweep=args.sweep, judging=args.judging, precedence=whose_word())
    return Output(report.to_json(), describe(report))


def _judge_again(args: argparse.Namespace) -> Output:
    from rb_studio.jobs.judging import estimate_judging, run_judging
    from rb_studio.models import settings as stored

    if (args.judge is None) == (args.resume is None):
        raise UsageError("name the judge with --judge P, or go on with a judging by --resume N")
    _refuse_beside_resume(args)
    settings = stored.load()
    with stopping() as stop, open_workspace(args.workspace, create=False) as workspace:
        asked = args.resume or _request(workspace, args, settings)
        if not isinstance(asked, int) and args.estimate:
            estimate = estimate_judging(workspace.reader(), asked, settings)
            figures = {"calls": estimate.calls, "tokens": estimate.tokens, "cost": estimate.cost}
            return Output(figures, estimate.sentence())
        stop.begun = True
        another = args.max_cost if args.resume else None
        done = run_judging(workspace, asked, settings, cancel=stop.cancel, on_progress=_say_progress, max_cost=another)
        return _outcome(workspace.reader(), done)


def _refuse_beside_resume(args: argparse.Namespace) -> None:
    """Raises UsageError where something is said that the judging began with."""
    given = {
        "--run": args.run,
        "--sweep": args.sweep,
        "--limit": args.limit,
        "--rollouts": args.rollouts,
        "--prompt": args.prompt,
        "--times": args.times != 1,
        "--name": args.name,
        "--estimate": args.estimate,
    }
    said = [name for name, value in given.items() if value]
    if args.resume is not None and said:
        raise UsageError(f"judging {args.resume} goes on as it began: leave {', '.join(said)} out")


def _request(workspace: Workspace, args: argparse.Namespace, settings: "Settings") -> "JudgingRequest":
    from rb_studio.jobs.judging import JudgingRequest
    from rb_studio.models.registry import profile

    profile(args.judge, settings)
    conn = workspace.reader()
    named = set(args.rollouts or ())
    rows = chosen_rollouts(conn, run=args.run, sweep=args.sweep)
    missing = named - {row.uid for row in rows}
    if missing:
        raise UsageError(f"there is no finished rollout {min(missing)} there: choose one that is over")
    ids = {(row["run"], row["uid"]): row["id"] for row in conn.execute("SELECT id, run, uid FROM rollout")}
    chosen = [row for row in rows if row.valid and (not named or row.uid in named)][: args.limit]
    return JudgingRequest(
        rollouts=tuple(ids[row.run, row.uid] for row in chosen),
        profile=args.judge,
        prompts=_prompts(conn, args.prompt, sorted({row.task_key.partition("/")[0] for row in chosen})),
        times=args.times,
        name=args.name,
        max_cost=args.max_cost,
    )


def _prompts(conn: sqlite3.Connection, given: str | None, suites_of: list[str]) -> Mapping[str, str]:
    """The text of a file, or of a version by the beginning of its hash, for the prompts the rollouts are judged by."""
    if given is None:
        return {}
    from rb_studio.environments.registry import domain_of
    from rb_studio.method.prompts import PromptSet, shipped
    from rb_studio.store import prompts, suites

    known = [one for name in shipped() for one in prompts.prompt_history(conn, name) if one.hash.startswith(given)]
    if len(given) >= 6 and known:
        return {known[-1].name: known[-1].text}
    found = (suites.find(conn, name) for name in suites_of)
    texts = PromptSet.with_overrides()
    names = {texts.name("judge", domain_of(suite)) for suite in found if suite is not None}
    return dict.fromkeys(sorted(names), read_text(given))


def _outcome(conn: sqlite3.Connection, done: "Judging") -> Output:
    from rb_studio.store import judgings

    report = judge_report(conn, judging=done.id, precedence=whose_word())
    said = judgings.answers(conn, done.id)
    before = _standing(conn, done)
    spent = judgings.spent(conn, done.id)
    figures: dict[str, Any] = {
        "judging": done.id,
        "status": done.status,
        "judged": done.answers,
        "changed": sum(before.get(rollout, first) != first for rollout, (first, *_) in said.items()),
        "unknown": sum(status is Status.UNKNOWN for answers in said.values() for status in answers),
        "failed": done.asked - done.answers,
        "skipped": done.skipped,
        "calls": spent.calls,
        "tokens": spent.tokens,
        "cost": spent.cost,
    }
    lines = [
        f"judging {done.id}: {count(figures['judged'], 'verdict')} by {done.profile} on "
        f"{count(done.rollouts, 'rollout')}: {figures['changed']} otherwise than before, {figures['unknown']} unknown, "
        f"{figures['failed']} without an answer, {done.skipped} without a stored task",
        *([f"{done.status}: {done.note}; go on with --resume {done.id}"] if done.note else []),
        *(["the practice model judged: it is a simulator"] if done.simulated else []),
        "",
        describe(report),
    ]
    return Output({**report.to_json(), **figures, "simulated": done.simulated or report.simulated}, "\n".join(lines))


def _standing(conn: sqlite3.Connection, done: "Judging") -> dict[int, Status]:
    """What the runs' own judge said of the rollouts, where it said anything."""
    from rb_studio.store import judgings, verdict_reads

    asked = verdict_reads.judged_rows(conn, judgings.targets(conn, done.id))
    return {row.id: Status(row.judge) for row in asked.values() if row.judge != verdict_reads.NONE}


def describe(report: JudgeReport) -> str:
    """The table and the rates with their intervals."""
    counted = report.table.rows()
    cells = [(f"judged {verdict}", *counted[verdict].values()) for verdict in Status]
    data = report.to_json()
    rates = [
        (NAMES.get(name, name), percent(data[name]), interval(data["intervals"][name]))
        for name in (*RATES, "corrected_success")
    ]
    return "\n".join(
        [
            table(("", *(f"truly {truth}" for truth in Status)), cells),
            "",
            table(("", "value", "95 % interval"), [*rates, ("kappa", kappa(data["kappa"]), "")]),
            "",
            f"{count(report.table.total, 'rollout')}; left out: {report.invalid} without data, "
            f"{report.unjudged} that no judge has seen{_repeated(report)}",
            *(f"measured by: {note}" for note in report.measured_by.notes()),
            *([SIMULATED] if report.simulated else []),
        ]
    )


def _repeated(report: JudgeReport) -> str:
    return f", {report.repeated} that repeat the draw of another arm word for word" if report.repeated else ""


def _say_progress(done: int, total: int) -> None:
    sys.stderr.write(f"judged {done:,} of {count(total, 'verdict')}\n")
