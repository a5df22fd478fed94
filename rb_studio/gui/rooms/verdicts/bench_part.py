"""The judge bench: rollouts judged again as a job, judges beside each other, what they differ on."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.pace import Pace
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.verdicts.bench_panel import BenchPanel
from rb_studio.gui.rooms.verdicts.commands import HIDDEN, NO_LIST, WHERE
from rb_studio.gui.rooms.verdicts.offered_bench import OFFERED
from rb_studio.gui.rooms.verdicts.parts import Part
from rb_studio.gui.rooms.verdicts.reading import CHOSEN, scope_of

if TYPE_CHECKING:
    import sqlite3

    from rb_studio.gui.rooms.verdicts.bench_dialog import BenchDialog
    from rb_studio.gui.rooms.verdicts.bench_reads import Bench
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
    from rb_studio.jobs.judging import JudgingRequest
    from rb_studio.models.settings import Settings
    from rb_studio.records.event import Event
    from rb_studio.records.judging import Judging

TITLE = "Judging again"
NOT_OPEN = "Select a judging that is not finished among the judges."
NO_DIFFERENCE = "No two judges differ on a rollout."
AT_LIMIT = "It has spent the ${:g} it may. Spend at most (US dollars in all, empty for no limit):"
NO_NUMBER = "{} is no amount: give US dollars, such as 2.50."


class BenchPart(Part):
    """Reads the judges when they are looked at, and again when a judging goes on."""

    name = "bench"

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self.panel = BenchPanel()
        self.dialog: BenchDialog | None = None
        self.chosen: list[int | None] | None = None  # whom to compare: the newest where nobody chose
        self._closed = False
        self._seen: object = None  # what stood when the judges were read
        self._pace = Pace(self._read_again, self)
        room.left.addTab(self.panel, "&Judges")
        room.left.currentChanged.connect(self._turned)
        self.panel.rollout_chosen.connect(room.presenter.select)
        self.panel.rollout_opened.connect(self._open)
        self.panel.judges.turned.connect(self._choose)
        room.frame.session.events.connect(self._events)

    def commands(self) -> list[Command]:
        bindings = {
            "verdicts.bench": Binding(self.show, self._room.sees, HIDDEN),
            "verdicts.bench.begin": Binding(self._ask, self._can_begin, NO_LIST),
            "verdicts.bench.resume": Binding(self._resume, self._can_resume, NOT_OPEN),
            "verdicts.bench.differ": Binding(self._list, self._room.sees, HIDDEN),
        }
        return bind(OFFERED, WHERE, bindings)

    def page(self) -> QWidget:
        return self.panel

    def stops(self) -> Sequence[QWidget]:
        return [self.panel.judges_table, self.panel.differ_table]

    def entered(self) -> None:
        registry = self._frame.registry
        if registry.of(WHERE) and not self.panel.property("adopted"):
            self.panel.setProperty("adopted", True)
            self.panel.adopt([registry.action(f"verdicts.bench.{act}") for act in ("begin", "resume", "differ")])
            self.panel.judges_table.selectionModel().currentRowChanged.connect(registry.refresh)

    def report_shown(self) -> None:
        """Other rollouts are looked at, or the same as they stand now."""
        self._turned()

    def place_to_keep(self) -> dict[str, Any]:
        return {} if self.chosen is None else {"compared": self.chosen}

    def restore_place(self, kept: dict[str, Any]) -> None:
        found = kept.get("compared")
        if isinstance(found, list):
            self.chosen = [one for one in found if one is None or isinstance(one, int)]

    def closing(self) -> None:
        self._closed = True
        self._pace.stop()

    def show(self) -> None:
        """The judges, with the keyboard in their table."""
        self._room.parts.bring(0)
        self._room.left.setCurrentWidget(self.panel)
        self.panel.judges_table.setFocus()

    def _can_begin(self) -> bool:
        return self._room.has_list() and self._room.sees() and self._frame.session.workspace.writable

    def _can_resume(self) -> bool:
        judging = None if (row := self.panel.current()) is None else row.judging
        if judging is None or not self._frame.session.workspace.writable:
            return False
        goes_on = judging.status == "running" and self._frame.jobs.active
        return judging.answers < judging.asked and not goes_on

    def _turned(self, _place: int = 0) -> None:
        presenter = self._room.presenter
        in_front = self._room.left.currentWidget() is self.panel
        if in_front and not self._closed and presenter.standing is not self._seen:
            self._seen = presenter.standing
            self._pace.begun()
            read = partial(_read, key=presenter.scope, chosen=self.chosen)
            self._frame.session.query("verdicts.bench", read, self._show, self._failed)

    def _failed(self, sentence: str) -> None:
        if not self._closed:
            self._pace.finished()
            self._room.show_error(sentence)

    def _read_again(self) -> None:
        self._seen = None
        self._turned()

    def _show(self, found: "Bench") -> None:
        if not self._closed:
            self._pace.finished()
            self.panel.show_bench(found)
            self._frame.registry.refresh()

    def _events(self, events: "Sequence[Event]") -> None:
        if not self._closed and any(one.table == "judging" for one in events):
            self._pace.ask()

    def _ask(self) -> None:
        """The selected rollouts, all that are listed where it is but one."""
        from rb_studio.gui.rooms.verdicts.bench_dialog import BenchDialog
        from rb_studio.jobs.judging import JudgingRequest

        selected = self._room.list.selected_ids()
        ids = selected if len(selected) > 1 else list(self._room.presenter.ids)
        self.dialog = BenchDialog(self._frame, JudgingRequest(tuple(ids), "practice"), self._room.window())
        self.dialog.asked.connect(self._begin)
        self.dialog.open()

    def _choose(self, judge: int | None, on: bool) -> None:
        """Compare a judge too, or no more."""
        shown = [row.key for row in self.panel.judges.rows() if row.compared is not None]
        before = shown if self.chosen is None else self.chosen
        self.chosen = [*before, judge] if on else [one for one in before if one != judge]
        self._read_again()

    def _resume(self) -> None:
        """Go on with a judging; one that has spent what it may is given another limit first."""
        row = self.panel.current()
        if row is None or row.judging is None:
            return
        limit = self._frame.dialogs.ask_text(TITLE, AT_LIMIT.format(row.limit), "") if row.at_limit else ""
        if limit is None:
            return
        try:
            more = float(limit or 0) if row.at_limit else None
        except ValueError:
            self._room.say(NO_NUMBER.format(limit))
            return
        self._run(row.judging.id, row.judging.profile, self._frame.settings(), more)

    def _begin(self, request: "JudgingRequest", settings: "Settings") -> None:
        self.show()
        self._run(request, request.profile, settings)

    def _run(
        self, what: "JudgingRequest | int", profile: str, settings: "Settings", max_cost: float | None = None
    ) -> None:
        from rb_studio.gui.dialogs.cost_first import host_of

        jobs, workspace = self._frame.jobs, self._frame.session.workspace

        def work(cancel: Any, _begun: Any) -> "Judging":
            from rb_studio.jobs.judging import run_judging

            told = partial(jobs.count, "verdict")
            return run_judging(
                workspace, what, settings, cancel=cancel, on_progress=told, isolated=True, max_cost=max_cost
            )

        jobs.do(TITLE, host_of(profile, settings), work, self._done)

    def _done(self, judged: "Judging") -> None:
        if not self._closed:
            ended = f" ({judged.note})" if judged.note else ""
            self._room.say(f"{judged.name}: {judged.answers:,} of {judged.asked:,} verdicts, {judged.status}{ended}.")
            self._read_again()

    def _list(self) -> None:
        rollouts = self.panel.differing()
        if rollouts:
            self._room.presenter.choose_scope(f"{CHOSEN}:{','.join(map(str, sorted(rollouts)))}")
        else:
            self._room.say(NO_DIFFERENCE)

    def _open(self, rollout: int) -> None:
        """Its verdicts where parts are tabs, else the rollout itself."""
        if self._room.parts.narrow:
            self._room.presenter.select(rollout)
            self._room.parts.bring(2)
        else:
            self._room.go.emit(Place("trajectories", {"rollout": self.panel.uid_of(rollout)}))


def _read(conn: "sqlite3.Connection", key: str, chosen: Sequence[int | None] | None) -> "Bench":
    from rb_studio.gui.rooms.verdicts.bench_reads import bench

    return bench(conn, scope_of(key), chosen)
