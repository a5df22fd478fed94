"""The demo: the practice world with and without memory, and a small MaTTS sweep, as one resumable sweep."""

from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.models.profile import PRACTICE
from rb_studio.models.registry import DEFAULT_EMBEDDER
from rb_studio.store import runs
from rb_studio.store.workspace import Workspace

SEEDS = 3
TASKS = 90
KS = (1, 3, 5)


def demo_request(seed: int, *, tasks: int = TASKS, embedder: str | None = None) -> SweepRequest:
    """What the demo runs; its seeds follow from `seed` before anything is known of the results.

    The practice model plays whatever the settings say: a demo never reaches an endpoint.
    """
    base = RunRequest("practice", limit=tasks, profiles={"actor": PRACTICE.name}, embedder=embedder or DEFAULT_EMBEDDER)
    return SweepRequest(
        base=base,
        memories=("none", "reasoningbank"),
        scalings=("parallel",),
        ks=KS,
        seeds=tuple(range(seed, seed + SEEDS)),
    )


def earlier_sweep(workspace: Workspace, request: SweepRequest) -> int | None:
    """The sweep of this very request that the workspace already holds, finished or not."""
    same = [row.id for row in runs.sweeps(workspace.reader()) if row.hash == request.hash]
    return same[-1] if same else None
