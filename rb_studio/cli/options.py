"""Arguments that several commands share."""

import argparse
import math
import re
from collections.abc import Callable
from pathlib import Path

from rb_studio.jobs.request import RunRequest
from rb_studio.records.arm import (
    ALLOCATIONS,
    CONSOLIDATIONS,
    LABELS,
    MEMORY_MODES,
    ROLES,
    SCOPES,
    UNITS,
    Limits,
)
from rb_studio.records.consolidation import CAP, NEAR_DUPLICATE
from rb_studio.records.review import REVIEWS
from rb_studio.store.workspace import Workspace

MOST_VALUES = 10_000
LARGEST = 2**62  # what the workspace can number
LARGEST_SEED = 999_999_999
CONSOLIDATION_HELP = (
    f"how an experience enters the bank, one of {', '.join(CONSOLIDATIONS)} (default: append). "
    f"skip-near-duplicates[:COSINE] archives a new item that is as near to one in use (default: {NEAR_DUPLICATE}); "
    "llm-merge asks the distiller to add, update or merge; "
    f"cap[:N[:items]] archives those of least effect beyond N experiences or items (default: {CAP})"
)
SPLIT_HELP = (
    "train and test split by template: this share of the templates is held out; the other tasks come first and are "
    "learned from, then those held out are done with the bank as it stands; --json tells both apart under split"
)
ALLOCATION_HELP = (
    f"how k is spread over tasks: {', '.join(ALLOCATIONS)} (default: uniform, k for each). first-success stops at the "
    "first attempt judged a success; difficulty gives more to tasks that look complex before they run; greedy goes on "
    "where the next attempt is most likely to be the first success, by how similar tasks fared. -k is the most a task "
    "may get; `rb-studio allocate` shows the reason of each k"
)
BUDGET_HELP = (
    "mean rollouts a task that an allocation may spend: over n tasks never more than B * n + 1 in all "
    "(difficulty and greedy: the middle of 1 and k by default, first-success: no bound)"
)
WITHHOLD_HELP = (
    "leave retrieved items out by lot at this rate, 0 to below 1, to see what each of them does (`memories effect`); "
    "the lot depends on seed, task and item alone"
)
WITHOUT_HELP = "uids of memory items to go without, as if the bank did not have them"
REVIEW_HELP = (
    f"which new items wait for a person as candidates, {', '.join(REVIEWS)} (default: off): those in doubt, or all. "
    "What waits is not used by the run itself, so with all it starves its own stream of lessons"
)
LABEL_HELP = (
    f"what learning goes by: {', '.join(LABELS)} (default: judge). human takes a person's newest verdict on an earlier "
    "rollout of the same task; where there is none the label is unknown and nothing is learned"
)
MEMORY_HELP = (
    f"{', '.join(MEMORY_MODES)}; or a method of your own: its file, PATH/FILE.py or PATH/FILE.py:NAME, the name of an "
    "installed one, or an example that comes along: ace_playbook, expel_insights. Its code is run; a call may take "
    "method_seconds of the settings (default: 60)"
)
UNIT_HELP = (
    "experience: the items of the nearest past task; item: the N items nearest by their own text (default: experience)"
)
SCOPE_HELP = f"which memories may be retrieved: {', '.join(SCOPES)} - of the task's own suite or site (default: global)"
MODEL_ROLES = {"model": "actor", "judge": "judge", "distiller": "distiller", "selector": "selector", "grader": "grader"}


def add_workspace(parser: argparse.ArgumentParser, *, created: bool = True) -> None:
    """The positional WS; `created` tells that a missing one is made."""
    also = ", created when missing" if created else ""
    parser.add_argument("workspace", metavar="WS", type=Path, help=f"workspace file (*.rbank){also}")


def open_workspace(path: Path, *, write: bool = True, create: bool = True) -> Workspace:
    """The workspace of a command."""
    return Workspace.open(path, write=write, create=create and write)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """What `run` and `sweep` have in common."""
    add = parser.add_argument
    add("--suite", required=True, metavar="S", help="suite or subset, e.g. practice or webarena/shopping")
    add("--limit", type=integer(1), metavar="N", help="only the first N tasks of the order")
    add("--order", default="id", metavar="id|shuffle:SEED", help="order of the stream (default: id)")
    add("--allocation", default="uniform", metavar="A", help=ALLOCATION_HELP)
    add("--budget", type=number(0), metavar="B", help=BUDGET_HELP)
    add("--consolidation", default="append", metavar="C", help=CONSOLIDATION_HELP)
    add("--retrieve", type=integer(0, 10), default=1, metavar="N", help="experiences injected per task (default: 1)")
    add("--most-items", type=integer(1), metavar="N", help="memory items injected at most, over all experiences")
    add("--retrieve-unit", type=one_of(*UNITS), default="experience", metavar="U", help=UNIT_HELP)
    add("--scope", type=one_of(*SCOPES), default="global", metavar="S", help=SCOPE_HELP)
    add("--withhold", type=number(0, 1), default=0.0, metavar="RATE", help=WITHHOLD_HELP)
    add("--without", type=words, default=(), metavar="UID,UID", help=WITHOUT_HELP)
    add("--review", type=one_of(*REVIEWS), default="off", metavar="R", help=REVIEW_HELP)
    add("--split", metavar="SHARE[:SEED]", help=SPLIT_HELP)
    add("--exclude-template", action="store_true", help="never retrieve an experience of the task's own template")
    add("--learn", type=one_of("on", "off"), default="on", metavar="on|off", help="off freezes the bank")
    add("--label", default="judge", metavar="L", help=LABEL_HELP)
    add("--label-noise", type=number(0, 1), default=0.0, metavar="R", help="flip known labels at this rate")
    add("--model", metavar="P", help="profile of the actor: a name, practice, or MODEL@BASE_URL")
    for role in ("judge", "distiller", "selector", "grader"):
        add(f"--{role}", metavar="P", help=f"profile of the {role} (default: the actor's)")
    add("--embedder", metavar="P", help="embedder: all-MiniLM-L6-v2, hashing, a model folder, or MODEL@BASE_URL")
    add("--concurrency", type=integer(1), metavar="C", help="rollouts in flight at once, over all processes")
    add(
        "--max-steps",
        type=integer(1),
        default=Limits().steps,
        metavar="N",
        help="steps per rollout or pass (default: 30)",
    )
    add("--max-tokens", type=integer(1), metavar="N", help="tokens per rollout or pass")
    add("--max-cost", type=number(0), metavar="USD", help="US dollars per rollout or pass")
    add("--max-seconds", type=number(0), metavar="S", help="wall time per rollout or pass")


def run_request(args: argparse.Namespace) -> RunRequest:
    """The request behind the shared options."""
    profiles = {role: getattr(args, name) for name, role in MODEL_ROLES.items() if getattr(args, name)}
    assert set(profiles) <= set(ROLES)
    return RunRequest(
        suite=args.suite,
        allocation=args.allocation,
        budget=args.budget,
        consolidation=args.consolidation,
        limit=args.limit,
        order=args.order,
        learn=args.learn == "on",
        label=args.label,
        label_noise=args.label_noise,
        retrieve_n=args.retrieve,
        exclude_template=args.exclude_template,
        most_items=args.most_items,
        retrieve_unit=args.retrieve_unit,
        scope=args.scope,
        split=args.split,
        withhold=args.withhold,
        without=args.without,
        review=args.review,
        profiles=profiles,
        embedder=args.embedder,
        concurrency=args.concurrency,
        limits=Limits(steps=args.max_steps, tokens=args.max_tokens, cost=args.max_cost, seconds=args.max_seconds),
    )


def integer(low: int, high: int | None = None) -> Callable[[str], int]:
    """A whole number within bounds, else a sentence."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= value <= (LARGEST if high is None else high):
            bounds = _bounds(low, LARGEST if value > LARGEST and high is None else high)
            raise argparse.ArgumentTypeError(f"{value} is out of range: give {bounds}")
        return value

    return parse


def number(low: float, high: float | None = None) -> Callable[[str], float]:
    """A number within bounds, else a sentence."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not low <= value < math.inf or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"{text} is out of range: give {_bounds(low, high)}")
        return value

    return parse


def _bounds(low: float, high: float | None) -> str:
    return f"{low:,} or more" if high is None else f"{low:,} to {high:,}"


def one_of(*choices: str) -> Callable[[str], str]:
    """One of these words, else a sentence."""

    def parse(text: str) -> str:
        if text not in choices:
            raise argparse.ArgumentTypeError(f"{text!r} is unknown; choose {', '.join(choices)}")
        return text

    return parse


def seed(text: str) -> int:
    """The seed of a model's dice, as `integers` takes them."""
    return integer(-LARGEST_SEED, LARGEST_SEED)(text)


def words(text: str) -> tuple[str, ...]:
    """A comma-separated list without empty parts or repetitions."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} names nothing")
    return found


def integers(text: str) -> tuple[int, ...]:
    """`1,2,5` or half-open ranges `0:10` as numbers, ascending as given, without repetitions."""
    found: list[int] = []
    for part in words(text):
        match = re.fullmatch(r"(-?\d{1,9})(?::(-?\d{1,9}))?", part)
        if match is None:
            raise argparse.ArgumentTypeError(f"{part!r} is neither a whole number nor a range like 0:10")
        start = int(match[1])
        numbers = range(start, int(match[2]) if match[2] else start + 1)
        if len(found) + len(numbers) > MOST_VALUES:
            raise argparse.ArgumentTypeError(f"{part!r} makes too many values; give at most {MOST_VALUES:,}")
        found.extend(numbers)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is an empty range; the end is not included, 0:10 means 0 to 9")
    return tuple(dict.fromkeys(found))
