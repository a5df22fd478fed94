"""What a task needs to run, handed in from outside: models, environment, prompts, clock, cancel."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rb_studio.environments.graders.llm import Ask
from rb_studio.environments.protocol import Environment
from rb_studio.method.prompts import PromptSet
from rb_studio.models.protocol import ChatModel, Embedder
from rb_studio.records.calls import CallSettings
from rb_studio.records.errors import Cancelled
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.outcome import LiveEvent, TaskOutcome
from rb_studio.records.task import Task

if TYPE_CHECKING:
    from rb_studio.method.own import Runner


def utc_now() -> str:
    """The time as ISO-8601 UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ignore(event: LiveEvent) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Tools:
    """The outside world of a task.

    `models` and `settings` go by role (actor, judge, distiller, selector, grader). `open_environment` also
    gets the way to ask the grader's model. `grade` asks the environment for its truth; only the driver's side
    knows how. `pool` runs the rollouts of a task side by
    side; without it they run one after another. `cancel` is set to stop. `given` is what another arm made of the same
    task: rollouts that are equal are taken over from it.
    `human` is a person's verdict on an earlier rollout of the task. `methods` runs memory methods of one's own, by
    name.
    """

    models: Mapping[str, ChatModel]
    open_environment: Callable[[Task, Ask], Environment]
    grade: Callable[[Environment], Truth]
    embedder: Embedder | None = None
    settings: Mapping[str, CallSettings] = field(default_factory=dict)
    prompts: PromptSet = field(default_factory=PromptSet.with_overrides)
    on_event: Callable[[LiveEvent], None] = ignore
    cancel: threading.Event = field(default_factory=threading.Event)
    now: Callable[[], str] = utc_now
    pool: Executor | None = None
    human: Verdict | None = None
    given: TaskOutcome | None = None
    methods: "Mapping[str, Runner]" = field(default_factory=dict)

    def check_cancelled(self) -> None:
        """Raise `Cancelled` once stop was asked for."""
        if self.cancel.is_set():
            raise Cancelled("stopped on request; finished tasks are kept")
