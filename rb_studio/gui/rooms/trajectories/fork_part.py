"""Forking a rollout: asking for it, its page, and the forks beside a rollout."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.pace import Pace
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories import offered_fork
from rb_studio.gui.rooms.trajectories.asking import Asking
from rb_studio.gui.rooms.trajectories.commands import BLIND, NO_ROLLOUT, WHERE
from rb_studio.gui.rooms.trajectories.fork_page import ForkPage
from rb_studio.gui.rooms.trajectories.fork_reads import (
    ContinuationRow,
    ListedFork,
    ShownFork,
    fork_markdown,
    forks_of_rollout,
    read_fork,
)
from rb_studio.gui.rooms.trajectories.forks_panel import ForksPanel
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.jobs import JobState
    from rb_studio.jobs.fork import ForkRequest
    from rb_studio.models.settings import Settings
    from rb_studio.records.event import Event

NAME, LIST, STEP, COMPARE = "fork", "forks", "step", "compare"
NO_STEP = "There is no step to fork at."
READ_ONLY = "This workspace is open for reading only."
NO_FORK = "No fork is shown now."
MOST = 4
TOO_MANY = "Choose one to four continuations: a single one is compared with the rollout that was forked."
TITLE = "Fork at step {}"


class ForkPart(Part):
    """The page is made when a fork is shown for the first time."""

    tab = Tab("centre", NAME, "Fork", wide=True)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._asking = Asking(stage.frame.session)
        self._place = QStackedWidget()
        self._page: ForkPage | None = None
        self._runs: tuple[int, ...] = ()
        self.shown: ShownFork | None = None
        self._awaited, self._queued = "", False
        self._pace = Pace(self._read, self._place)

    def widget(self) -> QWidget:
        return self._place

    @property
    def page(self) -> ForkPage:
        if self._page is None:
            self._page = page = ForkPage(self._frame.theme)
            self._place.addWidget(page)
            self._place.setFocusProxy(page)
            page.opened.connect(self._open)
            page.compared.connect(self._compare)
            page.origin.connect(self._open_origin)
            page.copied.connect(self._copy)
            page.stopped.connect(self._frame.jobs.stop)
            page.closed.connect(self._close)
        return self._page

    def commands(self) -> list[Command]:
        shown = (self._on_screen, NO_FORK)
        bindings = {
            "trajectories.fork": Binding(self.ask, self._can_fork, self._why_not),
            "trajectories.fork.open": Binding(self._open_current, *shown),
            "trajectories.fork.compare": Binding(self._compare_chosen, *shown),
            "trajectories.fork.origin": Binding(self._open_origin, *shown),
            "trajectories.fork.copy": Binding(self._copy, *shown),
            "trajectories.fork.close": Binding(self._close, *shown),
        }
        return bind(offered_fork.PAGE, WHERE, bindings)

    def joined(self) -> None:
        self._frame.session.events.connect(self._events)
        self._frame.jobs.changed.connect(self._job_changed)

    def takes(self, target: Mapping[str, Any]) -> bool:
        """`{"fork": [run, ...]}` shows what came of it, `{"fork": "ask"}` asks for one at the step on screen."""
        asked = target.get("fork")
        if asked == "ask":
            self.ask()
        elif isinstance(asked, Sequence) and not isinstance(asked, str):
            self.show(tuple(int(run) for run in asked))
        else:
            return False
        return True

    def show(self, runs: tuple[int, ...]) -> None:
        """Bring the page of a fork."""
        if runs != self._runs:
            self._runs, self.shown = runs, None
            self.page.show_waiting()
        self._stage.bring(NAME)
        self.page.setFocus()
        self._read()

    def ask(self) -> None:
        """Ask how the rollout on screen is to be played on from the step on screen."""
        opened = self._stage.opened
        if opened is None or not self._can_fork():
            self._frame.toast(self._why_not())
            return
        from rb_studio.gui.rooms.trajectories.fork_dialog import ForkDialog

        dialog = ForkDialog(self._frame, opened.run.id, opened.row.uid, self._stage.step, self._place.window())
        dialog.asked.connect(self._begin)
        dialog.open()

    def redraw(self) -> None:
        if self._page is not None:
            self._page.redraw()

    def set_blind(self, on: bool) -> None:
        if self.shown is not None:
            self.page.show_fork(self.shown, blind=on)

    def place_to_keep(self) -> dict[str, Any]:
        return {"runs": list(self._runs), "shown": self._on_screen()}

    def restore_place(self, kept: dict[str, Any]) -> None:
        runs = kept.get("runs")
        if kept.get("shown") and isinstance(runs, list) and runs and all(isinstance(run, int) for run in runs):
            self.show(tuple(runs))

    def closing(self) -> None:
        self._asking.close()
        self._pace.stop()

    def _begin(self, request: "ForkRequest", settings: "Settings") -> None:
        """Play it in processes of its own; its page is shown as soon as it has begun."""
        from rb_studio.gui.dialogs.cost_first import host_of

        frame, workspace = self._frame, self._frame.session.workspace

        def work(cancel: Any, begun: Any) -> tuple[int, ...]:
            from rb_studio.jobs.fork import fork

            told, counted = lambda runs, _tasks: begun(runs, 0), partial(frame.jobs.count, "continuation")
            return fork(workspace, request, settings, cancel=cancel, on_begun=told, on_over=counted, isolated=True)

        self._awaited, self._queued = TITLE.format(request.step), frame.jobs.active
        stored = self._stage.opened.run.config.get("request") if self._stage.opened is not None else None
        actor = (stored or {}).get("profiles", {}).get("actor", "")
        frame.jobs.do(self._awaited, host_of(request.profile or actor, settings), work)

    def _job_changed(self, state: "JobState") -> None:
        """A fork that begins at once shows its page, one that had to wait offers it; one that ends is read again."""
        if self._awaited and state.title == self._awaited and state.runs:
            self._awaited, runs = "", tuple(state.runs)
            if self._queued:
                self._frame.toast("The fork has begun.", "Show", partial(self.show, runs))
            else:
                self.show(runs)
        elif self._awaited and state.title == self._awaited and not state.active:
            self._awaited = ""
        if not state.active and self._runs and set(self._runs) & set(state.runs):
            self._read()

    def _events(self, events: "Sequence[Event]") -> None:
        if self._on_screen() and any(event.run in self._runs for event in events):
            self._pace.ask()

    def _read(self) -> None:
        runs = self._runs
        self._pace.begun()
        self._asking.query("fork", lambda conn: read_fork(conn, runs), self._show, self._failed)

    def _show(self, shown: ShownFork) -> None:
        self._pace.finished()
        self.shown = shown
        self.page.show_fork(shown, blind=self._stage.blind)
        self._frame.registry.refresh()

    def _failed(self, sentence: str) -> None:
        self._pace.finished()
        self.page.show_problem(sentence)

    def _can_fork(self) -> bool:
        opened = self._stage.opened
        writable = self._frame.session.workspace.writable
        return writable and not self._stage.blind and opened is not None and opened.count > 0 and not opened.running

    def _why_not(self) -> str:
        """Blind, what can be left out would tell what was injected."""
        if not self._frame.session.workspace.writable:
            return READ_ONLY
        return BLIND if self._stage.blind else NO_STEP

    def _on_screen(self) -> bool:
        return bool(self._runs) and not self._place.isHidden()

    def _open_current(self) -> None:
        self.page.open_current()

    def _open(self, row: ContinuationRow) -> None:
        """A continuation in the player, at the first step that was decided anew."""
        if self.shown is not None:
            step = self.shown.result.step
            self._close()
            self._stage.open(row.row.uid, step, row.row.run)

    def _open_origin(self) -> None:
        if self.shown is not None:
            run, uid = self.shown.result.origin
            step = self.shown.result.step
            self._close()
            self._stage.open(uid, step, run)

    def _compare_chosen(self) -> None:
        self._compare(self.page.chosen())

    def _compare(self, rows: list[ContinuationRow]) -> None:
        if self.shown is None or not 1 <= len(rows) <= MOST:
            self._frame.toast(TOO_MANY)
            return
        chosen = [(row.row.run, row.row.uid) for row in rows]
        if len(chosen) == 1:
            chosen.insert(0, self.shown.result.origin)
        back = {NAME: list(self._runs)}
        self._stage.go(Place(WHERE, {COMPARE: [list(one) for one in chosen], "back": back}))

    def _copy(self) -> None:
        if self.shown is not None and not self._stage.blind:
            QGuiApplication.clipboard().setText(fork_markdown(self.shown))
            self._frame.toast("What came of the fork is copied as Markdown.")

    def _close(self) -> None:
        self._stage.bring(STEP)
        self._stage.focus()


class ForksPart(Part):
    """The list of forks beside the rollout."""

    tab = Tab("side", LIST, "Forks")

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._asking = Asking(stage.frame.session)
        self.panel = ForksPanel()
        self.panel.opened.connect(self._open)
        self.panel.fork_asked.connect(self._ask)
        self._of: tuple[int, str] | None = None
        self._forks: tuple[ListedFork, ...] = ()

    def widget(self) -> QWidget:
        return self.panel

    def commands(self) -> list[Command]:
        return bind(
            offered_fork.LIST, WHERE, {"trajectories.fork.list": Binding(self._bring, self._has_rollout, NO_ROLLOUT)}
        )

    def joined(self) -> None:
        self._frame.jobs.changed.connect(self._job_changed)

    def show_rollout(self, opened: Opened | None) -> None:
        of = (opened.run.id, opened.row.uid) if opened is not None else None
        if of != self._of:
            self._of = of
            self._read()

    def changed(self, change: ChangeRecord) -> None:
        if "run" in change.tables:
            self._read()

    def closing(self) -> None:
        self._asking.close()

    def _job_changed(self, state: "JobState") -> None:
        if state.progress is None or not state.active:
            self._read()

    def _read(self) -> None:
        of = self._of
        if of is None:
            self._show(())
            return
        self._asking.query("forks of a rollout", lambda conn: forks_of_rollout(conn, *of), self._show)

    def _show(self, forks: tuple[ListedFork, ...]) -> None:
        self._forks = forks
        self.panel.show_forks(forks, blind=self._stage.blind)

    def set_blind(self, on: bool) -> None:
        self.panel.show_forks(self._forks, blind=on)

    def _has_rollout(self) -> bool:
        return self._stage.opened is not None

    def _bring(self) -> None:
        self._stage.bring(LIST)
        self.panel.focus()

    def _open(self, runs: object) -> None:
        self._stage.go(Place(WHERE, {NAME: list(runs) if isinstance(runs, tuple) else []}))

    def _ask(self) -> None:
        self._stage.go(Place(WHERE, {NAME: "ask"}))
