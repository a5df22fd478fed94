"""The feed: what happened, as pointers to rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """A pointer in the store's feed: row `row` of `table` changed for `run`."""

    id: int
    run: int | None
    kind: str
    table: str
    row: int
    at: str
