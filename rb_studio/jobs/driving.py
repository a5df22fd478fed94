"""How a sweep is driven: where its tasks run, for how much money, and when it holds. Nothing of it changes a result."""

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rb_studio.store.spending import Spent, spent
from rb_studio.store.workspace import Workspace

LOCAL = "local"
ON_REQUEST = "on request"
NO_LIMIT = math.inf


@dataclass(frozen=True, slots=True)
class Driving:
    """`executor` as `check_executor` takes it, `workers` at most (None: one a core).

    `spend_limit` is in US dollars over the whole sweep, however often it is taken up again; None is no limit.
    """

    executor: str = LOCAL
    workers: int | None = None
    spend_limit: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is as usual is left out."""
        usual = asdict(Driving())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Driving":
        """How a stored sweep was driven; what this version cannot read is as usual."""
        workers, limit, executor = (data.get(name) for name in ("workers", "spend_limit", "executor"))
        return cls(
            executor if isinstance(executor, str) else LOCAL,
            workers if isinstance(workers, int) and workers > 0 else None,
            float(limit) if isinstance(limit, int | float) and limit >= 0 else None,
        )

    def again(self, before: "Driving") -> "Driving":
        """How a sweep goes on: as said now, where nothing is said as before.

        Where it runs is said each time: a workspace from elsewhere sends nothing to an address it brings along.
        """
        limit = before.spend_limit if self.spend_limit is None else self.spend_limit
        return replace(self, workers=self.workers or before.workers, spend_limit=limit).settled()

    def settled(self) -> "Driving":
        """Without a limit that is none."""
        return replace(self, spend_limit=None) if self.spend_limit == NO_LIMIT else self


class Brakes:
    """Tells a driver to hold: a person asked for it, or the spend limit is reached.

    Parameters
    ----------
    runs
        The runs whose calls are paid from the limit; what is committed counts.
    pause
        Set to hold.
    limit
        US dollars; None for no limit.
    """

    def __init__(self, workspace: Workspace, runs: Sequence[int], pause: threading.Event, limit: float | None) -> None:
        self._workspace, self._runs, self._pause, self._limit = workspace, runs, pause, limit
        self._spent = Spent(0, 0.0)
        self.reason = ""
        self.mend = ""

    def __call__(self) -> str:
        """Why nothing new is to start, empty to go on; once said it stays."""
        if not self.reason and self._limit is not None:
            self._look_at_money(self._limit)
        if not self.reason and self._pause.is_set():
            self.reason = ON_REQUEST
        return self.reason

    def _look_at_money(self, limit: float) -> None:
        new = spent(self._workspace.reader(), self._runs, self._spent.last_call)
        if self._spent.cost is None or new.cost is None:
            self.reason = "as its endpoint reports no usage for some calls and its spend limit cannot be held"
            self.mend = "take the limit off with --spend-limit none"
            return
        self._spent = Spent(None, self._spent.cost + new.cost, new.last_call)
        if self._spent.cost is not None and self._spent.cost >= limit:
            self.reason = f"at its spend limit of {dollars(limit)}: {dollars(self._spent.cost)} is spent"
            self.mend = "raise it with --spend-limit"


def dollars(amount: float) -> str:
    """US dollars, in cents or as fine as there is something to see."""
    return f"${amount:,.2f}" if amount >= 0.1 or not amount else f"${amount:.2g}"
