"""The Scaling room: curves over rollouts and cost, streams, steps, and their numbers; the rest its parts bring."""

import importlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.rooms.part_set import PartSet
from rb_studio.gui.rooms.reading_room import ReadingRoom
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.scaling.choices import Choices
from rb_studio.gui.rooms.scaling.commands import scaling_commands
from rb_studio.gui.rooms.scaling.export import Exporter
from rb_studio.gui.rooms.scaling.figure_bar import FigureBar
from rb_studio.gui.rooms.scaling.figure_pane import FigurePane
from rb_studio.gui.rooms.scaling.figure_tabs import FigureTabs
from rb_studio.gui.rooms.scaling.figures import FIGURES, TAB_OF
from rb_studio.gui.rooms.scaling.heading import Heading
from rb_studio.gui.rooms.scaling.options import Options
from rb_studio.gui.rooms.scaling.part_set import PARTS
from rb_studio.gui.rooms.scaling.parts import Part
from rb_studio.gui.rooms.scaling.presenter import ScalingPresenter
from rb_studio.gui.rooms.scaling.reading import Source
from rb_studio.gui.rooms.scaling.sweep_part import SweepPart
from rb_studio.gui.widgets.kept_scroll import KeptScroll
from rb_studio.jobs.curves import AXES
from rb_studio.jobs.paper import NOTE, REPORTED
from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.recipe import Recipe

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

CONTEXT = (
    "scaling.show_all",
    "scaling.copy_picture",
    "scaling.copy_numbers",
    "scaling.export.png",
    "scaling.export.svg",
    "scaling.export.pdf",
    "scaling.export.csv",
    "scaling.export.latex",
)
PLOTS_APART = 150  # milliseconds: plots that are not in front are made one by one while nothing else is done
OF_ARMS = ("scaling.only", "scaling.all_arms", "scaling.rename")
EMPTY = (
    "Here curves show what memory and more rollouts are worth: success over rollouts, tokens, cost or time, "
    "with intervals. They fill while something runs. Start a run or a sweep, or open trajectories, reports, or a "
    "folder of them."
)


class ScalingRoom(ReadingRoom):
    """Choices on the left, figures in tabs on the right, each with the table of its numbers."""

    name = "scaling"
    title = "Scaling"
    presenter: ScalingPresenter
    empty_text = EMPTY
    empty_command = "scaling.run"

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__(frame, parent)
        self.presenter = ScalingPresenter(frame.session, self)
        self.heading = Heading()
        self.choices = Choices(frame.theme)
        self.bar = FigureBar()
        self.tabs = FigureTabs(frame.theme)
        self.panes = self.tabs.panes
        self.files = Exporter(self)
        self.parts = PartSet(make(self) for make in PARTS)
        for part in self.parts.all:
            if (page := part.page()) is not None:
                self.tabs.addTab(page, part.title)
        self._front: Part | None = None
        self._notes = QLabel()
        self._notes.setWordWrap(True)
        self._notes.setProperty("role", "muted")
        self._notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self.choices)
        self._split.addWidget(self.tabs)
        self._split.setStretchFactor(1, 1)
        self._split.setCollapsible(1, False)
        self._pages.addWidget(self._split)
        layout = QVBoxLayout(self)
        layout.addWidget(self.heading)
        layout.addWidget(self.bar)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._notes)
        self._bound = False
        self._sized = False
        self._connect()
        self.parts.joined()
        self._tab_changed()
        load = partial(importlib.import_module, "rb_studio.gui.plots.screen")
        frame.session.background(load, while_alive(self, self._plots_ready))

    def commands(self) -> list[Command]:
        """Everything the room can do."""
        return [*scaling_commands(self), *self.parts.commands()]

    def show_place(self, target: dict[str, Any]) -> None:
        """Show a sweep, these `runs`, or with `{"source": key}` all pooled or one by one; `figure` brings a tab."""
        for scroll in self._scrolls().values():
            scroll.forget()
        if target.get("figure") in FIGURES:
            self.tabs.show_figure(target["figure"])
        if isinstance(target.get("sweep"), int):
            self.presenter.choose_source(f"sweep:{target['sweep']}")
        elif target.get("runs"):
            self.presenter.choose_source(f"runs:{','.join(str(int(run)) for run in target['runs'])}")
        elif isinstance(target.get("source"), str):
            self.presenter.choose_source(target["source"])
        else:
            self.presenter.follow_newest()

    def entered(self) -> None:
        """On screen: the buttons know their commands by now."""
        if not self._bound and any(command.where == self.name for command in self.frame.registry.all()):
            self._bound = True
            self.heading.bind(self.frame.registry)
            self.frame.theme.changed.connect(self._tint)
            self.choices.offer([self.frame.registry.action(command_id) for command_id in OF_ARMS])
            for pane in self._all_panes():
                pane.offer([self.frame.registry.action(command_id) for command_id in CONTEXT])
        self.parts.entered()

    def place_to_keep(self) -> dict[str, Any]:
        """Choices, tab, the widths of the parts and how far each table is scrolled."""
        scroll = {name: one.value() for name, one in self._scrolls().items()}
        return {
            **self.presenter.keep(),
            **self.tabs.keep(),
            "split": self._split.sizes(),
            "scroll": scroll,
            "parts": self.parts.place_to_keep(),
        }

    def restore_place(self, kept: dict[str, Any]) -> None:
        """Come back to the same figure."""
        self.presenter.restore(kept)
        self.parts.restore_place(kept.get("parts"))
        self.tabs.restore(kept)
        split = kept.get("split")
        if isinstance(split, list) and len(split) == 2 and any(split):
            self._sized = True
            self._split.setSizes([int(size) for size in split])
        scroll = kept.get("scroll")
        for name, one in self._scrolls().items():
            one.want(scroll.get(name) if isinstance(scroll, dict) else None)

    def closing(self) -> None:
        """No more reading."""
        super().closing()
        self.parts.closing()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Share out the width the first time."""
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            side = min(self.fontMetrics().averageCharWidth() * 34, self.width() // 4)
            self._split.setSizes([side, self.width() - side])

    # What the presenter sets.

    def show_sources(self, sources: Sequence[Source], present: str) -> None:
        self.heading.set_sources(sources, present)

    def show_options(self, options: Options, ks: Sequence[int], k: int) -> None:
        self.bar.set_options(options, ks, k)

    def show_arms(self, arms: Sequence[str], hidden: Sequence[str]) -> None:
        self.choices.set_arms(arms, hidden)

    def show_figure(self, name: str, curves: CurveSet, arms: Sequence[str], options: Options) -> None:
        pane = self.tabs.pane_of(name)
        if pane is not None:
            pane.set_curves(curves, arms, log2=options.log2 and curves.x in AXES, panels=options.panels)

    def show_notes(self, warnings: Sequence[str], simulated: bool) -> None:
        self.heading.set_simulated(simulated)
        pane = self.front_pane
        told = [] if pane is None else [self._caption(pane.curves), NOTE if pane.curves.paper else ""]
        self._notes.setText("\n".join(part for part in (*told, *warnings) if part))
        self._notes.setVisible(bool(self._notes.text()))
        self.frame.registry.refresh()

    def _caption(self, curves: CurveSet) -> str:
        """What a figure's caption tells, and whose word is success also where that is the usual one."""
        usual = [pool.precedence for pool in self.presenter.figures.pools[:1] if pool.precedence.usual]
        return "; ".join([curves.caption, *(one.told for one in usual if curves.series)])

    def show_arms_drawn(self) -> None:
        for part in self.parts.all:
            part.figures_shown()

    def show_empty(self, empty: bool) -> None:
        self.show_contents(self._split, empty=empty)
        self._notes.setVisible(not empty)
        self.heading.setVisible(not empty)
        self.bar.setVisible(not empty and self.front_part is None)

    def show_busy(self, busy: bool) -> None:
        self.heading.set_busy(busy)

    def show_error(self, sentence: str) -> None:
        self._notes.setVisible(True)
        self._notes.setText(sentence)

    # What the commands do.

    @property
    def front_part(self) -> Part | None:
        """The part whose page is in front."""
        page = self.tabs.currentWidget()
        return next((part for part in self.parts.all if part.page() is page), None)

    @property
    def present_figure(self) -> str:
        """The figure of the present tab; of a part's page the curves."""
        return self.tabs.figure

    @property
    def front_pane(self) -> FigurePane | None:
        """The figure in front with its table, the room's own or a part's."""
        part = self.front_part
        return self.panes[TAB_OF[self.present_figure].name] if part is None else part.pane()

    @property
    def front_name(self) -> str:
        """What is in front, as the middle of a sentence."""
        part = self.front_part
        return FIGURES[self.present_figure].title.lower() if part is None else part.words

    def front_recipe(self) -> Recipe | None:
        """What rebuilds the figure in front."""
        part = self.front_part
        if part is not None:
            return part.recipe()
        return self.presenter.recipe(self.present_figure) if self.presenter.figures.pools else None

    def choose(self, option: str, value: object) -> None:
        """Another way to draw."""
        self.presenter.choose(option, value)
        self.frame.registry.refresh()

    def turn(self, option: str) -> None:
        """Turn a switch over."""
        self.choose(option, not getattr(self.presenter.options, option))

    def has_k(self, direction: int) -> bool:
        """There is a k on that side of the present one."""
        return self._k_beside(direction) is not None

    def step_k(self, direction: int) -> None:
        """Figures at the next k on that side."""
        self.choose("k", self._k_beside(direction))

    def _k_beside(self, direction: int) -> int | None:
        now = self.presenter.figures
        beside = [*now.ks].index(now.k(self.presenter.options.k)) + direction if now.ks else -1
        return now.ks[beside] if 0 <= beside < len(now.ks) else None

    def next_pane(self) -> None:
        """Walk through arms, lines, figure, numbers."""
        above = self.bar.stops() if self.bar.isVisible() else []
        stops = [*above, *self.choices.lists, *(widget for widget in self._front_stops() if widget is not None)]
        now = next((place for place, widget in enumerate(stops) if widget.hasFocus()), -1)
        stops[(now + 1) % len(stops)].setFocus(Qt.FocusReason.TabFocusReason)

    def show_all(self) -> None:
        """Undo zooming in the present figure."""
        if self.front_pane is not None:
            self.front_pane.show_all()

    def refresh(self) -> None:
        """Read everything again."""
        self.presenter.refresh()

    def has_arm(self) -> bool:
        """The keyboard is at an arm."""
        return self.choices.current_arm is not None

    def draw_only(self) -> None:
        """Draw the arm the keyboard is at, and no other."""
        self.presenter.show_only(self.choices.current_arm)

    def draw_all(self) -> None:
        """Draw every arm."""
        self.presenter.show_only(None)

    def has_arms(self) -> bool:
        """There is something to name."""
        return bool(self.presenter.figures.arms)

    def rename_arms(self) -> None:
        """Ask for the names of arms, at the one the keyboard is at."""
        from rb_studio.gui.rooms.scaling.rename_dialog import RenameDialog

        dialog = RenameDialog(self.frame.theme, self.presenter, self.choices.current_arm, self)
        dialog.open()

    def start_run(self) -> None:
        """The run dialog, on the suite that is shown."""
        from rb_studio.gui.dialogs.run import RunDialog

        dialog = RunDialog(self.frame, self.presenter.suite, (), self)
        dialog.started.connect(self.go)
        dialog.open()

    def start_sweep(self) -> None:
        """The sweep builder, as it was left."""
        next(part for part in self.parts.all if isinstance(part, SweepPart)).open()

    def _scrolls(self) -> dict[str, KeptScroll]:
        """The tables' scroll by the name of what they stand in."""
        return {
            **{name: pane.kept_scroll for name, pane in self.panes.items()},
            **{name: scroll for part in self.parts.all for name, scroll in part.scrolls().items()},
        }

    def _all_panes(self) -> list[FigurePane]:
        """Every figure, the room's own and those of parts."""
        of_parts = [part.pane() for part in self.parts.all]
        return [*self.panes.values(), *(pane for pane in of_parts if pane is not None)]

    def _front_stops(self) -> Sequence[QWidget | None]:
        """What the keyboard can go to in front."""
        part = self.front_part
        if part is not None:
            return part.stops()
        pane = self.panes[TAB_OF[self.present_figure].name]
        return [pane.plot, pane.table]

    def _connect(self) -> None:
        self.heading.source_chosen.connect(self.presenter.choose_source)
        self.bar.chosen.connect(self.choose)
        self.bar.figure_chosen.connect(self.tabs.show_figure)
        self.choices.arm_shown.connect(self.presenter.show_arm)
        self.choices.metric_shown.connect(self.presenter.show_metric)
        self.tabs.turned.connect(self._tab_changed)
        for pane in self._all_panes():
            pane.opened.connect(self._open)

    def _tint(self) -> None:
        self.heading.tint(self.frame.registry)

    def _tab_changed(self) -> None:
        figure, part = self.present_figure, self.front_part
        stops = [widget for widget in self._front_stops() if widget is not None]
        own = self.front_pane if part is None else None
        self.setFocusProxy(own or (stops[0] if stops else self.tabs))
        self.choices.set_metrics(FIGURES[figure].metrics, sorted(self.presenter.hidden_metrics))
        self.choices.show_metrics(own is not None and len(FIGURES[figure].metrics) > 1)
        self.bar.set_figure(figure)
        self.bar.setVisible(part is None and bool(self.presenter.figures.pools))
        self._turn(part)
        self.frame.registry.refresh()
        if part is None:
            self.presenter.show(figure)
        elif self.presenter.figures.pools:
            self.show_notes(part.notes(), self.presenter.figures.simulated)

    def _turn(self, part: Part | None) -> None:
        """Tell the part that left the front and the one that came."""
        before, self._front = self._front, part
        if before is not part:
            for turned in (before, part):
                if turned is not None:
                    turned.turned(turned is part)

    def _plots_ready(self, _module: Any) -> None:
        panes = sorted(self._all_panes(), key=lambda pane: pane is not self.front_pane)
        for place, pane in enumerate(panes):
            pane.plots_ready(PLOTS_APART * place)

    def _open(self, series: Series, point: Point) -> None:
        part = self.front_part
        if part is not None and part.opens(series, point):
            return
        uids = self.presenter.rollouts_behind(series, point)
        if series.truth == REPORTED:
            self.frame.toast("The paper reports this point: no rollout of it is stored.")
        elif uids:
            self.go.emit(Place("trajectories", {"rollouts": uids}))
        else:
            self.frame.toast("No stored rollout stands behind this point.")
