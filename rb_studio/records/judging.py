"""Judgings: stored rollouts judged once more, apart from what stands."""

from dataclasses import dataclass

from rb_studio.records.calls import LlmCall
from rb_studio.records.judgement import Verdict


@dataclass(frozen=True, slots=True)
class Judging:
    """A selection of rollouts put before one judge, each `times` times.

    `profile` is the name it was asked by, `model` its identity; `prompt_hash` is empty where the rollouts' suites have
    prompts of their own. `status` is one of `runs.RUN_STATUSES`. `rollouts` counts what is to be judged, `answers` the
    verdicts there are, `skipped` rollouts of the selection that could not be judged.
    """

    id: int
    uid: str
    name: str
    profile: str
    model: str
    prompt_hash: str | None
    times: int
    status: str
    note: str
    simulated: bool
    created_at: str
    ended_at: str | None
    rollouts: int = 0
    answers: int = 0
    skipped: int = 0

    @property
    def asked(self) -> int:
        """How many verdicts there will be."""
        return self.rollouts * self.times


@dataclass(frozen=True, slots=True)
class JudgeAnswer:
    """What came of one ask about a rollout, by its row: every attempt's call, and a verdict unless the endpoint failed.

    `ask` counts from 0.
    """

    rollout: int
    ask: int
    calls: tuple[LlmCall, ...]
    verdict: Verdict | None
    failure: str = ""
