"""What the Scaling room shows and why; no widgets."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rb_studio.gui.plots.names import metric_of
from rb_studio.gui.rooms.reading_room import ReadingPresenter, ReadingView
from rb_studio.gui.rooms.scaling import reading
from rb_studio.gui.rooms.scaling.reading import FIGURES, Figures, Source, chosen
from rb_studio.jobs.behind import behind
from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.recipe import DRAWN, PRESETS, Recipe
from rb_studio.store.arm_looks import keep_looks

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from rb_studio.gui.session import Session
    from rb_studio.records.event import Event
    from rb_studio.store.changes import ChangeRecord

T = TypeVar("T")
METRICS = {
    "curves": ("best_of_k", "pass_at_k", "pass_at_1", "judged"),
    "stream": ("cumulative",),
    "steps": ("steps", "steps_solved", "steps_failed"),
}
PRACTICE = "practice"
HIDDEN_AT_FIRST = ("judged", "steps_solved", "steps_failed")
STALE_TABLES = {"outcome", "run", "sweep", "rollout"}
STALE_AFTER = {"verdict", "verdict_presence", "run", "sweep", "rollout", "arm_look"}


class View(ReadingView, Protocol):
    """What the presenter sets."""

    def show_sources(self, sources: Sequence[Source], present: str) -> None: ...
    def show_choices(self, x: str, ks: Sequence[int], k: int) -> None: ...
    def show_arms(self, arms: Sequence[str], hidden: Sequence[str]) -> None: ...
    def show_figure(self, name: str, curves: CurveSet, arms: Sequence[str]) -> None: ...
    def show_arms_drawn(self) -> None: ...
    def show_notes(self, warnings: Sequence[str], simulated: bool) -> None: ...
    def show_empty(self, empty: bool) -> None: ...
    def show_busy(self, busy: bool) -> None: ...


class ScalingPresenter(ReadingPresenter):
    """Holds the choices and the figures; asks the session, drops what was overtaken."""

    def __init__(self, session: "Session", view: View) -> None:
        super().__init__(session, view)
        self._view = view
        self._wanted: str | None = None
        self._x = "k"
        self._k: int | None = None
        self.hidden_arms: set[str] = set()
        self.hidden_metrics: set[str] = set(HIDDEN_AT_FIRST)
        self.figures = Figures("")
        self._loading = False
        self.preset = DRAWN

    @property
    def x(self) -> str:
        return self._x

    def refresh(self) -> None:
        """Read and compute everything again."""
        quiet = self._stale and bool(self.figures.pools)
        self._stale, self._loading = False, True
        wanted, x, k = self._wanted, self._x, self._k
        self._compute(lambda conn: reading.load(conn, wanted, x, k), self._loaded, quiet=quiet)

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

    def choose_x(self, x: str) -> None:
        """Draw over k, tokens, cost or time."""
        self._x = x
        self._redraw()

    def choose_k(self, k: int) -> None:
        """Show the stream of the arms with so many rollouts a task."""
        self._k = k
        self._redraw()

    def show_arm(self, arm: str, shown: bool) -> None:
        """Put an arm into the figures, or take it out."""
        (self.hidden_arms.discard if shown else self.hidden_arms.add)(arm)
        self._show_figures()

    def show_only(self, arm: str | None) -> None:
        """Draw one arm and no other; None draws all."""
        self.hidden_arms = set() if arm is None else set(self.figures.arms) - {arm}
        self._view.show_arms(self.figures.arms, sorted(self.hidden_arms))
        self._show_figures()

    def show_metric(self, metric: str, shown: bool) -> None:
        """Draw a metric, or leave it out."""
        (self.hidden_metrics.discard if shown else self.hidden_metrics.add)(metric)
        self._show_figures()

    def rollouts_behind(self, series: Series, point: Point) -> list[str]:
        """Uids of the rollouts a point stands on."""
        return behind(self.figures.pools, series, point)

    def figure(self, name: str) -> CurveSet:
        """A figure as it is shown."""
        return chosen(self.figures.figure(name), self.hidden_arms, self.hidden_metrics)

    def recipe(self, name: str) -> Recipe:
        """What rebuilds a figure as it is shown."""
        now = self.figures
        keys = {pool.name: pool.key for pool in now.pools}
        have = dict.fromkeys(metric_of(one) for one in now.figure(name).series)
        return Recipe(
            now.origin.runs,
            figure=name,
            x=self._x,
            k=now.k if name == reading.STREAM else None,
            metrics=tuple(metric for metric in have if metric not in self.hidden_metrics),
            arms=tuple(keys.values()),
            hidden=tuple(keys[arm] for arm in now.arms if arm in self.hidden_arms),
            names={key: name for name, key in keys.items() if name != now.origin.own_names.get(key)},
            places={key: look.place for key, look in now.origin.looks.items() if key in keys.values()},
            precedence=now.pools[0].precedence,
            split=now.pools[0].split,
            preset=self.preset,
        )

    def choose_preset(self, preset: str) -> None:
        """Files are written in this size."""
        self.preset = preset

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
            "source": self._wanted,
            "x": self._x,
            "k": self._k,
            "hidden_arms": sorted(self.hidden_arms),
            "hidden_metrics": sorted(self.hidden_metrics),
            "preset": self.preset,
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Choices as `keep` gave them; what makes no sense is left out."""
        source, x, k = kept.get("source"), kept.get("x"), kept.get("k")
        self._wanted = source if isinstance(source, str) and source else None
        self._x = x if x in ("k", "tokens", "cost", "time") else "k"
        self._k = k if isinstance(k, int) else None
        self.preset = kept["preset"] if kept.get("preset") in PRESETS else DRAWN
        for name in ("hidden_arms", "hidden_metrics"):
            stored = kept.get(name)
            if isinstance(stored, list):
                setattr(self, name, {str(one) for one in stored})

    def _redraw(self) -> None:
        """Other axes over the same pools; nothing is read, unless it is being read anyway."""
        if self._loading:
            self.refresh()
            return
        now, x, k = self.figures, self._x, self._k
        if now.pools:
            self._compute(lambda _conn: reading.figures(now.source, now.pools, x, k, now.origin), self._computed)

    def _compute(
        self, read: Callable[["sqlite3.Connection"], T], done: Callable[[T], None], *, quiet: bool = False
    ) -> None:
        """`quiet` says nothing of it: figures that grow while a job runs would make the heading flicker."""
        if not quiet:
            self._view.show_busy(True)
        self._view.reading_begun()
        self._ask("scaling", read, done)

    def _loaded(self, result: tuple[list[Source], Figures]) -> None:
        self._loading = False
        sources, figures = result
        self._view.show_sources(sources, figures.source)
        self._computed(figures)

    def _computed(self, figures: Figures) -> None:
        self.figures = figures
        self._view.show_busy(False)
        self._view.reading_finished()
        self._view.show_empty(not figures.pools)
        if figures.pools:
            self._view.show_choices(self._x, figures.ks, figures.k)
            self._view.show_arms(figures.arms, sorted(self.hidden_arms))
            self._show_figures()

    def _show_figures(self) -> None:
        arms = self.figures.arms
        for name in FIGURES:
            self._view.show_figure(name, self.figure(name), arms)
        self._view.show_arms_drawn()
        warnings = [*self.figures.curves.warnings, *self._all_hidden()]
        self._view.show_notes(warnings, self.figures.curves.simulated)

    def _all_hidden(self) -> list[str]:
        """Say so when the choices leave nothing to draw."""
        have = {metric_of(series) for series in self.figures.curves.series}
        arms_left = set(self.figures.arms) - self.hidden_arms
        return [] if arms_left and have - self.hidden_metrics else ["every arm or metric is switched off"]

    def _failed(self, sentence: str) -> None:
        self._loading = False
        self._view.show_busy(False)
        super()._failed(sentence)
