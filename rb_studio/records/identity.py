"""Stable identities: hashes of configurations, uids of shown rows, seeds of calls."""

import hashlib
import json
import uuid
from typing import Any

NAMESPACE = uuid.UUID("6f4f4f3a-7d0e-5b3c-9a51-2509251400ab")


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spare white space, so that equal values have equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 of a text as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def uid(*parts: object) -> str:
    """uuid5 of an ordered list of parts; the same parts always give the same uid."""
    return str(uuid.uuid5(NAMESPACE, canonical_json([str(part) for part in parts])))


def lot(seed: int, task_key: str, item_uid: str) -> float:
    """Where an item stands between 0 and 1 (excluded) in the draw that leaves items out at a task.

    Memory mode, k and arm do not enter, so arms that retrieve the same leave out the same.
    """
    text = canonical_json([seed, task_key, item_uid, "withhold"])
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 11) / 2**53


def call_seed(arm_seed: int, task_key: str, rollout_index: int, role: str, call_number: int) -> int:
    """Seed of one model call: the first 31 bits of a SHA-256.

    Memory mode, k and arm do not enter, so arms that share a prefix share its dice.
    """
    text = canonical_json([arm_seed, task_key, rollout_index, role, call_number])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
