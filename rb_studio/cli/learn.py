"""`rb-studio learn`: distil stored trajectories into candidate items."""

import argparse
import sys

from rb_studio.cli.options import add_workspace, open_workspace
from rb_studio.cli.output import Output, count
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.learn_groups import CONTRASTS, MODE, LearnRequest
from rb_studio.jobs.learning import Learned, learn_from
from rb_studio.jobs.query import FIELDS
from rb_studio.models import settings
from rb_studio.records.arm import LABELS


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    add = parser.add_argument
    fields = " ".join(f"{name}:…" for name in FIELDS)
    add("--from", dest="query", default="", metavar="QUERY", help=f"which trajectories: {fields} and words of the task")
    add("--label", default="judge", metavar="L", help=f"success by {', '.join(LABELS)} (default: judge)")
    add("--contrast", metavar="C", help=f"compare the attempts of a {' or a '.join(CONTRASTS)}")
    add("--model", metavar="P", help="profile of the distiller: a name, practice, or MODEL@BASE_URL")
    add("--bank", default=MODE, metavar="B", help=f"where the candidates go (default: {MODE})")


def execute(args: argparse.Namespace) -> Output:
    """Learn, and say what was learned and what was not."""
    request = LearnRequest(args.query, args.label, args.contrast, args.model, args.bank)
    with stopping() as stop, open_workspace(args.workspace, create=False) as workspace:
        stop.begun = True
        learned = learn_from(workspace, request, settings.load(), cancel=stop.cancel, on_group=_progress)
    return Output({**learned.to_json(), "label": args.label}, describe(learned))


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} distilled" + ("\n" if done == total else ""))
        sys.stderr.flush()


def describe(learned: Learned) -> str:
    """What was learned in a few lines."""
    simulated = " (simulated)" if learned.simulated else ""
    lines = [
        f"{count(learned.experiences, 'experience')}, {count(learned.items, 'candidate item')}"
        f" in bank {learned.bank}{simulated}",
        f"tokens {'unknown' if learned.tokens is None else f'{learned.tokens:,}'}"
        f"   cost {'unknown' if learned.cost is None else f'${learned.cost:.4f}'}",
        *(f"skipped {number:,}: {reason}" for reason, number in learned.reasons.items()),
        *(f"note: {note}" for note in learned.notes),
    ]
    if learned.items:
        lines.append("candidates are used once they are active: rb-studio memories WS state ID… --to active")
    return "\n".join(lines)
