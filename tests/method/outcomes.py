"""Comparing what tasks produced."""

from dataclasses import fields, is_dataclass

import numpy as np

TIMES = frozenset({"started_at", "ended_at", "elapsed", "latency"})


def plain(value, without=TIMES):
    """A record as plain values, without times."""
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name), without) for f in fields(value) if f.name not in without}
    if isinstance(value, tuple | list):
        return [plain(one, without) for one in value]
    if isinstance(value, dict):
        return {key: plain(one, without) for key, one in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value
