"""Building the tools of a task inside whichever process runs it."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rb_studio.environments.graders.llm import Ask
from rb_studio.environments.protocol import Environment
from rb_studio.environments.registry import open_environment
from rb_studio.jobs.method_host import MethodHost
from rb_studio.method.prompts import PromptSet
from rb_studio.method.tools import Tools, ignore
from rb_studio.models.profile import Profile
from rb_studio.models.protocol import ChatModel, Embedder
from rb_studio.models.registry import DEFAULT_EMBEDDER, chat_model, embedder, share_vectors
from rb_studio.records.calls import CallSettings
from rb_studio.records.errors import Cancelled
from rb_studio.records.judgement import Truth
from rb_studio.records.outcome import LiveEvent
from rb_studio.records.own_method import MethodSource
from rb_studio.records.task import Grading, Suite, Task

# The paper's temperatures (appendix): 0.7 to act, 0 to judge, 1.0 to distil.
TEMPERATURES = {"actor": 0.7, "judge": 0.0, "distiller": 1.0, "selector": 0.0, "grader": 0.0}
CHAT_ROLES = tuple(TEMPERATURES)
POLL_SECONDS = 0.2
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a process needs to build the tools; picklable, holds no key.

    `profiles` maps each chat role to its profile; `prompts` are the workspace's own texts laid over the
    shipped ones; `concurrency` counts rollouts in flight. `methods` are memory methods of one's own, each
    call of which may take `method_seconds`. `shelf` is a file through which a job's processes on this machine
    share the packaged embedder's vectors.
    """

    profiles: Mapping[str, Profile]
    embedder: str | Profile = DEFAULT_EMBEDDER
    prompts: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 1
    methods: tuple[MethodSource, ...] = ()
    method_seconds: float = 60.0
    shelf: Path | None = None

    @property
    def simulated(self) -> bool:
        """True when the practice model fills any role."""
        return any(profile.name == "practice" for profile in self.profiles.values())


class _Stop(threading.Event):
    """Set by itself, and with the event a person stops by, which it never sets: that one may serve further jobs."""

    def __init__(self, asked: threading.Event | None) -> None:
        super().__init__()
        self._asked = asked

    def is_set(self) -> bool:
        return super().is_set() or (self._asked is not None and self._asked.is_set())

    def wait(self, timeout: float | None = None) -> bool:
        if self._asked is None:
            return super().wait(timeout)
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = POLL_SECONDS if until is None else min(POLL_SECONDS, until - time.monotonic())
            if left <= 0:
                return False
            super().wait(left)
        return True


class Toolbox:
    """Models and embedder of one setup, shared by all tasks a process runs.

    Closing it stops its own tasks; `cancel` is left as it is.
    """

    def __init__(self, setup: Setup, cancel: threading.Event | None = None) -> None:
        self.setup = setup
        if setup.shelf is not None:
            share_vectors(setup.shelf)
        self.cancel: threading.Event = _Stop(cancel)
        self.prompts = PromptSet.with_overrides(setup.prompts)
        self._by_profile: dict[str, ChatModel] = {}
        self.models = {role: self._model(setup.profiles[role]) for role in CHAT_ROLES}
        self.settings = {role: _settings(role, setup.profiles[role]) for role in CHAT_ROLES}
        self.methods = {source.name: MethodHost(source, setup.method_seconds) for source in setup.methods}
        self._embedder: Embedder | None = None
        self.pool: Executor | None = None
        if setup.concurrency > 1:
            self.pool = ThreadPoolExecutor(setup.concurrency, thread_name_prefix="rollout")

    @property
    def embedder(self) -> Embedder:
        """Loaded when first needed."""
        if self._embedder is None:
            self._embedder = embedder(self.setup.embedder)
        return self._embedder

    def tools(
        self,
        suite: Suite,
        gradings: Mapping[str, Grading],
        *,
        embedding: bool,
        on_event: Callable[[LiveEvent], None] = ignore,
    ) -> Tools:
        """The tools of a suite's tasks; an embedder comes along only for arms that need one."""

        def opened(task: Task, ask: Ask) -> Environment:
            return open_environment(suite, gradings.get(task.key) or Grading(task.key, "none"), llm=ask)

        return Tools(
            models=self.models,
            open_environment=opened,
            grade=_grade,
            embedder=self.embedder if embedding else None,
            settings=self.settings,
            prompts=self.prompts,
            cancel=self.cancel,
            pool=self.pool,
            on_event=on_event,
            methods=self.methods,
        )

    def result(self, future: "Future[T]") -> T:
        """What a future gives; `Cancelled` as soon as stop is asked for, whatever is in flight."""
        while not wait([future], timeout=POLL_SECONDS).done:
            if self.cancel.is_set():
                raise Cancelled("stopped on request")
        return future.result()

    def close(self) -> None:
        """Stop what is in flight and let go of models, embedder and threads."""
        self.cancel.set()
        for model in self._by_profile.values():
            model.close()
        for method in self.methods.values():
            method.close()
        if self._embedder is not None:
            self._embedder.close()
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def _model(self, profile: Profile) -> ChatModel:
        key = f"{profile.name} {sorted(profile.extra.items())}"
        if key not in self._by_profile:
            self._by_profile[key] = chat_model(profile)
        return self._by_profile[key]


def _settings(role: str, profile: Profile) -> CallSettings:
    """A profile's own temperature goes before the paper's; judging stays at its role's."""
    fixed = role in ("judge", "selector", "grader") or profile.temperature is None
    return CallSettings(TEMPERATURES[role] if fixed else profile.temperature, profile.max_tokens)


def _grade(environment: Environment) -> Truth:
    return environment.grade()
