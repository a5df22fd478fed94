"""`rb-studio demo`: the whole loop on the practice world, without a key or a network."""

import argparse
import sqlite3
from functools import partial
from pathlib import Path

from rb_studio.cli import pictures, sweep
from rb_studio.cli.curves import comparisons_text, difficulty_text
from rb_studio.cli.options import integer, open_workspace, seed
from rb_studio.cli.output import Output
from rb_studio.cli.progress import ProgressLine
from rb_studio.cli.stopping import Stop, stopping
from rb_studio.cli.window import has_display, open_window
from rb_studio.jobs.arm_looks import arm_looks, places_of
from rb_studio.jobs.curves import curves_of
from rb_studio.jobs.demo import TASKS, demo_request, earlier_sweep
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.recipe import source_of
from rb_studio.jobs.request import SweepRequest
from rb_studio.jobs.results import sweep_results
from rb_studio.jobs.sweep import OtherGround, SweepResult, run_sweep
from rb_studio.models import settings
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.recipe import Recipe
from rb_studio.store.workspace import Workspace

NAME = "practice-demo.rbank"
SIMULATED = "Everything here is simulated: the practice model is a program, not a language model."


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add = parser.add_argument
    add("-w", "--workspace", type=Path, metavar="WS", help=f"workspace file (default: {NAME} in the data folder)")
    add("--seed", type=seed, default=0, metavar="N", help="first of the three seeds (default: 0)")
    add("--headless", action="store_true", help="no window: tables here, pictures beside the workspace")
    add("--tasks", type=integer(1), default=TASKS, help=argparse.SUPPRESS)
    add("--embedder", metavar="P", help="embedder of the memories (default: the packaged all-MiniLM-L6-v2)")


def execute(args: argparse.Namespace) -> Output:
    """Run the demo's sweep, or take up the one that was interrupted, and show what came out."""
    if args.embedder == "hashing":
        raise UsageError("the hashing embedder knows no meaning, so the demo would mislead; leave --embedder out")
    path = args.workspace or _default_workspace()
    request = demo_request(args.seed, tasks=args.tasks, embedder=args.embedder)
    with stopping() as stop, open_workspace(path) as workspace:
        with ProgressLine(workspace, stop) as progress:
            done = _run(workspace, request, stop, progress)
        arms = sweep_results(workspace.reader(), done.sweep)
        over = {x: _drawing(workspace.reader(), done.sweep, x) for x in ("k", "tokens")}
    written = [
        drawn
        for x, drawing in over.items()
        for drawn in pictures.save(drawing, {"png": path.with_suffix(f".over-{x}.png")})
    ]
    curves = over["k"].curves
    comparisons = curves.comparisons
    data = {
        "workspace": str(path),
        "simulated": True,
        "seeds": list(request.seeds),
        "sweep": done.sweep,
        "resumed": done.resumed,
        "arms": [arm.to_json() for arm in arms],
        "comparisons": [_plain(comparison) for comparison in comparisons],
        "pictures": [str(picture) for picture in written],
    }
    lines = [
        sweep.describe(done.sweep, arms),
        "",
        difficulty_text(curves.difficulty),
        "",
        comparisons_text(comparisons),
        "",
        curves.caption,
        SIMULATED,
        f"workspace {path}",
        *(f"picture {picture}" for picture in written),
    ]
    if args.headless:
        return Output(data, "\n".join(lines))
    if not has_display():
        lines.append("no window was opened: there is no display here")
        return Output(data, "\n".join(lines))
    return Output(data, "\n".join(lines), then=partial(open_window, [path]))


def _run(workspace: Workspace, request: SweepRequest, stop: Stop, progress: ProgressLine) -> SweepResult:
    """The demo's sweep; one that an older version began is left as it is, and a new one begins."""

    def sweep_from(earlier: int | None) -> SweepResult:
        chosen = settings.load()
        return run_sweep(workspace, request, chosen, resume=earlier, cancel=stop.cancel, on_begun=progress.begin)

    try:
        try:
            return sweep_from(earlier_sweep(workspace, request))
        except OtherGround:
            return sweep_from(None)
    except Cancelled:
        sentence = "the demo was stopped, finished tasks are kept; give the same command again to continue it"
        raise Cancelled(sentence) from None


def _drawing(conn: sqlite3.Connection, sweep: int, x: str) -> pictures.Drawing:
    """The sweep's curves over an axis, with the recipe that rebuilds them."""
    pools = read_pools(conn, sweep=sweep)
    looks = arm_looks(conn, pools)
    places = {pool.key: looks[pool.key].place for pool in pools}
    recipe = Recipe(source_of(conn, pools, sweep), x=x, arms=tuple(places), places=places)
    return pictures.Drawing(curves_of(pools, x=x), places_of(pools, looks), recipe)


def _plain(comparison: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(comparison)  # type: ignore[call-overload, no-any-return]


def _default_workspace() -> Path:
    folder = settings.data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / NAME
