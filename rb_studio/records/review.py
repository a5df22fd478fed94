"""Review of new items: the policies, and what makes an item doubtful.

Under `all` every new item of a run waits as a candidate until a person accepts it, under `low-confidence` one that is
doubted for any of `REASONS`. What waits is not used, by the run that wrote it neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass

REVIEWS = ("off", "low-confidence", "all")
NEAR = 0.9
"""Cosine from which a new item nearly repeats one in use: from there on most pairs say the same in other words."""
SAME_SUBJECT = 0.7
"""Cosine from which two items speak of the same, so that one that forbids and one that does not may contradict."""

UNKNOWN_VERDICT = "unknown verdict"
NO_CITED_STEP = "no cited step"
TOO_MANY_ITEMS = "too many items"
REPAIRED_REPLY = "repaired reply"
NEAR_DUPLICATE = "near duplicate"
CONTRADICTION = "contradiction"
REASONS: Mapping[str, str] = {
    UNKNOWN_VERDICT: "this share of the task's rollouts could not be judged",
    NO_CITED_STEP: "neither the judge nor the distiller names a step it rests on",
    TOO_MANY_ITEMS: "the distiller wrote this many items, more than were asked for",
    REPAIRED_REPLY: "the distiller's reply had to be mended this many times to be read",
    NEAR_DUPLICATE: "an item in use says nearly the same (cosine)",
    CONTRADICTION: "an item in use speaks of the same (cosine), and only one of them forbids it",
}
"""Reasons as they are stored, and what each says of its number."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a new item is doubted, one of `REASONS`; `value` is the number behind it, where there is one."""

    reason: str
    value: float | None = None
