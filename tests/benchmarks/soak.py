"""Memory of the window while runs go on: `python -m tests.benchmarks.soak MINUTES`, written into README.md."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from tests.benchmarks.calls import server
from tests.benchmarks.figure import Figure, table, write_into

README = Path(__file__).resolve().parents[2] / "README.md"
ROOMS = ("trajectories", "scaling", "tasks", "verdicts", "memories")
REPLY = "<think>have a look at the orders</think>\n<action>goto('/orders')</action>\nThoughts: none\nStatus: failure"
RUNS = 100
DELAY, AT_ONCE, BEAT = 0.4, 8, 0.005
WARM, ALLOWED = 1 / 6, 1.10


@dataclass(frozen=True)
class Memory:
    """Resident megabytes of the window's process after the warm-up and at the end; `steps` seen meanwhile."""

    settled: float
    last: float
    steps: int

    @property
    def flat(self) -> bool:
        return self.last <= ALLOWED * self.settled


def figure(memory: Memory, minutes: float) -> Figure:
    """What the table says of it."""
    return Figure(
        f"resident memory of the window over {minutes:g} min of live run ({memory.steps:,} steps, rooms switched)",
        "flat: at most 10 % over the first sixth",
        f"{memory.settled:.0f} MB, then {memory.last:.0f} MB",
        memory.flat,
    )


def soak(folder: Path, minutes: float, say: Callable[[str], None] = lambda _line: None) -> Memory:
    """Watch runs of 8 rollouts at once for so long, going through the rooms."""
    from rb_studio.gui.app import make_application
    from rb_studio.gui.studio import Studio, load_settings
    from rb_studio.jobs.request import RunRequest

    application = make_application()
    studio = Studio([folder / "soak.rbank"])
    studio.window.show()
    with server(DELAY, REPLY) as url:
        _turn(application, lambda: studio.frame is not None)
        profiles = {"actor": f"fake@{url}"}
        for seed in range(RUNS):
            request = RunRequest("practice", memory="none", profiles=profiles, concurrency=AT_ONCE, seed=seed)
            studio.frame.jobs.run(request, load_settings())
        begun, samples, rooms = time.monotonic(), [], cycle(ROOMS)
        stay = 60 * minutes * WARM / len(ROOMS) / 2 if minutes < 10 else 10.0
        while (passed := time.monotonic() - begun) < 60 * minutes:
            studio.window.show_room(next(rooms))
            _turn(application, _after(stay))
            assert studio.frame.jobs.active, studio.frame.jobs.state
            samples.append((passed, _resident()))
            say(f"{passed:.0f} s: {samples[-1][1]:.1f} MB")
        studio.frame.jobs.stop()
        _turn(application, lambda: not studio.frame.jobs.active, 120)
        studio.frame.jobs.queue.clear()  # a job that waits is asked about before the window closes
        reader = studio.frame.session.workspace.reader()
        steps = next(reader.execute("select count(*) from step"))[0]
    studio.window.close()
    studio.close()
    settled = max(size for passed, size in samples if passed <= 60 * minutes * WARM)
    return Memory(settled, samples[-1][1], steps)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _turn(application, ready: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "the window did not get there"
        application.processEvents()
        time.sleep(BEAT)


def main() -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    minutes = float(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RB_STUDIO_CONFIG_DIR"] = os.environ["RB_STUDIO_DATA_DIR"] = folder
        memory = soak(Path(folder), minutes, lambda line: print(line, file=sys.stderr, flush=True))
    text = table([figure(memory, minutes)])
    print(text)
    write_into(README, "soak", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
