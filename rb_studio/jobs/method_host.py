"""The owner of a method's process: calls with a time limit, a process that hangs or dies is replaced."""

import atexit
import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from rb_studio.method.case import Case
from rb_studio.method.own import MethodFault
from rb_studio.models import frames
from rb_studio.records.errors import UsageError
from rb_studio.records.own_method import MethodSource

POLL_SECONDS = 0.2
PATIENCE = 1.0
GROUPS = os.name == "posix"
STARTING = 60.0  # the interpreter's own start on a busy machine, on top of the method's limit
_ROOT = Path(__file__).resolve().parents[2]


class MethodHost:
    """Runs one method in a process of its own, started at the first call. Safe to call from many threads.

    Parameters
    ----------
    source
        The method's code and names.
    seconds
        How long one call may take by itself; waiting for a model or the embedder does not count.
    """

    def __init__(self, source: MethodSource, seconds: float) -> None:
        self._source, self._seconds = source, seconds
        self._lock = threading.Lock()
        self._child: _Child | None = None

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def functions(self) -> Sequence[str]:
        return self._source.functions

    def loaded(self) -> tuple[str, ...]:
        """Load the method and tell which of the four functions it defines. Raises `MethodFault`."""
        with self._lock:
            return tuple(self._running(lambda: None).functions)

    def call(
        self,
        function: str,
        case: Case,
        value: Any,
        answer: Callable[[str, Any], Any],
        check: Callable[[], None],
    ) -> Any:
        """What a function gives back, as plain values; see `method.own.Runner`."""
        with self._lock:
            child = self._running(check)
            try:
                child.send((function, case, value))
                return self._served(child, function, answer, check)
            except frames.BrokenFrame:
                self._end()
                raise MethodFault(
                    f"the process of the method {self.name} died in {function}; see whether memory ran out, or run "
                    f"{self._source.label} by itself",
                    lasting=False,
                ) from None
            except BaseException:
                if child.busy:
                    self._end()
                raise

    def close(self) -> None:
        """End the process, whatever it does."""
        self._end()

    def _served(
        self, child: "_Child", function: str, answer: Callable[[str, Any], Any], check: Callable[[], None]
    ) -> Any:
        left = self._seconds
        while True:
            begun = time.monotonic()
            told = child.receive(left, check)
            left -= time.monotonic() - begun
            if told is None:
                raise MethodFault(
                    f"the method {self.name} took longer than {self._seconds:g} seconds in {function} "
                    f"({self._source.label}) and was ended: make it faster, or raise method_seconds in the settings"
                )
            if "want" in told:
                child.send(_answered(answer, told["want"], told["value"]))
                continue
            child.busy = False
            if "error" in told:
                raise MethodFault(f"{told['error']}: mend it and run again; a changed file is another arm")
            return told["result"]

    def _running(self, check: Callable[[], None]) -> "_Child":
        if self._child is None:
            self._child = _Child()
            atexit.register(self._end)
            self._greet(self._child, check)
        return self._child

    def _greet(self, child: "_Child", check: Callable[[], None]) -> None:
        try:
            child.send(self._source)
            told = child.receive(self._seconds + STARTING, check)
        except frames.BrokenFrame:
            told = {"error": f"the process of the method {self.name} died while it loaded {self._source.label}"}
        except BaseException:
            self._end()
            raise
        if told is None:
            told = {"error": f"the method {self.name} took longer than {self._seconds:g} seconds to load"}
        if "error" in told:
            self._end()
            raise MethodFault(str(told["error"]))
        child.functions, child.busy = told["functions"], False

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()
            atexit.unregister(self._end)


def loaded(source: MethodSource, seconds: float) -> tuple[str, ...]:
    """The functions a method defines; raises `UsageError` where it cannot be loaded."""
    host = MethodHost(source, seconds)
    try:
        return host.loaded()
    except MethodFault as fault:
        raise UsageError(str(fault)) from None
    finally:
        host.close()


def _answered(answer: Callable[[str, Any], Any], what: str, value: Any) -> tuple[str, Any]:
    try:
        return "answer", answer(what, value)
    except (ValueError, KeyError, UsageError) as error:
        return "error", str(error)


class _Child:
    """One running process and its pipes."""

    def __init__(self) -> None:
        self.functions: Sequence[str] = ()
        self.busy = True
        self._process = subprocess.Popen(
            _command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            bufsize=0,
            process_group=0 if GROUPS else None,
        )
        self._requests = cast(BinaryIO, self._process.stdin)
        self._told: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="method-answers", daemon=True)
        self._reader.start()

    def send(self, value: Any) -> None:
        """Hand something over; BrokenFrame when nobody is there."""
        self.busy = True
        frames.write(self._requests, pickle.dumps(value))

    def receive(self, seconds: float, check: Callable[[], None]) -> dict[str, Any] | None:
        """The next answer, None when it takes too long; BrokenFrame when the process is gone."""
        until = time.monotonic() + seconds
        while True:
            check()
            try:
                told = self._told.get(timeout=max(0.0, min(POLL_SECONDS, until - time.monotonic())))
            except queue.Empty:
                if time.monotonic() >= until:
                    return None
                continue
            if told is None:
                raise frames.BrokenFrame("the process is gone")
            return told

    def end(self) -> None:
        """End the process and what it started. Whoever left its group and holds the pipe is not waited for."""
        if GROUPS:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE)
        for pipe in (self._process.stdin, None if self._reader.is_alive() else self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _read(self) -> None:
        answers = cast(BinaryIO, self._process.stdout)
        try:
            while True:
                self._told.put(frames.read_json(answers))
        except frames.BrokenFrame:
            self._told.put(None)


def _command() -> tuple[str, ...]:
    if getattr(sys, "frozen", False):
        return sys.executable, "--method-worker"
    return sys.executable, "-P", "-m", "rb_studio.jobs.method_worker"


def _environment() -> dict[str, str]:
    """Sets in one order everywhere, one maths thread, and nothing imported from the folder one happens to be in."""
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(_ROOT), *([known] if known else [])])
    fixed = {"PYTHONHASHSEED": "0", "PYTHONPATH": path}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **fixed, **threads}
