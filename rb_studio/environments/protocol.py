"""The protocol every environment implements."""

from typing import Protocol

from rb_studio.records.judgement import Truth
from rb_studio.records.task import Task
from rb_studio.records.trajectory import Observation, State


class Environment(Protocol):
    """One rollout's world. A new rollout resets all state; nothing leaks between rollouts.

    `domain` (web, answer or swe) chooses the prompts. `step` takes the action as the agent wrote it and never
    raises for a bad one: the observation carries the error, and whether the action sent an answer. Faults
    of the world itself raise `EnvironmentFailure`.
    """

    @property
    def domain(self) -> str: ...

    def reset(self, task: Task, seed: int) -> Observation: ...

    def step(self, action: str) -> Observation: ...

    def state(self) -> State:
        """Where things stand after the last action, as plain values."""
        ...

    def restore(self, state: State) -> Observation:
        """Go back to a state of the same task; raises `RestoreUnsupported` where impossible."""
        ...

    def grade(self) -> Truth:
        """Compare the outcome with the task's grading; repeatable, without side effects."""
        ...

    def close(self) -> None: ...
