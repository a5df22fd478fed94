"""Running jobs from the window: one at a time, in a thread that drives processes of its own."""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from rb_studio.gui.job_queue import JobQueue
from rb_studio.records.errors import Cancelled, RbStudioError

if TYPE_CHECKING:
    from rb_studio.gui.session import Session
    from rb_studio.jobs.driving import Driving
    from rb_studio.jobs.experiments import ExperimentRequest
    from rb_studio.jobs.progress import Progress, Watch
    from rb_studio.jobs.request import RunRequest, SweepRequest
    from rb_studio.models.profile import Profile
    from rb_studio.models.settings import Settings

log = logging.getLogger(__name__)
PROGRESS_INTERVAL = 500
NONE: Mapping[str, str] = {}
Begun = Callable[[Any, int], None]
Work = Callable[[threading.Event, Begun], Any]
MEND = "; New sweep with a higher limit goes on with it"
ENDED_BY = {"Paused": "paused", "WorkerDied": "interrupted"}  # by name: the engine is imported when a job runs


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job stands. `phase` is starting, running, pausing, stopping, finished, paused, interrupted, cancelled or
    failed.

    `network` names the host its calls go to, empty for the practice model. `sweep` is set once its rows are there;
    only a sweep can be paused.
    """

    title: str
    phase: str
    runs: tuple[int, ...] = ()
    sweep: int | None = None
    progress: "Progress | None" = None
    detail: str = ""
    network: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def active(self) -> bool:
        return self.phase in ("starting", "running", "pausing", "stopping")

    @property
    def can_pause(self) -> bool:
        """There are rows to come back to."""
        return self.sweep is not None and self.phase == "running"


class JobControl(QObject):
    """Starts, watches and stops the window's job.

    Signals
    -------
    changed
        The job's state; carries a JobState.
    """

    changed = Signal(object)
    _told = Signal(object)

    def __init__(self, session: "Session", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._watch: "Watch | None" = None  # noqa: UP037 - imported late
        self._done: Callable[[Any], None] | None = None
        self._result: Any = None
        self._pause = threading.Event()
        self._again: Callable[[], None] | None = None
        self.queue = JobQueue(self)
        self.state: JobState | None = None
        self._told.connect(self._set)
        self._timer = QTimer(self)
        self._timer.setInterval(PROGRESS_INTERVAL)
        self._timer.timeout.connect(self._read_progress)

    @property
    def active(self) -> bool:
        return self.state is not None and self.state.active

    @property
    def waiting(self) -> bool:
        """True while another job waits for this one to end."""
        return bool(self.queue.jobs)

    @property
    def can_resume(self) -> bool:
        """The sweep that ran last is paused and can go on."""
        return self._again is not None and not self.active

    def run(
        self, request: "RunRequest", settings: "Settings", title: str = "", *, methods: Mapping[str, str] = NONE
    ) -> None:
        """Run one arm; while another job runs it waits its turn. `methods` are files to be loaded before."""
        work = lambda: self._run_arm(_loaded(request, methods, settings), settings)  # noqa: E731 - the thread's work
        self._begin(title or f"{request.memory} on {request.suite}", _host(request, settings), work)

    def sweep(
        self,
        request: "SweepRequest",
        settings: "Settings",
        title: str = "",
        *,
        resume: int | None = None,
        methods: Mapping[str, str] = NONE,
        driving: "Driving | None" = None,
        pilot: int | None = None,
        done: Callable[[Any], None] | None = None,
    ) -> None:
        """Run a sweep, continue one, or begin one with a pilot of so many tasks; `done` gets its SweepResult."""
        title = title or f"sweep on {request.base.suite}"

        def work() -> Any:
            loaded = replace(request, base=_loaded(request.base, methods, settings))
            return self._run_sweep(loaded, settings, resume, driving, pilot)

        def again() -> None:
            sweep = self.state.sweep if self.state is not None else None
            self.sweep(request, settings, title, resume=sweep, methods=methods, driving=driving)

        self._begin(title, _host(request.base, settings) or _cluster(driving), work, done, again)

    def experiment(self, request: "ExperimentRequest", settings: "Settings", title: str = "") -> None:
        """Run both sides of an experiment; one that was begun before goes on. As above."""
        work = lambda: self._run_experiment(request, settings)  # noqa: E731 - the thread's work
        self._begin(title or f"experiment on {request.bank}", _host(request.run, settings), work)

    def label(self, bank: int, items: Sequence[int], profile: "Profile", title: str) -> None:
        """Ask a model for the stages of items. As above."""
        self._begin(title, profile.host, partial(self._label, bank, items, profile))

    def do(self, title: str, host: str, work: Work, done: Callable[[Any], None] | None = None) -> None:
        """Any other long work that a person may stop; while another job runs it waits its turn.

        Parameters
        ----------
        host
            Where its calls go, empty for nowhere.
        work
            Called in the job's thread with what tells it to stop, and with what is to be told the runs it makes and the
            tasks of each (0 where it counts by itself, with `count`). Nothing in it computes for long in this process.
        done
            Gets what `work` returned, on the GUI thread, if it came to its end.
        """
        self._begin(title, host, lambda: work(self._cancel, self._begun), done)

    def count(self, noun: str, done: int, total: int) -> None:
        """What the job's own work counts; from any thread."""
        from rb_studio.jobs.progress import Progress

        if self.state is not None and self.state.active:
            self._told.emit(replace(self.state, phase="running", progress=Progress(done, total, noun=noun)))

    def stop(self) -> None:
        """Stop the running job; what is committed stays, and so does the queue, which waits until it is let go on."""
        if self.active:
            self.queue.hold(self.waiting)
            self._cancel.set()
            self._set(replace(self._present, phase="stopping"))

    def pause(self) -> None:
        """Let the running sweep finish what is under way, and then wait; the queue waits with it."""
        if self.state is not None and self.state.can_pause:
            self.queue.hold(self.waiting)
            self._pause.set()
            self._set(replace(self.state, phase="pausing"))

    def resume(self) -> None:
        """Go on with the sweep that was paused last."""
        if self._again is not None and not self.active:
            self._again()

    def go_on(self) -> None:
        """Let the queue go on by itself."""
        self.queue.hold(False)
        self._begin_next()

    def close(self) -> None:
        """Stop and wait for the job's thread."""
        self._timer.stop()
        self.queue.clear()
        self._cancel.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def _present(self) -> JobState:
        assert self.state is not None
        return self.state

    def _begin(
        self,
        title: str,
        host: str,
        work: Callable[[], Any],
        done: Callable[[Any], None] | None = None,
        again: Callable[[], None] | None = None,
    ) -> None:
        if self.active:
            self.queue.add(title, host, lambda: self._begin(title, host, work, done, again))
            return
        self._cancel, self._pause = threading.Event(), threading.Event()
        self._watch = self._result = None
        self._done, self._again = done, again
        self._set(JobState(title, "starting", network=host))
        self._session.watch_feed(True)
        self._thread = threading.Thread(target=self._work, args=(work,), name="job", daemon=True)
        self._thread.start()
        self._timer.start()

    def _begin_next(self) -> None:
        job = None if self.active else self.queue.next()
        if job is not None:
            job.begin()

    def _work(self, work: Callable[[], Any]) -> None:
        """The job's thread: drive, then tell how it ended."""
        phase, detail = "finished", ""
        try:
            self._result = work()
        except Cancelled as stopped:
            phase, detail = "cancelled", in_window(str(stopped))
        except RbStudioError as error:
            phase, detail = ENDED_BY.get(type(error).__name__, "failed"), in_window(str(error))
        except Exception as error:
            log.exception("the job broke")
            phase, detail = "failed", f"the job broke ({type(error).__name__}: {error}); see the log"
        if self.state is not None:
            self._told.emit(replace(self.state, phase=phase, detail=detail))

    def _run_arm(self, request: "RunRequest", settings: "Settings") -> None:
        from rb_studio.jobs.run import run_arm

        run_arm(self._session.workspace, request, settings, cancel=self._cancel, on_begun=self._begun, isolated=True)

    def _run_sweep(
        self,
        request: "SweepRequest",
        settings: "Settings",
        resume: int | None,
        driving: "Driving | None",
        pilot: int | None,
    ) -> Any:
        from rb_studio.jobs.driving import Driving
        from rb_studio.jobs.sweep import run_sweep

        driving = driving or Driving()
        return run_sweep(
            self._session.workspace,
            request,
            settings,
            resume=resume,
            workers=driving.workers,
            executor=driving.executor,
            spend_limit=driving.spend_limit,
            pilot=pilot,
            cancel=self._cancel,
            pause=self._pause,
            on_begun=self._sweep_begun,
            isolated=True,
        )

    def _run_experiment(self, request: "ExperimentRequest", settings: "Settings") -> None:
        from rb_studio.jobs.experiments import run_experiment

        begun = partial(self._one_begun, 2 * len(set(request.seeds)))
        run_experiment(self._session.workspace, request, settings, cancel=self._cancel, on_begun=begun, isolated=True)

    def _label(self, bank: int, items: Sequence[int], profile: "Profile") -> None:
        from rb_studio.jobs.stages import label_stages

        workspace, cancel = self._session.workspace, self._cancel
        told = partial(self.count, "item")
        label_stages(workspace, bank, items, profile, cancel=cancel, told=told, isolated=True)

    def _one_begun(self, planned: int, runs: Any, tasks: int) -> None:
        """One of several runs that follow each other: the watch goes on over all of them."""
        from rb_studio.jobs.progress import Watch

        if self._watch is None:
            self._watch = Watch((), tasks, planned)
        self._watch.runs = (*self._watch.runs, *runs)
        if self.state is not None:
            self._told.emit(replace(self.state, phase="running", runs=tuple(self._watch.runs)))

    def _begun(self, runs: Any, tasks: int, sweep: int | None = None) -> None:
        from rb_studio.jobs.progress import Watch

        self._watch = Watch(tuple(runs), tasks) if tasks else None
        if self.state is not None:
            self._told.emit(replace(self.state, phase="running", runs=tuple(runs), sweep=sweep))

    def _sweep_begun(self, runs: Any, tasks: int) -> None:
        from rb_studio.store.runs import run

        self._begun(runs, tasks, run(self._session.workspace.reader(), runs[0]).sweep)

    def _set(self, state: JobState) -> None:
        before = self.state
        if before is not None and before.phase in ("stopping", "pausing") and state.phase == "running":
            state = replace(state, phase=before.phase)
        self.state = state
        if not state.active:
            self._timer.stop()
            self._session.watch_feed(False)
            if self._thread is not None and self._thread is not threading.current_thread():
                self._thread.join()
            if state.phase not in ("paused", "cancelled") or state.sweep is None:
                self._again = None
        self.changed.emit(state)
        if state.phase == "finished" and self._done is not None:
            done, self._done = self._done, None
            done(self._result)
        self._begin_next()

    def _read_progress(self) -> None:
        watch = self._watch
        if watch is not None:
            self._session.query("job progress", watch.read, self._show_progress)

    def _show_progress(self, progress: "Progress") -> None:
        if self.state is not None and self.state.active:
            self._set(replace(self.state, progress=progress))


def in_window(sentence: str) -> str:
    """A sentence of the engine without options of the command line: the window has a button that resumes."""
    sentence = re.sub(r"; (take|raise) (the limit off|it) with --spend-limit( none)? and continue.*", MEND, sentence)
    sentence = re.sub(r"[;,] (continue|give the same command) with --resume \d+( to continue it)?", "", sentence)
    return re.sub(r"leave --resume out to |, or leave --resume out$", "", sentence)


def _loaded(request: "RunRequest", methods: Mapping[str, str], settings: "Settings") -> "RunRequest":
    """The request with memory methods of one's own, each from where a person said."""
    if not methods:
        return request
    from rb_studio.jobs.plugins import with_methods

    return with_methods(request, list(methods.values()), settings)[0]


def _cluster(driving: "Driving | None") -> str:
    """The scheduler that tasks are sent to, empty for this computer's own workers."""
    return driving.executor.partition("=")[2].rpartition("/")[2] if driving is not None else ""


def _host(request: "RunRequest", settings: "Settings") -> str:
    """Where the actor's calls go; a profile that does not resolve is the job's own error to tell."""
    from rb_studio.models.registry import profile

    try:
        return profile(request.profiles.get("actor", settings.profile), settings).host
    except RbStudioError:
        return ""
