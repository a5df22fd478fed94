"""Themes of a bank over its stream: what is advised on a subject, first and later.

A merged item of which nobody said a stage is at the furthest stage of what went into it, as its text holds all of
their advice; a theme's name that hangs on one of those hangs on it too, unless it has one of its own.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.jobs.aside import Told, aside
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.item_vectors import embedded_items
from rb_studio.jobs.map import SHOWN
from rb_studio.models.protocol import Embedder
from rb_studio.store.lineage import origins
from rb_studio.store.temporal import chain, visible
from rb_studio.store.themes import HUMAN, STAGES, stages, theme_names
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.analysis.themes import Theme

LEAST = 3


@dataclass(frozen=True, slots=True)
class ThemeItem:
    """An item by id with its place in the stream, from 1, and the stage of its advice.

    `by` is who said it, a person before a model; both are empty where nobody did.
    """

    id: int
    place: int
    title: str
    stage: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class BankTheme:
    """Items on one subject in the order of the stream; `name` is a person's, `title` that of the most typical item."""

    name: str
    medoid: int
    title: str
    items: tuple[ThemeItem, ...]

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last place."""
        return self.items[0].place, self.items[-1].place

    @property
    def stages(self) -> Mapping[str, int]:
        """How many items are at which stage, of those somebody labelled."""
        return Counter(item.stage for item in self.items if item.stage)

    @property
    def path(self) -> tuple[str, ...]:
        """The stages in the order they first appear."""
        return tuple(dict.fromkeys(item.stage for item in self.items if item.stage))


@dataclass(frozen=True, slots=True)
class BankThemes:
    """Themes of at least so many items, in the order they begin; `places` is the length of the stream.

    `others` are items in smaller themes, `missing` those that have no vector.
    """

    themes: tuple[BankTheme, ...]
    places: int
    others: int
    missing: int
    embedder: str


def themes_aside(
    path: Path,
    bank_id: int,
    embedder: str | None = None,
    cut: float | None = None,
    least: int = LEAST,
    told: Told = lambda done, total: None,
) -> BankThemes:
    """`bank_themes` in a process of its own; `told` is called several times a second and may raise to stop."""
    return aside(_work, path, bank_id, embedder, cut, least, tick=lambda: told(0, 0))


def _work(path: Path, bank_id: int, embedder: str | None, cut: float | None, least: int) -> BankThemes:
    with Workspace.open(path, write=False) as workspace, chosen_embedder(embedder) as chosen:
        return bank_themes(workspace.reader(), bank_id, chosen, cut, least)


def bank_themes(
    conn: sqlite3.Connection,
    bank_id: int,
    embedder: Embedder,
    cut: float | None = None,
    least: int = LEAST,
    states: Collection[str] = SHOWN,
) -> BankThemes:
    """Group a bank's items that have a vector of this embedder by subject.

    An item's place in the stream is that of its experience among the bank's, in the order they were learned. `cut` is
    the cosine from which an item belongs to a theme.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    from rb_studio.analysis.themes import CUT, themes

    items = embedded_items(conn, bank_id, states, embedder)
    ids = [item for item, known in zip(items.ids, items.known.tolist(), strict=True) if known]
    places, titles, length = _stream(conn, bank_id)
    order = np.array([places[item] for item in ids], np.int64)
    with threadpool_limits(1, user_api="blas"):
        found = themes(items.vectors[items.known], order, cut=CUT if cut is None else cut)
    large = [theme for theme in found if len(theme.members) >= least]
    described = _Described(ids, places, titles, *_said(conn, bank_id))
    grouped = sum(len(theme.members) for theme in large)
    shown = tuple(described.theme(theme) for theme in large)
    return BankThemes(shown, length, len(ids) - grouped, len(items.ids) - len(ids), embedder.identity)


@dataclass(frozen=True, slots=True)
class _Described:
    """Gives themes their names and stages."""

    ids: Sequence[int]
    places: Mapping[int, int]
    titles: Mapping[int, str]
    stages: Mapping[int, Mapping[str, str]]
    names: Mapping[int, str]

    def theme(self, theme: "Theme") -> BankTheme:
        medoid, members = self.ids[theme.medoid], [self.ids[row] for row in theme.members]
        # a name hangs on one item; of several the most typical item's counts, else the latest
        named = self.names.get(medoid) or next((self.names[one] for one in members[::-1] if one in self.names), "")
        return BankTheme(named, medoid, self.titles[medoid], tuple(map(self._item, members)))

    def _item(self, item: int) -> ThemeItem:
        said = self.stages.get(item, {})
        by = HUMAN if HUMAN in said else next(iter(sorted(said)), "")
        return ThemeItem(item, self.places[item], self.titles[item], said.get(by, ""), by)


def _said(conn: sqlite3.Connection, bank_id: int) -> tuple[dict[int, dict[str, str]], dict[int, str]]:
    """Stages by who said them, and names of themes, by item id; of merged items also what they inherit."""
    own, named = stages(conn, bank_id), theme_names(conn, bank_id)
    found, names = dict(own), dict(named)
    for item, merged in origins(conn, bank_id).items():
        inherited: dict[str, str] = {}
        for who, stage in (said for one in merged for said in own.get(one, {}).items()):
            inherited[who] = max(inherited.get(who, STAGES[0]), stage, key=STAGES.index)
        if inherited and item not in own:
            found[item] = inherited
        latest = max((one for one in merged if one in named), default=None)
        if latest is not None and item not in named:
            names[item] = named[latest]
    return found, names


def _stream(conn: sqlite3.Connection, bank_id: int) -> tuple[dict[int, int], dict[int, str], int]:
    """Place and title by item id, and how many places there are."""
    layers = chain(conn, bank_id)
    presence, of_stream = visible("experience_presence", layers)
    order = {
        row[0]: place
        for place, row in enumerate(conn.execute(f"SELECT experience FROM ({presence}) ORDER BY 1", of_stream), 1)
    }
    versions, of_items = visible("item_version", layers)
    rows = conn.execute(
        f"SELECT v.item, i.experience, v.title FROM ({versions}) v JOIN memory_item i ON i.id = v.item", of_items
    ).fetchall()
    return {row[0]: order.get(row[1], 0) for row in rows}, {row[0]: row[2] for row in rows}, len(order)
