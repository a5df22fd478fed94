"""The table of the method on the practice world, written into README.

    python -m tests.benchmarks.method_table [--seeds 1000:1010] [--tasks 120] [--keep FOLDER]

The published one stands on seeds 1000 to 1009, which nothing else uses; try it out with `--seeds 0:2`. With
`--keep` a run that was killed goes on where it stopped.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rb_studio.cli.options import integers
from rb_studio.cli.progress import ProgressLine
from rb_studio.cli.stopping import Stop, stopping
from rb_studio.jobs.request import SweepRequest
from rb_studio.jobs.sweep import run_sweep
from rb_studio.models.settings import Settings
from rb_studio.store.workspace import Workspace
from tests.benchmarks.figure import write_into
from tests.benchmarks.method_arms import Arm, deleted_items, parts, read_arms, variant_request, variants
from tests.benchmarks.method_text import Terms, Variant, variant_figures, whole_text

README = Path(__file__).resolve().parents[2] / "README.md"
SEEDS = tuple(range(1000, 1010))
TASKS = 120
VARIANT_SEEDS, VARIANT_TASKS = 2, 120

Arms = dict[tuple[int, str, str, int], Arm]


def measure(
    folder: Path, stop: Stop, terms: Terms, *, factors: Sequence[float] = (0.5, 2.0), only: Sequence[str] = ()
) -> tuple[Arms, list[Variant], tuple[int, int]]:
    """Run what is not done yet; `only` names the constants of the second table, all when empty.

    The last are the number of items deleted as decisive, and of how many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arms: Arms = {}
    with Workspace.open(folder / "table.rbank", write=True, create=True) as workspace:
        for part in parts(terms.seeds, terms.tasks):
            part.bank(workspace)
            _sweep(workspace, part.request, stop, part.number, f"part {part.number} of 9: {part.name}")
            arms |= {(part.number, *key): arm for key, arm in read_arms(workspace, part.number).items()}
        deleted = deleted_items(workspace)
    chosen = [pair for pair in variants(factors) if not only or pair[0] in only]
    found = [_variant(folder, stop, terms, name, factor) for name, factor in chosen]
    return arms, found, deleted


def _variant(folder: Path, stop: Stop, terms: Terms, name: str, factor: float) -> Variant:
    """The figures of one multiplied constant; its workspace goes once they are kept."""
    request = variant_request(name, factor, terms.variant_seeds, terms.variant_tasks)
    kept = folder / "constants" / f"{name}-{factor:g}.json"
    if kept.exists():
        stored = json.loads(kept.read_text(encoding="utf-8"))
        if stored.pop("hash") == request.hash:
            return Variant(**stored)
    path = kept.with_suffix(".rbank")
    path.parent.mkdir(exist_ok=True)
    with Workspace.open(path, write=True, create=True) as workspace:
        _sweep(workspace, request, stop, 1, f"{name} x {factor:g}")
        figures = variant_figures(name, factor, read_arms(workspace, 1))
    kept.write_text(json.dumps(figures.to_json() | {"hash": request.hash}), encoding="utf-8")
    for left in path.parent.glob(path.name + "*"):
        left.unlink()
    return figures


def _sweep(workspace: Workspace, request: SweepRequest, stop: Stop, number: int, name: str) -> None:
    begun = time.perf_counter()
    with ProgressLine(workspace, stop) as progress:
        run_sweep(workspace, request, Settings(), resume=number, cancel=stop.cancel, on_begun=progress.begin)
    print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)


def write(readme: Path, folder: Path, terms: Terms, *, only: Sequence[str] = ()) -> str:
    """Measure and put the table between its marks; returns what was written."""
    begun = time.perf_counter()
    with stopping() as stop:
        stop.begun = True
        arms, found, deleted = measure(folder, stop, terms, only=only)
    text = whole_text(terms, arms, found, deleted)
    write_into(readme, "table", text)
    print(f"the table took {(time.perf_counter() - begun) / 60:.1f} minutes", file=sys.stderr, flush=True)
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="method_table", description="The table of the method, into README.")
    add = parser.add_argument
    add("--seeds", type=integers, default=SEEDS, help="default: 1000:1010, which nothing else may use")
    add("--tasks", type=int, default=TASKS, help=f"how many tasks of the practice suite (default: {TASKS})")
    add("--variant-seeds", type=int, default=VARIANT_SEEDS, help="the second table takes the first N seeds")
    add("--variant-tasks", type=int, default=VARIANT_TASKS, help="and the first N tasks")
    add("--constants", type=lambda text: text.split(","), default=(), help="only these constants in the second table")
    add("--keep", type=Path, help="folder to keep the workspaces in and to continue from")
    add("--readme", type=Path, default=README, help="file with the marks (default: README.md)")
    args = parser.parse_args(arguments)
    few = min(args.tasks, args.variant_tasks)
    terms = Terms(tuple(args.seeds), args.tasks, tuple(args.seeds)[: args.variant_seeds], few)
    with tempfile.TemporaryDirectory() as folder:
        print(write(args.readme, args.keep or Path(folder), terms, only=args.constants))
    return 0


if __name__ == "__main__":
    sys.exit(main())
