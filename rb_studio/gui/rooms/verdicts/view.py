"""The Verdicts room: how the judge did, which rollouts stand behind it, and what a person says instead."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.part_set import PartSet
from rb_studio.gui.rooms.reading_room import ReadingRoom
from rb_studio.gui.rooms.verdicts.acts import LIST, PANEL, Acts
from rb_studio.gui.rooms.verdicts.adaptive import Adaptive
from rb_studio.gui.rooms.verdicts.commands import room_commands
from rb_studio.gui.rooms.verdicts.heading import Heading
from rb_studio.gui.rooms.verdicts.list_panel import ListPanel
from rb_studio.gui.rooms.verdicts.opening import Opening
from rb_studio.gui.rooms.verdicts.overview import Overview
from rb_studio.gui.rooms.verdicts.part_set import PARTS
from rb_studio.gui.rooms.verdicts.presenter import SCOPE, VerdictsPresenter
from rb_studio.gui.rooms.verdicts.reading import Report, ScopeChoice, Shown
from rb_studio.gui.rooms.verdicts.verdict_panel import VerdictPanel
from rb_studio.store.verdict_reads import Cell, JudgedRollout

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

EMPTY = (
    "Here the judge's verdicts stand beside the truth and beside your own: how often it was right, and the rollouts "
    "where it was not. Run tasks or import trajectories first."
)
CONTEXT = (
    "verdicts.open",
    "verdicts.open_all",
    "verdicts.judge.success",
    "verdicts.judge.failure",
    "verdicts.judge.unknown",
    "verdicts.repair",
    "verdicts.distil",
    "verdicts.prompt",
    "verdicts.copy",
)


class VerdictsRoom(ReadingRoom):
    """Table and rates, the rollouts of a cell, and one rollout's verdicts."""

    name = "verdicts"
    title = "Verdicts"
    presenter: VerdictsPresenter
    blind = False
    empty_text = EMPTY
    empty_command = "room.tasks"

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__(frame, parent)
        self.presenter = VerdictsPresenter(frame.session, self)
        self.opening = Opening(frame, self.presenter, self)
        self.acts = Acts(self)
        self.heading = Heading()
        self.overview = Overview(frame.theme)
        self.left = QTabWidget()
        self.left.setDocumentMode(True)
        self.left.addTab(self.overview, "Verdicts")
        self.list = ListPanel(frame.theme)
        self.panel = VerdictPanel(frame.theme)
        self.panel.override.set_writable(frame.session.workspace.writable)
        self.parts = Adaptive(
            [
                ("Ta&ble", self.left, self.overview.matrix),
                ("Roll&outs", self.list, self.list.table),
                ("Ver&dict", self.panel, self.panel.parsed),
            ]
        )
        self._pages.addWidget(self.parts)
        self.setFocusProxy(self.list.table)
        self._lay_out()
        self._connect()
        self.part_set = PartSet(make(self) for make in PARTS)
        self.part_set.joined()

    def commands(self) -> list[Command]:
        """Everything the room can do."""
        return [*room_commands(self), *self.part_set.commands()]

    def show_place(self, target: dict[str, Any]) -> None:
        """`{"sweep": id}`, `{"run": id}`, `{"rollouts": [uid, ...]}` or `{"rollout": uid}`."""
        if target:
            self.list.kept_scroll.forget()
        if isinstance(target.get("rollout"), str):
            self.list.line.clear()
            self.presenter.find(target["rollout"])
            self.parts.bring(PANEL)
            return
        if target.get("rollouts"):
            self.list.line.clear()
            self.presenter.choose_rollouts([str(uid) for uid in target["rollouts"]])
            return
        for kind in ("sweep", "run"):
            if isinstance(target.get(kind), int):
                self.presenter.choose_scope(f"{kind}:{target[kind]}")

    def entered(self) -> None:
        """On screen: the list offers the commands by now."""
        if not self.list.table.actions():
            known = {command.id for command in self.frame.registry.all()}
            for command_id in CONTEXT:
                if command_id in known:
                    self.list.table.addAction(self.frame.registry.action(command_id))
            self.list.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.part_set.entered()

    def place_to_keep(self) -> dict[str, Any]:
        """Scope, cell, filter, order, rollout, columns, scroll and sizes."""
        columns, scroll = self.list.hidden_columns(), self.list.kept_scroll.value()
        parts = self.part_set.place_to_keep()
        return {
            **self.presenter.keep(),
            "hidden": columns,
            "scroll": scroll,
            "sizes": self.parts.sizes(),
            "parts": parts,
        }

    def restore_place(self, kept: dict[str, Any]) -> None:
        """Come back to `place_to_keep`."""
        self.presenter.restore(kept)
        self.list.line.blockSignals(True)
        self.list.line.setText(self.presenter.cell.text)
        self.list.line.blockSignals(False)
        self.list.show_sort(self.presenter.sort, self.presenter.descending)
        self.list.set_current(self.presenter.current)
        self.list.kept_scroll.want(kept.get("scroll"))
        if isinstance(kept.get("hidden"), list):
            self.list.hide_columns([str(name) for name in kept["hidden"]])
        self.parts.restore(kept.get("sizes"))
        self.part_set.restore_place(kept.get("parts"))

    def closing(self) -> None:
        """No more reading."""
        super().closing()
        self.part_set.closing()

    def undo_scope(self) -> str | None:
        """Ctrl+Z takes back a person's verdict."""
        return SCOPE

    # What the presenter sets.

    def show_scopes(self, choices: Sequence[ScopeChoice], present: str) -> None:
        self.heading.show_scopes(choices, present)

    def show_report(self, report: Report, chosen: Cell) -> None:
        self.heading.show_error("")
        self.heading.show_simulated(report.simulated)
        self.list.model.set_tainted(report.tainted)
        self.show_contents(self.parts, empty=report.valid + report.invalid == 0 and self.presenter.scope == "all")
        self.overview.show_report(report, chosen)
        for part in self.part_set.all:
            part.report_shown()

    def show_list(self, ids: Sequence[int], matching: int, valid: int, cell: Cell) -> None:
        self.list.show_list(ids, matching, valid, cell)
        self.frame.registry.refresh()

    def show_rows(self, rows: Mapping[int, JudgedRollout]) -> None:
        self.list.model.set_rows(rows)

    def show_rollout(self, shown: Shown | None) -> None:
        self.panel.show_rollout(shown)
        if shown is not None and self.list.current() != shown.detail.rollout.id:
            self.list.set_current(shown.detail.rollout.id)
        for part in self.part_set.all:
            part.rollout_shown(shown)
        self.frame.registry.refresh()

    def show_error(self, sentence: str) -> None:
        self.heading.show_error(sentence)

    def say(self, text: str, label: str = "", act: Any = None) -> None:
        self.frame.toast(text, label, act)

    # What the commands do.

    def add_banner(self, banner: QWidget) -> None:
        """A line above the parts."""
        self.heading.add_banner(banner)

    def set_blind(self, on: bool) -> None:
        """Hide, or show again, what would tell somebody who judges blind."""
        self.blind = on
        for panel in (self.heading, self.overview, self.list, self.panel):
            panel.set_blind(on)
        self.left.setCurrentWidget(self.overview)
        self.left.tabBar().setVisible(not on)
        self.left.setMaximumHeight(self.overview.maximumHeight())
        self.parts.hold(on)
        self.presenter.set_blind(on)
        self.frame.registry.refresh()

    def sees(self) -> bool:
        """Nobody judges blind."""
        return not self.blind

    def sees_rollout(self) -> bool:
        """A rollout is shown, with all that was said about it."""
        return self.has_rollout() and not self.blind

    def has_rollout(self) -> bool:
        """A rollout is shown."""
        return self.presenter.shown is not None

    def has_list(self) -> bool:
        """Something is listed."""
        return bool(self.presenter.ids)

    def chosen(self) -> list[int]:
        """What a verdict is for: the selected rollouts, the one that is shown where it is but one."""
        selected, current = self.list.selected_ids(), self.presenter.current
        return [current] if len(selected) <= 1 and current is not None else selected

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self.heading)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        presenter = self.presenter
        self.opening.go.connect(self.go)
        self.parts.turned.connect(self._start_at)
        self.heading.chosen.connect(presenter.choose_scope)
        self.overview.pair_chosen.connect(presenter.choose_pair)
        self.overview.third_chosen.connect(presenter.choose_third)
        self.overview.left_out_asked.connect(self._list_left_out)
        self.overview.matrix.cell_chosen.connect(self._choose_cell)
        self.overview.matrix.cell_opened.connect(self.opening.cell)
        self.list.filtered.connect(presenter.filter)
        self.list.cleared.connect(self._clear)
        self.list.selected.connect(presenter.select)
        self.list.opened.connect(self._open_row)
        self.list.model.needed.connect(presenter.fetch)
        self.list.model.sorted_by.connect(presenter.order)
        self.list.table.selectionModel().selectionChanged.connect(self._count_selected)
        self.panel.step_asked.connect(self.opening.step)
        self.panel.open_asked.connect(self.opening.current)

    def _start_at(self, widget: QWidget) -> None:
        self.setFocusProxy(widget)

    def _choose_cell(self, sides: Mapping[str, str]) -> None:
        self.presenter.choose_cell(sides)
        self.parts.bring(LIST)

    def _list_left_out(self, repeated: bool) -> None:
        self.presenter.choose_cell({}, valid=repeated, repeated=repeated)
        self.parts.bring(LIST)

    def _clear(self) -> None:
        self.list.line.clear()
        self.presenter.choose_cell({})
        if self.presenter.third:
            self.presenter.choose_third("")

    def _count_selected(self) -> None:
        self.panel.override.set_count(len(self.list.table.selectionModel().selectedRows()))

    def _open_row(self, _rollout: int) -> None:
        if self.parts.narrow:
            self.parts.bring(PANEL)
        else:
            self.opening.current()
