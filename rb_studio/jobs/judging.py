"""Judging stored rollouts again: another judge, another prompt, or the same one several times.

What a judging says is kept apart and changes no figure. It is committed as it comes, so a stop keeps it and the same
judging goes on from there.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rb_studio.environments.registry import domain_of
from rb_studio.jobs.aside import aside
from rb_studio.jobs.estimates import Estimate, estimate, identity, of_calls
from rb_studio.jobs.judging_work import JudgeFailed as JudgeFailed
from rb_studio.jobs.judging_work import Work, about, ask_aside, asked
from rb_studio.jobs.plan import DEFAULT_CONCURRENCY
from rb_studio.jobs.toolbox import CHAT_ROLES, Setup
from rb_studio.method.prompts import PromptSet, check, shipped
from rb_studio.method.render import answer_text, observations_text, steps_text
from rb_studio.models.prices import priced
from rb_studio.models.profile import Profile
from rb_studio.models.registry import profile as profile_of
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import digest
from rb_studio.records.judging import Judging
from rb_studio.store import judgings, prompts, rollouts, suites
from rb_studio.store.rows import select_in
from rb_studio.store.workspace import Workspace

PRACTICE = "practice"
MOST_TIMES = 100
SAMPLE = 20


@dataclass(frozen=True, slots=True)
class JudgingRequest:
    """Which rollouts, by row id, are put before whose judge, how often; `prompts` are other texts by prompt's name.

    `max_cost` (US dollars) pauses the judging once so much is spent.
    """

    rollouts: tuple[int, ...]
    profile: str
    prompts: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    name: str = ""
    max_cost: float | None = None

    def check(self) -> None:
        """Raises UsageError for what cannot be asked."""
        if not self.rollouts:
            raise UsageError("there is no rollout to judge: choose some that are over")
        if not 1 <= self.times <= MOST_TIMES:
            raise UsageError(f"a judge is asked 1 to {MOST_TIMES} times, not {self.times}")
        for name, text in self.prompts.items():
            if name.partition(".")[0] != "judge":
                named = ", ".join(one for one in shipped() if one.partition(".")[0] == "judge")
                raise UsageError(f"{name} is no prompt of the judge: give one of {named}")
            check(name, text)


def estimate_judging(conn: sqlite3.Connection, request: JudgingRequest, settings: Settings) -> Estimate:
    """What a judging will take, one call an ask; from the judge's calls in runs, else those of earlier judgings."""
    request.check()
    chosen = profile_of(request.profile, settings)
    _check_limit(request.max_cost, chosen)
    targets = _targets(conn, request.rollouts)
    calls = len(targets) * request.times
    told = estimate(conn, "judge", chosen, calls, characters=_characters(conn, targets, request))
    known = judgings.call_means(conn, identity(chosen))
    if told.basis or not known.calls:
        return told
    return of_calls(known, chosen, calls, f"from {known.calls:,} stored judge call{'' if known.calls == 1 else 's'}")


def run_judging(
    workspace: Workspace,
    request: JudgingRequest | int,
    settings: Settings,
    *,
    cancel: threading.Event | None = None,
    on_begun: Callable[[int], None] = lambda judging: None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    isolated: bool = False,
    max_cost: float | None = None,
) -> Judging:
    """Ask a judge about rollouts, or take up a judging by its number, which asks what has no answer yet.

    Parameters
    ----------
    on_begun
        Gets the judging's number once it is committed, before anything is asked.
    on_progress
        Called with (done, total) asks of this judging.
    isolated
        Ask in a process of its own, so that a window is never held up; a stop ends it at once.
    max_cost
        Another limit for a judging that is taken up (US dollars, 0 for none), in place of its own.

    Returns
    -------
    Judging
        Finished, or paused where the limit is reached or some asks got no answer.

    Raises
    ------
    UsageError
        There is nothing to judge, no such judging, or its profile is another model by now.
    JudgeFailed
        The endpoint gives no answer.
    Cancelled
        Stop was asked for; the answers before are kept.
    """
    conn = workspace.reader()
    number = request if isinstance(request, int) else _create(workspace, request, settings)
    begun = judgings.judging(conn, number)
    on_begun(number)
    if begun.answers >= begun.asked:
        return begun
    setup = _setup(conn, begun, settings)
    if max_cost is not None:
        _check_limit(max_cost or None, setup.profiles["judge"])
        workspace.run(lambda db: judgings.set_limit(db, number, max_cost or None))
    work = Work(workspace, begun, judgings.config(conn, number).get("max_cost"), cancel, on_progress)
    workspace.run(lambda db: judgings.set_status(db, number, "running"))
    return work.through(partial(_ask, workspace, number, setup, work, cancel, isolated))


def _ask(
    workspace: Workspace, number: int, setup: Setup, work: Work, cancel: threading.Event | None, isolated: bool
) -> None:
    """Put every open ask before the judge; the work hears what it says."""
    if isolated:
        aside(ask_aside, workspace.path, number, setup, heard=work.hear, tick=work.tick)
        return
    with closing(asked(workspace, number, setup, cancel)) as answers:
        for answer in answers:
            work.hear(answer)
            work.tick()


def _create(workspace: Workspace, request: JudgingRequest, settings: Settings) -> int:
    """The row of a new judging with its selection, and the texts it asks with. Raises UsageError."""
    request.check()
    conn = workspace.reader()
    chosen = profile_of(request.profile, settings)
    _check_limit(request.max_cost, chosen)
    targets = _targets(conn, request.rollouts)
    if not targets:
        raise UsageError("no task of these rollouts is stored, and a judge is shown the task: import the tasks first")
    texts = {**prompts.prompt_texts(conn), **request.prompts}
    known = PromptSet.with_overrides(texts)
    used = {known.hash(known.name("judge", domain)) for domain in _domains(conn, targets)}
    kept = {name: text for name, text in known.texts.items() if name.partition(".")[0] == "judge"}
    config = {
        "prompts": {name: digest(text) for name, text in sorted(kept.items())},
        "max_cost": request.max_cost,
        "skipped": len(set(request.rollouts)) - len(targets),
    }
    told: dict[str, Any] = {
        "profile": request.profile,
        "model": identity(chosen),
        "times": request.times,
        "simulated": chosen.name == PRACTICE,
        "name": request.name,
        "prompt_hash": used.pop() if len(used) == 1 else None,
        "config": config,
    }
    workspace.run(lambda db: prompts.record_prompts(db, kept))
    return workspace.run(lambda db: judgings.create(db, targets, **told))


def _setup(conn: sqlite3.Connection, begun: Judging, settings: Settings) -> Setup:
    """What a judging is asked with: its model and the texts it began with, whatever is in force by now."""
    chosen = profile_of(begun.profile, settings)
    if identity(chosen) != begun.model:
        raise UsageError(
            f"judging {begun.id} was asked of {begun.model}, and the profile {begun.profile} is {identity(chosen)} by "
            "now: begin another judging, or set the profile back"
        )
    found = {
        name: prompts.prompt_by_hash(conn, hashed)
        for name, hashed in judgings.config(conn, begun.id).get("prompts", {}).items()
    }
    texts = {name: version.text for name, version in found.items() if version is not None}
    concurrency = 1 if chosen.name == PRACTICE else min(DEFAULT_CONCURRENCY, chosen.concurrency)
    return Setup(dict.fromkeys(CHAT_ROLES, chosen), prompts=texts, concurrency=concurrency)


def _targets(conn: sqlite3.Connection, chosen: Sequence[int]) -> list[int]:
    """The rollouts that can be judged, each once. Raises UsageError for one that is not there or not over."""
    wanted = list(dict.fromkeys(chosen))
    rows = select_in(conn, "SELECT id, exit_reason FROM rollout WHERE id IN ({})", wanted)
    over = {row["id"] for row in rows if row["exit_reason"] is not None}
    missing = next((one for one in wanted if one not in over), None)
    if missing is not None:
        raise UsageError(f"there is no rollout {missing} that is over: choose others")
    without = judgings.unjudgeable(conn, wanted)
    return [one for one in wanted if one not in without]


def _domains(conn: sqlite3.Connection, targets: Sequence[int]) -> set[str]:
    names = select_in(
        conn,
        "SELECT DISTINCT s.name FROM rollout r JOIN task t ON t.key = r.task_key JOIN suite s ON s.id = t.suite "
        "WHERE r.id IN ({})",
        targets,
    )
    found = (suites.find(conn, row["name"]) for row in names)
    return {domain_of(suite) for suite in found if suite is not None}


def _characters(conn: sqlite3.Connection, targets: Sequence[int], request: JudgingRequest) -> int | None:
    """How long a request is, from some of the rollouts spread over the selection."""
    shown = targets[:: max(1, len(targets) // SAMPLE)][:SAMPLE]
    known = PromptSet.with_overrides({**prompts.prompt_texts(conn), **request.prompts})
    lengths = []
    for rollout in shown:
        run_id, rollout_uid, task, suite = about(conn, rollout)
        trajectory = rollouts.trajectory(conn, rollout_uid, run=run_id)
        texts = (steps_text(trajectory.steps), observations_text(trajectory), answer_text(trajectory), task.text)
        lengths.append(len(known.texts[known.name("judge", domain_of(suite))]) + sum(map(len, texts)))
    return sum(lengths) // len(lengths) if lengths else None


def _check_limit(max_cost: float | None, chosen: Profile) -> None:
    """Raises UsageError where a limit would never be reached."""
    known = priced(chosen)
    if max_cost is not None and chosen.name != PRACTICE and None in (known.price_in, known.price_out):
        raise UsageError(
            f"a limit of cost limits nothing: no prices are known for {chosen.model!r} at {chosen.host}; "
            "give them with `rb-studio profiles set NAME --price-in USD --price-out USD`"
        )
