"""What the Scaling room shows and why; no widgets."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rb_studio.gui.rooms.reading_room import ReadingPresenter, ReadingView
from rb_studio.gui.rooms.scaling import reading
from rb_studio.gui.rooms.scaling.figures import HIDDEN_AT_FIRST
from rb_studio.gui.rooms.scaling.options import DRAWING, Options
from rb_studio.gui.rooms.scaling.reading import Figures, Source
from rb_studio.jobs.behind import behind
from rb_studio.jobs.pool_cache import PoolCache
from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.recipe import CURVES, Recipe
from rb_studio.store.arm_looks import keep_looks

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from rb_studio.gui.session import Session
    from rb_studio.records.event import Event
    from rb_studio.store.changes import ChangeRecord

T = TypeVar("T")
PRACTICE = "practice"
ALL_HIDDEN = "every arm or metric is switched off"
STALE_TABLES = {"outcome", "run", "sweep", "rollout"}
STALE_AFTER = {"verdict", "verdict_presence", "run", "sweep", "rollout", "arm_look"}


class View(ReadingView, Protocol):
    """What the presenter sets."""

    def show_sources(self, sources: Sequence[Source], present: str) -> None: ...
    def show_options(self, options: Options, ks: Sequence[int], k: int) -> None: ...
    def show_arms(self, arms: Sequence[str], hidden: Sequence[str]) -> None: ...
    def show_figure(self, name: str, curves: CurveSet, arms: Sequence[str], options: Options) -> None: ...
    def show_arms_drawn(self) -> None: ...
    def show_notes(self, warnings: Sequence[str], simulated: bool) -> None: ...
    def show_empty(self, empty: bool) -> None: ...
    def show_busy(self, busy: bool) -> None: ...


class ScalingPresenter(ReadingPresenter):
    """Holds the choices and what figures are made from; makes the one in front, drops what was overtaken."""

    def __init__(self, session: "Session", view: View) -> None:
        super().__init__(session, view)
        self._view = view
        self._cache = PoolCache()
        self._wanted: str | None = None
        self._made: dict[str, CurveSet] = {}
        self._spent: list[object] = []
        self._loading = False
        self.options = Options()
        self.front = CURVES
        self.hidden_arms: set[str] = set()
        self.hidden_metrics: set[str] = set(HIDDEN_AT_FIRST)
        self.figures = Figures("")

    @property
    def x(self) -> str:
        return self.options.x

    @property
    def preset(self) -> str:
        return self.options.preset

    def refresh(self) -> None:
        """Read and compute everything again."""
        quiet = self._stale and bool(self.figures.pools)
        self._stale, self._loading = False, True
        wanted, make = self._wanted, self._maker()
        spent, self._spent = self._spent, []

        def read(conn: "sqlite3.Connection") -> tuple[list[Source], Figures, dict[str, CurveSet]]:
            while spent:  # one by one: whoever lets go of all at once holds up every thread
                spent.pop()
            known, figures = reading.load(conn, self._cache, wanted)
            return known, figures, make(figures) if figures.pools else {}

        self._compute(read, self._loaded, quiet=quiet)

    def show(self, name: str) -> None:
        """Bring a figure to the front: made already, or made now."""
        self.front = name
        if name in self._made:
            self._show_front()
        elif self.figures.pools:
            self._make()

    def choose_source(self, key: str) -> None:
        """Show a sweep, the pooled runs, or each run by itself."""
        if key != self.figures.source or key != self._wanted:
            self._wanted = key
            self.refresh()

    def follow_newest(self) -> None:
        """Show what the newest run belongs to, now and when another one begins."""
        self._wanted = None
        if self.visible:
            self.refresh()
        else:
            self._stale = True

    @property
    def suite(self) -> str:
        """The suite of what is shown, the practice suite where nothing is."""
        sources = [str(pool.arm["source"]) for pool in self.figures.pools if not pool.imported]
        return sources[0] if sources else PRACTICE

    def choose(self, option: str, value: object) -> None:
        """Another value for one of `Options`."""
        changed: dict[str, Any] = {option: value}
        self.options = replace(self.options, **changed)
        if self.figures.pools:
            self._view.show_options(self.options, self.figures.ks, self.figures.k(self.options.k))
        if option not in DRAWING:
            self._made = {}
            self._make()
        elif self.front in self._made:
            self._show_front()

    def show_arm(self, arm: str, shown: bool) -> None:
        """Put an arm into the figures, or take it out."""
        (self.hidden_arms.discard if shown else self.hidden_arms.add)(arm)
        self._show_shown()

    def show_only(self, arm: str | None) -> None:
        """Draw one arm and no other; None draws all."""
        self.hidden_arms = set() if arm is None else set(self.figures.arms) - {arm}
        self._view.show_arms(self.figures.arms, sorted(self.hidden_arms))
        self._show_shown()

    def show_metric(self, metric: str, shown: bool) -> None:
        """Draw a metric, or leave it out."""
        (self.hidden_metrics.discard if shown else self.hidden_metrics.add)(metric)
        if shown and metric in reading.COSTLY:
            self._made.pop(self.front, None)
            self._make()
        else:
            self._show_shown()

    def rollouts_behind(self, series: Series, point: Point) -> list[str]:
        """Uids of the rollouts a point stands on."""
        return behind(self.figures.pools, series, point)

    def figure(self, name: str) -> CurveSet:
        """A figure as it is shown, empty where it was not made yet."""
        made = self._made.get(name)
        if made is None:
            return reading.NOTHING
        return reading.shown(self.figures, name, made, self.options, self.hidden_arms, self.hidden_metrics)

    def recipe(self, name: str) -> Recipe:
        """What rebuilds a figure as it is shown."""
        return reading.recipe_of(self.figures, name, self.options, self.hidden_arms, self.hidden_metrics)

    def rename_arms(
        self, names: "Mapping[str, str]", kept: Callable[[], object], failed: Callable[[str], None]
    ) -> None:
        """Give arms names by their keys, in every figure; an empty one gives an arm its own back."""
        keys, now = list(self.figures.origin.looks), self.figures
        before = {pool.key: pool.name for pool in now.pools}

        def done(_record: object) -> None:
            after = {key: name or now.origin.own_names[key] for key, name in names.items()}
            places = {before[key]: name for key, name in after.items()}
            self.hidden_arms = {places.get(arm, arm) for arm in self.hidden_arms}
            kept()
            self.refresh()

        self._session.operate(lambda db: keep_looks(db, keys, names), self._while_shown(done), failed)

    def events(self, events: "Sequence[Event]") -> None:
        """New rows of the feed: results make the figures stale."""
        if any(event.table in STALE_TABLES and event.kind != "rollout_started" for event in events):
            self._became_stale()

    def changed(self, change: "ChangeRecord") -> None:
        """An operation was committed."""
        if STALE_AFTER & set(change.tables):
            self._became_stale()

    def keep(self) -> dict[str, Any]:
        """The choices as plain JSON."""
        return {
            **self.options.to_json(),
            "source": self._wanted,
            "hidden_arms": sorted(self.hidden_arms),
            "hidden_metrics": sorted(self.hidden_metrics),
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Choices as `keep` gave them; what makes no sense is left out."""
        source = kept.get("source")
        self._wanted = source if isinstance(source, str) and source else None
        self.options = Options.from_json(kept)
        for name in ("hidden_arms", "hidden_metrics"):
            stored = kept.get(name)
            if isinstance(stored, list):
                setattr(self, name, {str(one) for one in stored})

    def _make(self) -> None:
        """Make the figure in front of what was read, unless that is being read anyway."""
        if self._loading:
            self.refresh()
            return
        now, make = self.figures, self._maker()
        if now.pools:
            self._compute(lambda _conn: make(now), self._came)

    def _maker(self) -> Callable[[Figures], dict[str, CurveSet]]:
        """What makes the figure that is in front now."""
        name, options, skipped = self.front, self.options, reading.COSTLY & self.hidden_metrics
        return lambda figures: {name: reading.figure(figures, name, options, skipped)}

    def _compute(
        self, read: Callable[["sqlite3.Connection"], T], done: Callable[[T], None], *, quiet: bool = False
    ) -> None:
        """`quiet` says nothing of it: figures that grow while a job runs would make the heading flicker."""
        if not quiet:
            self._view.show_busy(True)
        self._view.reading_begun()
        self._ask("scaling", read, done)

    def _loaded(self, result: tuple[list[Source], Figures, dict[str, CurveSet]]) -> None:
        self._loading = False
        self._spent += [run for pool in self.figures.pools for run in pool.runs]
        sources, self.figures, made = result
        self._made = {}
        self._view.show_sources(sources, self.figures.source)
        self._view.show_empty(not self.figures.pools)
        if self.figures.pools:
            self._view.show_options(self.options, self.figures.ks, self.figures.k(self.options.k))
            self._view.show_arms(self.figures.arms, sorted(self.hidden_arms))
        self._came(made)
        if self.figures.pools:
            self._view.show_arms_drawn()

    def _came(self, made: dict[str, CurveSet]) -> None:
        """A figure is made; another one may be in front by now."""
        self._made |= made
        self._view.show_busy(False)
        self._view.reading_finished()
        if self.front in self._made:
            self._show_front()
        elif self.figures.pools:
            self._make()

    def _show_shown(self) -> None:
        """Other arms or lines are drawn; where the figure is being made, it is shown then."""
        if self.front in self._made:
            self._show_front()
        if self.figures.pools:
            self._view.show_arms_drawn()

    def _show_front(self) -> None:
        name = self.front
        self._view.show_figure(name, self.figure(name), self.figures.arms, self.options)
        made = self._made.get(name, reading.NOTHING)
        self._view.show_notes([*made.warnings, *self._all_hidden(made)], self.figures.simulated)

    def _all_hidden(self, made: CurveSet) -> list[str]:
        """Say so when the choices leave nothing to draw."""
        have = {one.metric for one in made.series}
        arms_left = set(self.figures.arms) - self.hidden_arms
        return [] if not made.series or (arms_left and have - self.hidden_metrics) else [ALL_HIDDEN]

    def _failed(self, sentence: str) -> None:
        self._loading = False
        self._view.show_busy(False)
        super()._failed(sentence)
