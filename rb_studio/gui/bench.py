"""One open workspace at work: its session, its jobs, what the status bar and the window say about it."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rb_studio.gui.frame import Frame
from rb_studio.gui.interrupted import Interrupted
from rb_studio.gui.jobs import JobControl, JobState
from rb_studio.gui.presence import Presence, save_copy
from rb_studio.gui.reading import FilesRead, read_files
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.session import Session
from rb_studio.gui.status.job import JobStatus
from rb_studio.gui.undoing import Undoing
from rb_studio.store import runs
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from rb_studio.gui.studio import Studio
    from rb_studio.models.settings import Settings
    from rb_studio.store.workspace import Workspace

PRACTISED, PRACTICE_TASKS = ("none", "reasoningbank"), 60
STORED = ("rollout", "task", "memory_item", "suite", "annotation_version", "label_set")
GONE = (
    "{name} was deleted, moved or replaced while it is open. Nothing is lost yet: save it under a name before you "
    "close the program."
)

STOPPED = "What is finished is kept; the job can be continued later."
FORGOTTEN = "What waits in the queue was not begun and is forgotten."
PRACTISED_BEFORE = "The practice is done already; its runs are here."
LEARNED = "The practice is done, without memory and with what was learned on the way."
LOST = "What it holds is lost when the program ends, unless it is saved."


class Bench(QObject):
    """Lives from the opening of a workspace to its closing."""

    def __init__(self, studio: "Studio", workspace: "Workspace", settings: "Callable[[], Settings]") -> None:
        super().__init__(studio)
        self._studio, self._window = studio, studio.window
        session = Session(workspace, self)
        self.frame = Frame(
            session=session,
            theme=studio.theme,
            registry=self._window.registry,
            jobs=JobControl(session, self),
            dialogs=studio.dialogs,
            settings=settings,
            toast=self._window.toast.say,
            open_paths=studio.open_paths,
        )
        self.undoing = Undoing(session, self.frame.registry, self._window.undo_scope, self.frame.toast)
        self.interrupted = Interrupted(session, self.frame.jobs)
        self.presence = Presence(workspace.path, self)
        self._status = JobStatus(self.frame.jobs)
        self._practising = False
        self._connect()

    def begin(self, *, practise: bool) -> None:
        """The room last seen is on screen: practise at the first start."""
        self.undoing.refresh()
        if practise:
            self.show_practice()

    def show_practice(self) -> None:
        """Go to the practice: it begins by itself where nothing was run yet, and only then."""
        self._window.show_room("trajectories")
        if self.frame.jobs.active:
            self._window.go(Place("trajectories", {"follow": True}))
        else:
            self.frame.session.query("practised", _has_runs, self._practise_or_offer)

    def practise(self) -> None:
        """The loop before your eyes: a stream without memory, then one with it."""
        from rb_studio.jobs.request import RunRequest

        if not self.frame.session.workspace.writable:
            self.frame.toast("The workspace can only be read: nothing can be run in it.")
            return
        self._practising = True
        self._window.go(Place("trajectories", {"follow": True}))
        for memory in PRACTISED:
            request = RunRequest("practice", memory=memory, limit=PRACTICE_TASKS, profiles={"actor": "practice"})
            self.frame.jobs.run(request, self.frame.settings(), f"practice, memory {memory}")

    def read(self, paths: list[Path]) -> None:
        """Read files of other tools into the workspace, one transaction a file, and show what came."""
        session = self.frame.session
        if not session.workspace.writable:
            self.frame.toast("The workspace can only be read: nothing can be added to it.")
            return
        session.background(lambda: read_files(session.workspace, paths), self._files_read)

    def can_resume(self) -> bool:
        return bool(self.interrupted.cut_off) and not self.frame.jobs.active

    def resume(self) -> None:
        """Take up what was interrupted."""
        if self.can_resume():
            sentence = self.interrupted.resume(self.frame)
            if sentence:
                self.frame.toast(sentence)

    def may_close(self) -> bool:
        """Whether the window may go: asked where a job would be stopped or a file that is gone would be lost."""
        dialogs, name = self.frame.dialogs, self.frame.session.workspace.path.name
        if question := self._left_undone():
            answers = ["Keep running", "Stop and close"] if self.frame.jobs.active else ["Go back", "Close"]
            if dialogs.ask(*question, answers) != answers[1]:
                return False
        if not self.presence.lost:
            return True
        answer = dialogs.ask(f"{name} is gone from where it was.", LOST, ["Save as\u2026", "Close without saving"])
        if answer == "Save as\u2026":
            self.ask_save()
        return answer == "Close without saving"

    def _left_undone(self) -> tuple[str, str] | None:
        """What closing would end, and what becomes of it; None for nothing."""
        active, waiting = self.frame.jobs.active, len(self.frame.jobs.queue.jobs)
        if not active and not waiting:
            return None
        queued = f"{waiting} {'job waits' if waiting == 1 else 'jobs wait'} in the queue." if waiting else ""
        parts = ["A job is running." if active else "", queued]
        told = [STOPPED if active else "", FORGOTTEN if waiting else ""]
        return " ".join(filter(None, parts)), " ".join(filter(None, told))

    def stop_job(self) -> None:
        """Stop the job and wait for its end; what is committed stays."""
        self.frame.jobs.close()

    def close(self) -> None:
        """Let go of the workspace; the rooms are gone by now."""
        self._window.statusBar().removeWidget(self._status)
        self._status.deleteLater()
        self._window.show_banner("")
        self.presence.stop()
        self.frame.session.close()
        self.deleteLater()

    def _connect(self) -> None:
        frame, registry = self.frame, self.frame.registry
        frame.session.failed.connect(frame.toast)
        frame.session.changed.connect(registry.refresh)
        frame.jobs.changed.connect(self._job_changed)
        self._status.resume_asked.connect(self.resume)
        self._status.show_asked.connect(self._show_interrupted)
        self.interrupted.found.connect(self._offer)
        self.presence.gone.connect(self._gone)
        blind = reviews_of(frame).blind
        blind.changed.connect(self._status.set_blind)
        self._status.set_blind(blind.on)
        self._window.statusBar().insertWidget(0, self._status, 1)

    def _job_changed(self, state: JobState) -> None:
        if state.progress is None or not state.active:
            self.frame.registry.refresh()
        if state.network:
            self._window.workspace_status.show_network(state.network)
        self._tell_fault(state)
        if not state.active and self._practising and not self.frame.jobs.waiting:
            self._practising = False
            if state.phase == "finished":
                self.frame.toast(LEARNED, "Show the curves", self._show_curves)

    def _tell_fault(self, state: JobState) -> None:
        """Why a job came to no end; what was interrupted can go on at once."""
        if state.phase == "interrupted":
            self.frame.toast(f"The run was interrupted: {_closed(state.detail)}", "Resume", self.resume)
        elif state.phase in ("failed", "paused") and state.detail:
            self.frame.toast(_closed(state.detail[:1].upper() + state.detail[1:]))

    def _practise_or_offer(self, practised: bool) -> None:
        if practised and not self.frame.jobs.active:
            self.frame.toast(PRACTISED_BEFORE, "Run it again", self.practise)
        elif not practised:
            self.practise()

    def _offer(self) -> None:
        self._status.offer(self.interrupted.sentence())
        self.frame.registry.refresh()

    def _show_interrupted(self) -> None:
        if self.interrupted.cut_off:
            self._window.go(Place("trajectories", {"run": self.interrupted.cut_off[0].run.id}))

    def _show_curves(self) -> None:
        self._window.go(Place("scaling", {"figure": "stream"}))

    def _files_read(self, result: FilesRead) -> None:
        if result.sentence():
            self.frame.toast(result.sentence())
        if result.read:
            self.frame.session.changed.emit(ChangeRecord("import", "user", STORED))
        for place in result.places():
            self._window.go(place)

    def _gone(self) -> None:
        path = self.frame.session.workspace.path
        self._window.show_banner(GONE.format(name=path.name), "Save as\u2026", self.ask_save)

    def ask_save(self) -> bool:
        """Save what a file that is gone held, and go on there; False when no name was given."""
        path = self.frame.session.workspace.path
        chosen = self.frame.dialogs.save_file("Save the workspace", path.name, "Workspaces (*.rbank)")
        if chosen is None:
            return False
        session, target = self.frame.session, chosen.with_suffix(".rbank").absolute()
        saved = partial(self._saved, target)
        session.background(lambda: save_copy(session.workspace, target), saved, self.frame.toast)
        return True

    def _saved(self, target: Path, _nothing: object) -> None:
        self._window.show_banner("")
        self.frame.toast(f"Saved as {target.name}.")
        self.presence.stop()
        if not self.frame.jobs.active:
            self._studio.open_saved(target)


def _has_runs(conn: "sqlite3.Connection") -> bool:
    return any(row.foreign_key is None for row in runs.runs(conn))


def _closed(sentence: str) -> str:
    """A sentence of the engine with its full stop."""
    return sentence.rstrip(".") + "."
