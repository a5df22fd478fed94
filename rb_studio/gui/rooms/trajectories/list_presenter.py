"""The list of rollouts: filter, facets, groups, order, and what the feed changes in it. No widgets."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from rb_studio.gui.review.blind import tells
from rb_studio.gui.rooms.trajectories.asking import Asking
from rb_studio.models.whose import whose_word
from rb_studio.store import runs
from rb_studio.store.rollout_list import FACETS, NONE, ListedRollout, Listing, RolloutFilter, list_rollouts, listed
from rb_studio.store.runs import FORK, RunRow

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame

ROWS = 300
GROUPS = {"run": "Run", "task": "Task", "arm": "Arm", "model": "Model", "memory": "Memory", "": "No groups"}
WAIT = 4


@dataclass(frozen=True, slots=True)
class Chip:
    """A restriction that came from elsewhere; `what` is the filter's field it stands for."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing with how it was asked for and what its groups are called; `seconds` is what reading it took."""

    listing: Listing
    group: str
    sort: str
    descending: bool
    names: Mapping[Any, str]
    seconds: float = 0.0

    @property
    def rest(self) -> float:
        """Seconds to leave it alone while rollouts come in, so that long lists are not all that is read."""
        return WAIT * self.seconds


class ListView(Protocol):
    """What the list is shown on."""

    def show_listing(self, shown: Shown) -> None: ...
    def show_rows(self, rows: Mapping[int, ListedRollout]) -> None: ...
    def show_filter(self, chosen: RolloutFilter, chips: Sequence[Chip]) -> None: ...
    def say(self, sentence: str) -> None: ...


class ListPresenter:
    """Holds the filter and asks for ids; the rows of what is on screen are fetched when asked for."""

    def __init__(self, frame: "Frame", view: ListView) -> None:
        self._asking, self._view = Asking(frame.session), view
        self.filter = RolloutFilter()
        self.group, self.sort, self.descending = "run", "order", False
        self.extra: tuple[str, ...] = ()
        self.shown: Shown | None = None
        self._blind = False
        self._reading = self._again = False
        self._asked: set[int] = set()

    def refresh(self) -> None:
        """Ask for the list again; while an answer is on its way the wish is remembered."""
        if self._reading:
            self._again = True
            return
        self._reading, self._again = True, False
        asked = chosen, group, sort, descending = self._question()

        def arrived(shown: Shown) -> None:
            self._reading = False
            if asked == self._question():
                self.shown = shown
                self._view.show_listing(shown)
            if self._again:
                self.refresh()

        def read(conn: "Connection") -> Shown:
            began = time.monotonic()
            whose = whose_word()
            listing = list_rollouts(conn, chosen, group=group, sort=sort, descending=descending, whose=whose)
            names = group_names(conn, listing, group)
            return Shown(listing, group, sort, descending, names, time.monotonic() - began)

        self._asking.query("rollout list", read, arrived, self._failed)

    def set_blind(self, on: bool) -> None:
        """While on, neither order, groups nor what is listed tell what is hidden; nothing of the wishes is lost."""
        before = self._question()
        self._blind = on
        if self.shown is not None and self._question() != before:
            self.refresh()

    def want_rows(self, ids: Sequence[int]) -> None:
        """Fetch what these rollouts are, and those asked for that have not come yet."""
        self._asked.update(ids)
        if len(self._asked) > ROWS:
            self._asked = set(ids)
        asked = tuple(self._asked)
        extra = self.extra

        def read(conn: "Connection") -> dict[int, ListedRollout]:
            return listed(conn, asked, extra, whose=whose_word())

        self._asking.query("rollout rows", read, self._rows_arrived, self._failed)

    def set_filter(self, chosen: RolloutFilter) -> None:
        """List what fits another filter."""
        if chosen != self.filter:
            self.filter = chosen
            self.tell_filter()
            self.refresh()

    def set_text(self, text: str) -> None:
        self.set_filter(replace(self.filter, text=text))

    def set_in_steps(self, on: bool) -> None:
        self.set_filter(replace(self.filter, in_steps=on))

    def toggle(self, facet: str, value: str) -> None:
        """Choose a facet's value, or choose it no more."""
        chosen = self.filter.facets.get(facet, ())
        values = tuple(one for one in chosen if one != value) if value in chosen else (*chosen, value)
        facets = {name: found for name, found in {**self.filter.facets, facet: values}.items() if found}
        self.set_filter(replace(self.filter, facets=facets))

    def drop(self, what: str) -> None:
        """Lift a restriction: a chip's, or a facet's."""
        if what in FACETS:
            facets = {name: values for name, values in self.filter.facets.items() if name != what}
            self.set_filter(replace(self.filter, facets=facets))
        else:
            self.set_filter(replace(self.filter, **{what: getattr(RolloutFilter(), what)}))

    def clear(self) -> None:
        """Everything is listed again."""
        self.set_filter(RolloutFilter(in_steps=self.filter.in_steps))

    def set_group(self, group: str) -> None:
        if group != self.group and group in GROUPS:
            self.group = group
            self.refresh()

    def set_sort(self, sort: str, descending: bool) -> None:
        if (sort, descending) != (self.sort, self.descending):
            self.sort, self.descending = sort, descending
            self.refresh()

    def set_extra(self, keys: Sequence[str]) -> None:
        """Show columns of metadata; the rows on screen are asked for again."""
        if tuple(keys) != self.extra:
            self.extra = tuple(keys)
            self._asked.clear()
            if self.shown is not None:
                self.refresh()

    def tell_filter(self) -> None:
        """Show the filter as it stands."""
        self._view.show_filter(self.filter, self.chips())

    def chips(self) -> list[Chip]:
        """The restrictions that no facet and no text shows."""
        chosen, found = self.filter, []
        if chosen.uids:
            number = len(chosen.uids)
            found.append(Chip("uids", f"showing {number:,} rollout{'' if number == 1 else 's'}"))
        if chosen.task_key is not None:
            found.append(Chip("task_key", f"task {chosen.task_key}"))
        if chosen.run is not None:
            found.append(Chip("run", f"run {chosen.run}"))
        if chosen.arm is not None and not self._blind:
            found.append(Chip("arm", f"arm of run {chosen.arm}"))
        return found

    def neighbour(self, rollout_id: int | None, by: int) -> int | None:
        """The rollout listed before or after one; the first where it is not listed."""
        ids = self.shown.listing.ids if self.shown else ()
        if not ids:
            return None
        if rollout_id not in ids:
            return ids[0]
        place = ids.index(rollout_id) + by
        return ids[place] if 0 <= place < len(ids) else None

    def show(self, kept: Mapping[str, Any]) -> None:
        """Filter, groups and order as they were kept, at once."""
        self.restore(kept)
        self.refresh()

    def kept(self) -> dict[str, Any]:
        """Filter and order as plain JSON. Which rollouts another room asked for is not kept."""
        return {
            "text": self.filter.text,
            "in_steps": self.filter.in_steps,
            "facets": {name: list(values) for name, values in self.filter.facets.items()},
            "task": self.filter.task_key or "",
            "run": self.filter.run or 0,
            "arm": self.filter.arm or 0,
            "group": self.group,
            "sort": self.sort,
            "descending": self.descending,
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Come back to what `kept` gave; what does not fit is left out."""
        facets = kept.get("facets")
        known = facets.items() if isinstance(facets, Mapping) else ()
        self.filter = RolloutFilter(
            text=str(kept.get("text", "")),
            in_steps=bool(kept.get("in_steps", False)),
            facets={name: tuple(str(value) for value in values) for name, values in known if name in FACETS},
            task_key=str(kept.get("task", "")) or None,
            run=int(kept.get("run", 0)) or None,
            arm=int(kept.get("arm", 0)) or None,
        )
        self.group = str(kept.get("group", "run")) if kept.get("group", "run") in GROUPS else "run"
        self.sort, self.descending = str(kept.get("sort", "order")), bool(kept.get("descending", False))
        self.tell_filter()

    def close(self) -> None:
        """The room is closed: answers still on their way are for nobody."""
        self._asking.close()

    def _question(self) -> tuple[RolloutFilter, str, str, bool]:
        """What is listed, in which groups and order, and whether that from behind."""
        if not self._blind:
            return self.filter, self.group, self.sort, self.descending
        facets = {name: values for name, values in self.filter.facets.items() if not tells(name)}
        chosen = replace(self.filter, facets=facets, arm=None, by_model=False)
        group = "" if tells(self.group) else self.group
        return (chosen, group, "order", False) if tells(self.sort) else (chosen, group, self.sort, self.descending)

    def _rows_arrived(self, rows: Mapping[int, ListedRollout]) -> None:
        self._asked.difference_update(rows)
        self._view.show_rows(rows)

    def _failed(self, sentence: str) -> None:
        self._reading = False
        self._view.say(sentence)


def group_names(conn: "Connection", listing: Listing, group: str) -> dict[Any, str]:
    """What the groups of a listing are called; a task is called by its key, and its text is its rollouts'."""
    wanted = set(listing.groups)
    if group in ("run", "arm"):
        named = run_name if group == "run" else arm_name
        return {row.id: named(row) for row in runs.runs(conn, purpose=None) if row.id in wanted}
    words = {"memory": {"none": "no memory"}, "model": {NONE: "no model named"}}.get(group, {})
    return {value: words.get(value, str(value)) for value in wanted if value is not None}


def heat_names(conn: "Connection", columns: Sequence[Any], by: str) -> dict[Any, str]:
    """What the columns of a map of tasks against arms are called, without what all of them have in common."""
    names = group_names(conn, Listing((), tuple(columns), 0, 0, {}), by)
    parts = {value: name.split(", ") for value, name in names.items()}
    common = set.intersection(*map(set, parts.values())) if len(parts) > 1 else set()
    return {
        value: ", ".join(part for part in own if part not in common) or names[value] for value, own in parts.items()
    }


def arm_name(row: RunRow) -> str:
    """An arm in a few words, by its first run."""
    return run_name(row).partition(": ")[2] if row.arm is not None and row.purpose != FORK else run_name(row)


def run_name(row: RunRow) -> str:
    """A run in a few words: its arm, or the name of the foreign run or the fork."""
    if row.purpose == FORK:
        return row.name
    if row.arm is None:
        return f"{row.name or row.foreign_key or 'imported'} (imported)"
    arm = row.arm
    parts = ["no memory" if arm.memory == "none" else arm.memory]
    if arm.k > 1:
        parts.append(f"k={arm.k}" + (f" {arm.scaling}" if arm.scaling != "none" else ""))
    parts.append(arm.suite)
    if row.start_state != "empty":
        parts.append(row.start_state)
    if arm.seed:
        parts.append(f"seed {arm.seed}")
    if row.pass_number > 1:
        parts.append(f"pass {row.pass_number}")
    return f"Run {row.id}: " + ", ".join(parts)
