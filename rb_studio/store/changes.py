"""What an operation changed: views decide from it whether they are stale."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """The result of every operation.

    `ids` maps a table to the row ids that were added or altered; a table named without ids changed in
    a way not worth listing. `operation` is its row in the journal (None: nothing changed, nothing
    journalled), `who` asked for it.
    """

    label: str
    who: str
    tables: tuple[str, ...] = ()
    ids: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    operation: int | None = None

    @property
    def empty(self) -> bool:
        """True when the file is as it was before."""
        return not self.tables
