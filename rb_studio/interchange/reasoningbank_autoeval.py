"""`<model>_autoeval.json` of google-research/reasoning-bank: a judge's verdict beside the environment's reward.

A list of one `{"idx", "gt", "rm", "thoughts", "uid"}`, or that object alone where the judge failed. `rm` null is no
verdict: the official code goes on as if it were a failure, here it is unknown.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rb_studio.interchange.foreign import episode_place, episode_rollout_uid
from rb_studio.interchange.loaded import FieldReport, LoadedFile, Rollout, RolloutTruth
from rb_studio.interchange.reasoningbank_bank import webarena_task
from rb_studio.interchange.sniff import AUTOEVAL
from rb_studio.interchange.source import Source
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.task import Task
from rb_studio.records.trajectory import ExitReason, Trajectory

MAX_ENTRIES = 10_000
_KNOWN = {"idx", "gt", "rm", "thoughts", "uid"}


def read_autoeval(source: Source) -> LoadedFile:
    """Read verdicts and rewards; each belongs to the rollout of its task in the run of its folder."""
    report = FieldReport()
    document = source.document
    entries = document if isinstance(document, list) else [document]
    if len(entries) > MAX_ENTRIES:
        source.warn(f"{len(entries):,} verdicts in one file; the first {MAX_ENTRIES:,} were read")
    found: dict[int, _Entry] = {}
    for place, value in enumerate(entries[:MAX_ENTRIES], 1):
        number = _task_number(value)
        if number is None:
            source.warn(f"entry {place} was left out: it names no task")
            report.skipped("entries that name no task")
            continue
        if number in found:
            source.warn(f"task {number} is judged twice; its last verdict was kept")
        found[number] = _Entry(value, number, source, report)
    return LoadedFile(
        str(source.path),
        AUTOEVAL,
        outcomes=tuple(one.rollout() for one in found.values()),
        truths=tuple(truth for one in found.values() for truth in one.truths()),
        verdicts=tuple(one.verdict() for one in found.values()),
        mapped=report.names("mapped"),
        guessed=report.names("guessed"),
        skipped=report.names("skipped"),
        warnings=source.warnings,
    )


class _Entry:
    """One verdict with the rollout it is about."""

    def __init__(self, value: Mapping[str, Any], number: int, source: Source, report: FieldReport) -> None:
        self.value = value
        self.source = source
        self.report = report
        self.run, self.trial = episode_place(source.path)
        self.task: Task = webarena_task(number)
        self.uid = episode_rollout_uid(self.run, self.task.key, self.trial)
        report.mapped("idx → task", "rm → verdict", "thoughts → reason", "gt → truth")
        report.guessed(f"run ← {self.run}, by the file's place")
        report.skipped(*sorted(set(value) - _KNOWN))

    def rollout(self) -> Rollout:
        """The rollout as far as this file knows it: without steps."""
        extra = {"format": AUTOEVAL, "run": self.run, "observations_known": False}
        trajectory = Trajectory(
            self.uid, self.task.key, self.trial, 0, "", (), ExitReason.IMPORTED, passes=(0,), extra=extra
        )
        return Rollout(self.run, self.task, trajectory)

    def truths(self) -> tuple[RolloutTruth, ...]:
        reward = self.value.get("gt")
        if isinstance(reward, bool) or not isinstance(reward, (int, float)) or not 0 <= reward <= 1:
            self.source.warn(f"the reward of {self.task.key} is no number from 0 to 1; its truth is unknown")
            return ()
        truth = Truth(reward >= 1, float(reward), source="report")
        return (RolloutTruth(self.run, self.task, self.uid, truth),)

    def verdict(self) -> Verdict:
        judged, thoughts = self.value.get("rm"), self.value.get("thoughts")
        status = {True: Status.SUCCESS, False: Status.FAILURE}.get(judged) if isinstance(judged, bool) else None
        if status is None:
            why = "the judge gave no verdict" if judged is None else "what the judge said is neither true nor false"
            self.source.warn(f"{why} on {self.task.key}; it is unknown, not failure")
        reason = thoughts if isinstance(thoughts, str) else ""
        model = _judge(self.source.path)
        # The verdict is part of the identity, so that judging again adds one beside the first.
        name = uid(self.uid, "autoeval", model, status, reason)
        return Verdict(name, self.uid, status or Status.UNKNOWN, reason, source="judge", model=model)


def _task_number(value: Any) -> int | None:
    named = value.get("idx", value.get("uid")) if isinstance(value, Mapping) else None
    if isinstance(named, int) and not isinstance(named, bool) and 0 <= named < 10**11:
        return named
    found = re.fullmatch(r"(?:webarena\.)?(\d{1,11})", named) if isinstance(named, str) else None
    return int(found[1]) if found else None


def _judge(path: Path) -> str:
    """The judge's model, which stands in the file's name."""
    return path.name.partition("_autoeval")[0] if "_autoeval" in path.name else ""
