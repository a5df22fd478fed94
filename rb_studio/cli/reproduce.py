"""`rb-studio reproduce`: an experiment card run again and compared arm by arm."""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rb_studio.cli.options import MODEL_ROLES, integer, open_workspace
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.cli.progress import ProgressLine
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.card import RATES, read_card, write_card
from rb_studio.jobs.card_check import DIFFERS, IDENTICAL, NOT_COMPARABLE
from rb_studio.jobs.reproduce import Reproduction, reproduce
from rb_studio.models import settings
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.store.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add = parser.add_argument
    add("card", metavar="CARD", type=Path, help="card as `rb-studio export WS card -o FILE` writes it")
    add("-w", "--workspace", type=Path, metavar="WS", help="keep the rerun in this workspace, and continue it there")
    add("-o", "--export", type=Path, metavar="FILE", help="write the card of the rerun")
    add("--force", action="store_true", help="write over what is there")
    add("--model", metavar="P", help="profile of the actor, where the card's was not the practice model")
    for role in ("judge", "distiller", "selector", "grader"):
        add(f"--{role}", metavar="P", help=f"profile of the {role}, where another model than the actor's filled it")
    add("--embedder", metavar="P", help="embedder, where the card's was not a packaged one")
    add(
        "--method",
        action="append",
        default=[],
        metavar="M",
        help="a memory method of one's own among its arms: FILE.py, FILE.py:NAME or the name of an installed one; "
        "its code is run, and none that the card names without it",
    )
    add("--concurrency", type=integer(1), metavar="C", help="rollouts in flight at once, over all processes")
    add("--workers", type=integer(1), metavar="N", help="worker processes at most (default: one a core)")
    parser.epilog = (
        "An arm is identical when all its texts, verdicts and scores are, to the byte; it is not comparable where "
        "tasks, prompts, models or the bank at the start are others. Exit code 0 means every arm is identical."
    )


def execute(args: argparse.Namespace) -> Output:
    """Rerun and compare."""
    card = read_card(args.card)
    _refuse_overwriting(args)
    chosen = settings.load()
    profiles = {role: getattr(args, name) for name, role in MODEL_ROLES.items() if getattr(args, name)}
    with (
        stopping() as stop,
        _workspace(args.workspace) as workspace,
        ProgressLine(workspace, stop) as progress,
    ):
        try:
            done = reproduce(
                workspace,
                card,
                chosen,
                profiles=profiles,
                embedder=args.embedder,
                methods=args.method,
                concurrency=args.concurrency,
                workers=args.workers,
                cancel=stop.cancel,
                on_begun=progress.begin,
            )
        except Cancelled as stopped:
            raise Cancelled(_stopped(args)) from stopped
    written = None if args.export is None else str(args.export)
    if args.export is not None:
        write_card(done.card, args.export)
    data = {**to_json(done), "card": str(args.card), "workspace": _kept(args), "written": written}
    error = _told(done)
    return Output(data, describe(done), exit_code=1 if error else 0, error=error)


def to_json(done: Reproduction) -> dict[str, Any]:
    """The object of `rb-studio reproduce --json`, but for what was written where."""
    return {
        "sweep": done.sweep,
        "simulated": bool(done.card["simulated"]),
        "arms": [arm.to_json() for arm in done.arms],
        "identical": done.count(IDENTICAL),
        "differs": done.count(DIFFERS),
        "not_comparable": done.count(NOT_COMPARABLE),
        "hash": done.card["hash"],
        "notes": list(done.notes),
    }


def describe(done: Reproduction) -> str:
    """Arms of the card beside their rerun, as a table."""
    headers = ("memory", "scaling", "k", "seed", "pass@1 card", "here", "best-of-k card", "here", "outcome")
    rows = [
        (
            arm.memory,
            arm.scaling,
            arm.k,
            arm.seed,
            *(_rate(figures, name) for name in ("pass_at_1", "best_of_k") for figures in (arm.there, arm.here)),
            arm.status,
        )
        for arm in done.arms
    ]
    simulated = " (simulated)" if done.card["simulated"] else ""
    heading = f"{count(len(done.arms), 'arm')} run again{simulated}: {done.count(IDENTICAL)} identical"
    return "\n".join([heading, table(headers, rows), *_reasons(done), *done.notes])


def _reasons(done: Reproduction) -> list[str]:
    """What keeps arms from being identical, arms with the same reasons together."""
    found: dict[tuple[str, ...], list[str]] = {}
    for arm in done.arms:
        if arm.reasons:
            named = f"{arm.memory} {arm.scaling} k={arm.k} seed={arm.seed}"
            found.setdefault((arm.status, *arm.reasons), []).append(named)
    return [
        f"{arms[0] if len(arms) == 1 else f'{arms[0]} and {len(arms) - 1} more'} {status}: {'; '.join(reasons)}"
        for (status, *reasons), arms in found.items()
    ]


def _rate(figures: Mapping[str, Any], name: str) -> str:
    assert name in RATES
    return percent(figures[name]["value"]) if figures else "-"


def _told(done: Reproduction) -> str | None:
    """One sentence where not every arm came out the same."""
    if done.count(IDENTICAL) == len(done.arms):
        return None
    first = next(arm for arm in done.arms if arm.reasons)
    return (
        f"not reproduced: {done.count(DIFFERS)} of {count(len(done.arms), 'arm')} differ and "
        f"{done.count(NOT_COMPARABLE)} cannot be compared; {first.memory} k={first.k}: {'; '.join(first.reasons)}"
    )


def _refuse_overwriting(args: argparse.Namespace) -> None:
    target = args.export
    if target is None:
        return
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file in it")
    if target.exists() and not args.force:
        raise UsageError(f"{target} exists already; choose another name, or add --force to write over it")


def _stopped(args: argparse.Namespace) -> str:
    if args.workspace is None:
        return "stopped; without -w WS nothing of a rerun is kept"
    return "stopped, finished tasks are kept; give the same command again to continue"


def _kept(args: argparse.Namespace) -> str | None:
    return None if args.workspace is None else str(args.workspace)


@contextmanager
def _workspace(path: Path | None) -> Iterator[Workspace]:
    """The workspace named, or one that is gone afterwards."""
    if path is not None:
        with open_workspace(path) as workspace:
            yield workspace
        return
    with (
        tempfile.TemporaryDirectory(prefix="rb-studio-") as folder,
        open_workspace(Path(folder) / "reproduced.rbank") as workspace,
    ):
        yield workspace
