"""Write verdicts as google-research/reasoning-bank keeps them, one an episode: `webarena.ID/JUDGE_autoeval.json`.

Its memory scripts open the file of a task's folder, take the first object of the list and go by `rm`; anything but true
is a failure to them, so a verdict that is unknown is written as null and counted aloud.
"""

import json
import logging
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.reasoningbank_bank import WEBARENA
from rb_studio.interchange.source import clean_text
from rb_studio.records.judgement import Status

log = logging.getLogger(__name__)

JUDGE = "judge"
_UNSAFE = re.compile(r"[^\w.+-]+")
_RM = {Status.SUCCESS: True, Status.FAILURE: False}


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged rollout: `trial` counts those of its task in one run, `gt` is the environment's reward or None."""

    run: str
    task_key: str
    trial: int
    judge: str
    status: Status
    reason: str
    gt: float | None


def write_autoeval(judged: Iterable[Judged], target: Path) -> int:
    """Write a folder and return the number of verdicts; tasks that are not WebArena's have no number and are left out.

    Several trials of a task stand in `results_0`, `results_1`, ... and several runs in folders of their own, as the
    official scripts have them. A folder that cannot be written to its end is taken away again. Raises CannotWrite.
    """
    numbered = [(one, number) for one in judged if (number := _number(one.task_key)) is not None]
    runs = {one.run for one, _ in numbered}
    trials = {one.run for one, _ in numbered if one.trial}
    fresh = not target.exists()
    try:
        for one, number in numbered:
            place = target / _safe(one.run) if len(runs) > 1 else target
            place = place / f"results_{one.trial}" if one.run in trials else place
            with writing(place / f"{WEBARENA}.{number}" / f"{_safe(one.judge) or JUDGE}_autoeval.json") as file:
                json.dump([_entry(one, number)], file)
    except BaseException:
        if fresh:
            shutil.rmtree(target, ignore_errors=True)
        raise
    unknown = sum(one.status not in _RM for one, _ in numbered)
    if unknown:
        log.warning("%s: unknown verdicts, which the official code takes for failures: %d", target, unknown)
    return len(numbered)


def _entry(one: Judged, number: int) -> dict[str, Any]:
    return {"idx": number, "gt": one.gt, "rm": _RM.get(one.status), "thoughts": clean_text(one.reason), "uid": number}


def _number(task_key: str) -> int | None:
    suite, _, name = task_key.partition("/")
    return int(name) if suite == WEBARENA and name.isdecimal() and name.isascii() and len(name) < 12 else None


def _safe(name: str) -> str:
    return _UNSAFE.sub("-", name).strip("-.")
