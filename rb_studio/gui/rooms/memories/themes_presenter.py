"""Groups a bank's items into themes in a process of its own, and keeps stages and names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rb_studio.gui.rooms.memories.acts import operate
from rb_studio.gui.rooms.memories.slow import Slow, Ticket
from rb_studio.gui.rooms.memories.vectors_first import make_vectors, step_told
from rb_studio.jobs.themes import BankThemes, ThemeItem, themes_aside
from rb_studio.store import themes

if TYPE_CHECKING:
    import sqlite3

    from rb_studio.gui.frame import Frame

KEY = "themes"
GROUPING = "Grouping items into themes\u2026"
STALE = "The bank changed since it was grouped: group again."
Said = tuple[Mapping[int, Mapping[str, str]], Mapping[int, str]]


class ThemesView(Protocol):
    """What the presenter tells."""

    def show_busy(self, text: str) -> None: ...
    def show_ready(self, text: str = ...) -> None: ...
    def show_wrong(self, text: str) -> None: ...
    def show_themes(self, found: BankThemes) -> None: ...
    def show_nothing(self) -> None: ...


class ThemesPresenter:
    """The themes of the shown bank; labels and names are read anew whenever they change."""

    def __init__(self, frame: "Frame", slow: Slow, view: ThemesView, shown: Callable[[], int | None]) -> None:
        self._frame = frame
        self._slow = slow
        self._view = view
        self._shown = shown
        self.found: BankThemes | None = None

    def group(self, cut: float, *, embed: bool = False) -> None:
        """Group the shown bank's items; with `embed` the vectors it lacks are made before."""
        bank = self._shown()
        if bank is None:
            self._view.show_wrong("There is no bank to group.")
            return
        self._view.show_busy(GROUPING)
        self._slow.run(KEY, partial(self._work, bank, cut, embed), self._show, self._view.show_wrong, self._told_step)

    def stop(self) -> None:
        """Nobody waits for the themes."""
        self._slow.stop(KEY)
        self._view.show_ready()

    def forget(self) -> None:
        """Another bank is shown."""
        self._slow.stop(KEY)
        self.found = None
        self._view.show_nothing()

    def outdated(self) -> None:
        """The bank changed; where there were no themes, nothing stays."""
        if self.found is None or self._slow.busy(KEY):
            return
        if not self.found.themes:
            self.forget()
        else:
            self._view.show_ready(STALE)

    def label(self, ids: Sequence[int], stage: str) -> None:
        """Say what stage items' advice is at."""
        bank = self._shown()
        if bank is not None:
            said = dict.fromkeys(ids, stage)
            operate(self._frame, lambda db: themes.set_stages(db, bank, said), failed=self._view.show_wrong)

    def name(self, item: int, name: str) -> None:
        """Name the theme of an item."""
        bank = self._shown()
        if bank is not None:
            operate(self._frame, lambda db: themes.name_theme(db, bank, item, name), failed=self._view.show_wrong)

    def said(self) -> None:
        """Labels or names changed: read them, the groups stay."""
        bank = self._shown()
        if bank is not None and self.found is not None:
            self._frame.session.query("memories.themes", partial(read_said, bank_id=bank), self._show_said)

    def _told_step(self, done: int, total: int) -> None:
        self._view.show_busy(step_told(self._frame, GROUPING, done, total))

    def _work(self, bank: int, cut: float, embed: bool, ticket: Ticket) -> BankThemes:
        if embed:
            make_vectors(self._frame, bank, ticket)
        path, embedder = self._frame.session.workspace.path, self._frame.settings().embedder
        return themes_aside(path, bank, embedder, cut, told=ticket.tell)

    def _show(self, found: BankThemes) -> None:
        self.found = found
        self._view.show_themes(found)
        self._frame.registry.refresh()

    def _show_said(self, said: Said) -> None:
        if self.found is not None:
            stages, names = said
            changed = tuple(
                replace(
                    theme,
                    name=names.get(theme.medoid)
                    or next((names[item.id] for item in theme.items[::-1] if item.id in names), ""),
                    items=tuple(with_stage(item, stages.get(item.id, {})) for item in theme.items),
                )
                for theme in self.found.themes
            )
            self._show(replace(self.found, themes=changed))


def with_stage(item: ThemeItem, said: Mapping[str, str]) -> ThemeItem:
    """The item with what is said of its stage, by a person before a model."""
    by = themes.HUMAN if themes.HUMAN in said else next(iter(sorted(said)), "")
    return replace(item, stage=said.get(by, ""), by=by)


def read_said(conn: "sqlite3.Connection", bank_id: int) -> Said:
    """Stages by item and by whom, and names by item."""
    return themes.stages(conn, bank_id), themes.theme_names(conn, bank_id)
