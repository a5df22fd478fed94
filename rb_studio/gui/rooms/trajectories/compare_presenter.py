"""The comparison on screen: which rollouts, which row, what is asked for. No widgets."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from rb_studio.gui.rooms.trajectories.asking import Asking
from rb_studio.gui.rooms.trajectories.compare_reads import Chosen, Compared, named, read_compared

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.session import Session


class CompareView(Protocol):
    """What the presenter shows on."""

    def show_waiting(self) -> None: ...
    def show_comparison(self, compared: Compared) -> None: ...
    def show_row(self, row: int) -> None: ...
    def show_problem(self, sentence: str) -> None: ...


class ComparePresenter:
    """Reads off the GUI thread; `compared` is what is on screen. Rows count from 0."""

    def __init__(self, session: "Session", view: CompareView) -> None:
        self._asking, self._view = Asking(session), view
        self.compared: Compared | None = None
        self.row = 0
        self._wanted_row: int | None = None
        self.wanted: Chosen = ()

    def compare_rows(self, ids: Sequence[int]) -> None:
        """Compare rollouts by the ids of their rows."""
        self._begin(())
        self._asking.query("compare", lambda conn: read_compared(conn, named(conn, ids)), self._show, self._failed)

    def compare(self, chosen: Chosen, row: int | None = None) -> None:
        """Compare rollouts by run and uid, at a row or else where they part."""
        self._begin(chosen, row)

        def read(conn: "Connection") -> Compared:
            return read_compared(conn, chosen)

        self._asking.query("compare", read, self._show, self._failed)

    @property
    def live(self) -> set[int]:
        """The runs of those that have no end yet."""
        sides = self.compared.found.sides if self.compared is not None else ()
        return {side.run for side in sides if not side.trajectory.ended_at}

    def read_again(self, done: Callable[[], None]) -> None:
        """Bring what is compared up to date, at the row of the same steps; `done` is called whatever came of it."""
        chosen, before = self.wanted, self.compared

        def arrived(compared: Compared) -> None:
            done()
            if before is not None and before is self.compared and compared.cells != before.cells:
                self.compared = compared
                self._view.show_comparison(compared)
                self.go_to(_same_row(before, compared, self.row))

        self._asking.query("compare again", lambda conn: read_compared(conn, chosen), arrived, lambda _: done())

    def go_to(self, row: int) -> None:
        """Another row; beyond an end the last or the first."""
        if self.compared is not None and self.compared.cells:
            self.row = max(0, min(row, len(self.compared.cells) - 1))
            self._view.show_row(self.row)

    def to_divergence(self) -> None:
        """To the first row that is not the same."""
        if self.compared is not None and self.compared.first is not None:
            self.go_to(self.compared.first)

    def to_difference(self, forward: bool) -> None:
        """To the next row that is not the same, or the one before; from an end to the other one."""
        if self.compared is None or not self.compared.differences:
            return
        found = self.compared.differences if forward else self.compared.differences[::-1]
        beyond = [row for row in found if (row > self.row if forward else row < self.row)]
        self.go_to((beyond or found)[0])

    def kept(self) -> dict[str, Any]:
        return {"chosen": [list(one) for one in self.wanted], "row": self.row}

    def restore(self, kept: Mapping[str, Any]) -> bool:
        """Compare what was compared; False where nothing was, or what is kept is damaged."""
        chosen = as_chosen(kept.get("chosen"))
        row = kept.get("row")
        if chosen:
            self.compare(chosen, row if isinstance(row, int) else None)
        return bool(chosen)

    def close(self) -> None:
        self._asking.close()

    def _begin(self, chosen: Chosen, row: int | None = None) -> None:
        self.wanted, self._wanted_row, self.compared = chosen, row, None
        self._view.show_waiting()

    def _show(self, compared: Compared) -> None:
        self.compared, self.wanted = compared, compared.chosen
        self.row = 0
        self._view.show_comparison(compared)
        self.go_to(compared.first or 0 if self._wanted_row is None else self._wanted_row)

    def _failed(self, sentence: str) -> None:
        self.wanted = ()
        self._view.show_problem(sentence)


def _same_row(before: Compared, after: Compared, row: int) -> int:
    """Where a row of steps is now."""
    steps = before.found.alignment.rows[row].steps
    there = [
        place
        for place, one in enumerate(after.found.alignment.rows)
        if any(here is not None and here == now for here, now in zip(steps, one.steps, strict=True))
    ]
    return there[0] if there else row


def as_chosen(value: Any) -> Chosen:
    """Pairs of run and uid out of plain JSON; nothing where it is something else."""
    try:
        return tuple((int(run), str(uid)) for run, uid in value or ())
    except (TypeError, ValueError):
        return ()
