"""Axes whose places have names, as buckets and phases have."""

from rb_studio.analysis.ledger import PHASES

BUCKET, PHASE, STRETCH = "bucket", "phase", "stretch"
LEVELS = ("never", "rarely", "at times", "mostly", "always")
NAMED = {BUCKET: LEVELS, PHASE: PHASES}


def name_at(axis: str, x: float | None) -> str | None:
    """The name of a place, counted from 1; None on an axis of numbers."""
    names = NAMED.get(axis)
    return None if names is None or x is None else names[round(x) - 1]
