"""Dask workers behind `concurrent.futures.Executor`: a cluster of this machine, or one that runs already.

What is sent is sealed: neither a task's name nor what Dask logs of a task that fails shows more than a random key.
"""

import logging
import pickle
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, TypeVar

from rb_studio import __version__
from rb_studio.jobs.aside import aside, report
from rb_studio.jobs.workers import RESULT, WorkerDied, answer, make_way, opened
from rb_studio.records.errors import RbStudioError, UsageError

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)
T = TypeVar("T")
LOOPBACK = "127.0.0.1"
PATIENCE = 10.0
STARTING, GRACE = 60.0, 5.0  # a busy computer takes its time to start a process, and to end a connection
# Dask keeps its last thousand messages, banks and results with them, and watches itself many times a second: neither
# is of use here.
QUIET = {
    "distributed.admin.low-level-log-length": 0,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.profile.enabled": False,
    # Its workers' C library would give every larger array back to the system at once, and ask for it again: an eighth
    # of their time.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
}
EXECUTORS = "local, dask (a cluster of this machine) or dask=ADDRESS (a scheduler that runs already)"


class ClusterGone(RbStudioError):
    """The scheduler of a cluster no longer answers."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A pickled call or answer; shows nothing of it."""

    data: bytes = field(repr=False)


def check_executor(name: str) -> str | None:
    """The scheduler's address in `dask=ADDRESS`, `""` for `dask`, None for `local`; raises `UsageError` otherwise."""
    kind, equals, address = name.partition("=")
    if name == "local":
        return None
    if kind != "dask" or (equals and not address):
        raise UsageError(f"executor {name!r} is unknown; choose {EXECUTORS}")
    if find_spec("distributed") is None:  # importing it takes a second
        raise UsageError(
            "--executor dask needs the package distributed: install it with pip install 'rb-studio[cluster]'"
        )
    return address


@dataclass(frozen=True, slots=True)
class Health:
    """What a scheduler has to offer; `version` is its workers' rb_studio, empty where none or not all have one.

    `sentence` says whether a sweep can run there, and if not what to do.
    """

    workers: int
    threads: int
    version: str
    sentence: str
    well: bool = False


def health(address: str, seconds: float = PATIENCE) -> Health:
    """Whether a sweep could run on a scheduler's workers, told within so many seconds.

    It is asked from a process of its own: Dask takes a second to import and serves its connections with threads.
    Raises `WorkerDied` where that process cannot be started.
    """
    begun = time.monotonic() + STARTING

    def heard(_ready: Any) -> None:
        nonlocal begun
        begun = time.monotonic()

    def tick() -> None:
        if time.monotonic() - begun > seconds + GRACE:
            raise TimeoutError

    try:
        return aside(_health, address, seconds, heard=heard, tick=tick)
    except TimeoutError:
        return Health(0, 0, "", f"The Dask scheduler at {address} gave no answer within {seconds:g} seconds.")


def _health(address: str, seconds: float) -> Health:
    """The same in this process; a worker that does not answer is waited for."""
    import distributed

    report(distributed.__version__)
    client: Client | None = None
    with _settings():
        try:
            client = _connected(address, seconds)
            _refuse_strangers(client, address, seconds)
            threads = client.nthreads()
            workers, places = len(threads), sum(int(count) for count in threads.values())
            told = f"{_counted(workers, 'worker')} with {_counted(places, 'thread')} and rb-studio {__version__}"
            return Health(workers, places, __version__, f"The Dask scheduler at {address} has {told}.", True)
        except UsageError as error:
            said = str(error)
            return Health(0, 0, "", f"{said[:1].upper()}{said[1:]}.")
        finally:
            if client is not None:
                client.close(timeout=seconds)


class ClusterExecutor(Executor):
    """Runs picklable calls on Dask workers that have this version of rb_studio.

    Parameters
    ----------
    address
        Where a scheduler answers; empty to start a scheduler and workers on loopback, without a dashboard.
    most
        How many calls may run at once: so many worker processes are started, or of a running cluster's used.

    Raises
    ------
    UsageError
        The scheduler does not answer, has no workers, or they lack this version of rb_studio.
    """

    def __init__(self, address: str, most: int) -> None:
        self._address, self._closing = address, False
        self._settings = _settings()
        self._cluster: Any = None if address else _own_cluster(most)
        try:
            own = None if self._cluster is None else self._cluster.scheduler_address
            self._client = _connected(own or address, direct=own is not None)
            self.places = _places(self._client, address, most)
            if own:
                self._client.run(make_way)
        except BaseException:
            self.shutdown(cancel_futures=True)
            raise
        self._inner = self._client.get_executor()
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Send a call; what cannot be pickled raises here."""
        sealed = Sealed(bytes(ForkingPickler.dumps((fn, args, kwargs))))
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()
        inner = self._inner.submit(unseal, sealed, key=f"rb-studio-{uuid.uuid4().hex}")
        inner.add_done_callback(lambda done: self._pass_on(done, outer))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, and end it where it was started here; what runs elsewhere ends by itself."""
        self._closing = True
        if hasattr(self, "_inner"):
            self._inner.shutdown(wait=wait and not cancel_futures)
        if hasattr(self, "_client"):
            self._client.close(timeout=PATIENCE)
        if self._cluster is not None:
            self._cluster.close(timeout=PATIENCE)
        self._settings.close()

    def _pass_on(self, inner: "Future[Sealed]", outer: "Future[Any]") -> None:
        if inner.cancelled():
            where = f"the Dask scheduler at {self._address}" if self._address else "the Dask scheduler"
            outer.set_exception(ClusterGone(f"{where} no longer answers: see whether it still runs"))
            return
        error = inner.exception()
        if error is not None:
            outer.set_exception(WorkerDied(f"a Dask worker could not do a task ({type(error).__name__}: {error})"))
            return
        kind, value = opened(inner.result().data)
        (outer.set_result if kind == RESULT else outer.set_exception)(value)


def unseal(sealed: Sealed) -> Sealed:
    """Run a sealed call in a worker; an error is an answer like any other, so that Dask has none to log."""
    fn, args, kwargs = pickle.loads(sealed.data)  # noqa: S301 - our own driver's call
    return Sealed(answer(0, fn, args, kwargs))


def version() -> str:
    """Asked of a worker: which rb_studio it has."""
    return __version__


def _settings() -> ExitStack:
    """What holds for a cluster of this machine and for the connection to another, until closed."""
    import dask

    stack = ExitStack()
    stack.enter_context(dask.config.set(QUIET))
    return stack


def _own_cluster(workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host=LOOPBACK,
        dashboard_address=f"{LOOPBACK}:0",
        scheduler_kwargs={"dashboard": False},
        worker_dashboard_address=None,
        silence_logs=logging.ERROR,
        memory_limit=0,
    )


def _connected(address: str, seconds: float = PATIENCE, *, direct: bool = False) -> "Client":
    """With `direct` results come from the workers themselves, not by way of the scheduler."""
    from distributed import Client

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a scheduler that is gone is told in a sentence
    try:
        return Client(address, timeout=seconds, set_as_default=False, direct_to_workers=direct or None)
    except Exception as error:  # noqa: BLE001 - what listens there may be anything, and answer anything
        log.debug("no connection to %s: %s", address, error)
        raise UsageError(
            f"no Dask scheduler answers at {address}: start one with `dask scheduler`, or run on this computer"
        ) from None


def _places(client: "Client", address: str, most: int) -> int:
    """How many calls the workers take at once, `most` at most."""
    _refuse_strangers(client, address, PATIENCE)
    return min(most, sum(int(threads) for threads in client.nthreads().values()))


def _refuse_strangers(client: "Client", address: str, seconds: float) -> None:
    """Raise `UsageError` unless there are workers and all of them have this version."""
    try:
        client.wait_for_workers(1, timeout=seconds)
    except (TimeoutError, OSError):
        raise UsageError(
            f"the Dask scheduler at {address} has no workers: start some with `dask worker {address}`"
        ) from None
    for worker, found in client.run(version, on_error="return").items():
        if found != __version__:
            has = f"has {found}" if isinstance(found, str) else f"cannot run it ({found})"
            raise UsageError(f"the Dask worker {worker} {has}, this is rb-studio {__version__}: install the same there")


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
