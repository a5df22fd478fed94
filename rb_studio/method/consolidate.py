"""Consolidation: how a new experience enters the arm's bank. `append` is the paper's policy."""

import numpy as np
from numpy.typing import NDArray

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Bank, Experience

POLICIES = ("append",)


def consolidate(bank: Bank, experience: Experience | None, vector: NDArray[np.float32] | None, policy: str) -> Bank:
    """The bank after a task; earlier experiences stay as they are."""
    if policy not in POLICIES:
        raise UsageError(f"consolidation {policy!r} is not available in this version; choose {', '.join(POLICIES)}")
    if experience is None:
        return bank
    return bank.folded(experience, vector)
