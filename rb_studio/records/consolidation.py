"""Consolidation policies as they are written: a name, and for some a number."""

import re
from dataclasses import dataclass

from rb_studio.records.arm import CONSOLIDATIONS
from rb_studio.records.errors import UsageError

NEAR_DUPLICATE = 0.9
CAP = 100
_FORM = re.compile(r"(?P<name>[a-z-]+)(?::(?P<number>\d*\.?\d+))?(?P<items>:items)?")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with its number: the cosine from which items are near duplicates, or how many are kept."""

    name: str
    number: float = 0.0
    of_items: bool = False

    @property
    def compares(self) -> bool:
        """Whether items are compared with each other, which takes their vectors."""
        return self.name in ("skip-near-duplicates", "llm-merge")

    @property
    def counts(self) -> bool:
        """Whether it goes by how the tasks came out."""
        return self.name == "cap"


def parse_policy(text: str) -> Policy:
    """`append`, `skip-near-duplicates[:COSINE]`, `llm-merge`, `cap[:N[:items]]`. Raises `UsageError`."""
    form = _FORM.fullmatch(text)
    name = form["name"] if form else text
    if form is None or name not in CONSOLIDATIONS:
        raise UsageError(f"consolidation {text!r} is unknown; choose {', '.join(CONSOLIDATIONS)}")
    number = None if form["number"] is None else float(form["number"])
    if name == "cap" and (number is None or (number >= 1 and number.is_integer())):
        return Policy(name, CAP if number is None else number, bool(form["items"]))
    if name == "skip-near-duplicates" and not form["items"] and (number is None or 0 < number <= 1):
        return Policy(name, NEAR_DUPLICATE if number is None else number)
    if number is None and not form["items"] and name != "cap":
        return Policy(name)
    raise UsageError(
        f"consolidation {text!r} cannot be read: write skip-near-duplicates:0.9 with a cosine up to 1, "
        "cap:100 for experiences, cap:300:items for items, append or llm-merge without a number"
    )


def spelled(text: str) -> str:
    """A policy with its number written out, so that a default and its number are one arm; unreadable text as it is."""
    try:
        policy = parse_policy(text)
    except UsageError:
        return text
    if policy.name == "cap":
        return f"cap:{int(policy.number)}{':items' if policy.of_items else ''}"
    return f"{policy.name}:{policy.number:g}" if policy.number else policy.name
