"""Which items of a bank are meant, and that as SQL."""

import json
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rb_studio.records.effect import ItemEffect
from rb_studio.records.errors import UsageError
from rb_studio.store.lineage import used
from rb_studio.store.temporal import Chain, Sql, visible
from rb_studio.store.words import contains, has_term, has_words, like_pattern

Effects = Mapping[str, ItemEffect]

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
TEXTS = ("title", "description", "content")
_COUNTED: Mapping[str, Callable[[Chain], Sql]] = {"used": used, "version": lambda layers: ("v.number", [])}
MEASURED: Mapping[str, Callable[[ItemEffect], float | None]] = {
    "retrieved": lambda effect: effect.retrieved,
    "injected": lambda effect: effect.injected,
    "cited": lambda effect: effect.cited,
    "effect": lambda effect: effect.estimate.difference,
    "low": lambda effect: effect.estimate.low,
    "high": lambda effect: effect.estimate.high,
}
NUMBERS = (*_COUNTED, *MEASURED)
OWN_SOURCES = {
    "run": "e.run IS NOT NULL",
    "hand": "e.kind = 'hand'",
    "import": "(e.run IS NULL AND e.kind <> 'hand')",
}
# Filters by a value of a column: of the item, or of the experience it belongs to.
VALUES = {
    "modes": "i.mode",
    "models": "i.model",
    "labels": "i.label_source",
    "runs": "coalesce(e.run, 0)",
    "sites": "coalesce(e.site, '')",
    "templates": "coalesce(e.template, '')",
}


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items; every given part must hold.

    `text` is a substring of title, description or content; of `words` every one occurs there, in any form or
    as a beginning, and of `fields` (title, description or content, term) in that text. `source` is `hand`, `import`,
    `run`, or the uid of a rollout. `task` is a substring of the task's key or text. `numbers` are (name of `NUMBERS`,
    comparison, value); what an item did is known only where effects are given beside the filter. `created` are
    (comparison, time in ISO 8601, UTC). `ids` restricts to rows. None of `without` may hold, and of each group of
    `any_of` one has to. Items in state deleted show only when `states` names it, here or in a group.
    """

    states: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    polarity: str | None = None
    source: str | None = None
    ids: tuple[int, ...] | None = None
    words: tuple[str, ...] = ()
    untagged: bool = False
    task: str = ""
    numbers: tuple[tuple[str, str, float], ...] = ()
    modes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    created: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    without: tuple["ItemFilter", ...] = ()
    any_of: tuple[tuple["ItemFilter", ...], ...] = ()


def names_deleted(wanted: Iterable[ItemFilter]) -> bool:
    """Whether one of these asks for deleted items."""
    return any("deleted" in one.states or any(names_deleted(group) for group in one.any_of) for one in wanted)


def hides_deleted(where: ItemFilter) -> bool:
    """Whether this filter leaves deleted items out by itself: it names no state, and neither does a group of it."""
    return not where.states and not names_deleted([where])


def both(one: ItemFilter, other: ItemFilter) -> ItemFilter:
    """What two filters let pass."""
    nothing = ItemFilter()
    return one if other == nothing else other if one == nothing else ItemFilter(any_of=((one,), (other,)))


def asks_effects(where: ItemFilter) -> bool:
    """Whether a filter depends on what items did."""
    inner = (*where.without, *(one for group in where.any_of for one in group))
    return any(name in MEASURED for name, _, _ in where.numbers) or any(asks_effects(one) for one in inner)


def leaving_out(where: ItemFilter, name: str) -> ItemFilter:
    """The filter without its conditions on one part, wherever they stand alone."""
    nothing = ItemFilter()

    def alone(one: ItemFilter) -> bool:
        return one != nothing and replace(one, **{name: getattr(nothing, name)}) == nothing

    return replace(
        where,
        **{name: getattr(nothing, name)},
        without=tuple(one for one in where.without if not alone(one)),
        any_of=tuple(group for group in where.any_of if not all(alone(one) for one in group)),
    )


def having(effects: Effects | None, name: str, comparison: str, value: float) -> list[str]:
    """Uids of items whose measured number compares so; unknown numbers compare to nothing."""
    holds, number = COMPARISONS[comparison], MEASURED[name]
    found = ((uid, number(effect)) for uid, effect in (effects or {}).items())
    return [uid for uid, known in found if known is not None and holds(known, value)]


def check_number(name: str, comparison: str) -> None:
    """Raises UsageError for a number that items do not have."""
    if name not in NUMBERS or comparison not in COMPARISONS:
        raise UsageError(f"items have no number {name!r} to compare by {comparison!r}; choose {_or(NUMBERS)}")


def conditions(layers: Chain, where: ItemFilter, effects: Effects | None = None, *, hide: bool = True) -> Sql:
    """The filter as one condition on item `i`, state `s`, texts `v` and experience `e`.

    `hide` leaves deleted items out unless they are asked for.
    """
    parts = [
        *_states(where, hide),
        *_tags(layers, where),
        *_texts(where),
        *_origin(where),
        *(_number(layers, effects, *one) for one in where.numbers),
        *_groups(layers, where, effects, hide),
    ]
    for one in where.without:
        condition, params = conditions(layers, one, effects, hide=False)
        parts.append((f"({condition}) IS NOT TRUE", params))
    return " AND ".join(condition for condition, _ in parts) or "1", [value for _, params in parts for value in params]


def _states(where: ItemFilter, hide: bool) -> list[Sql]:
    if where.states:
        return [("s.state IN (SELECT value FROM json_each(?))", [json.dumps(where.states)])]
    return [("s.state <> 'deleted'", [])] if hide and hides_deleted(where) else []


def _tags(layers: Chain, where: ItemFilter) -> list[Sql]:
    tags, params = visible("item_tag", layers)
    found: list[Sql] = [
        (f"i.id IN (SELECT item FROM ({tags}) WHERE present AND tag = ?)", [*params, tag]) for tag in where.tags
    ]
    if where.untagged:
        found.append((f"i.id NOT IN (SELECT item FROM ({tags}) WHERE present)", params))
    return found


def _texts(where: ItemFilter) -> list[Sql]:
    found: list[Sql] = [contains(where.text)] if where.text else []
    return [*found, *has_words(where.words), *(has_term(term, name) for name, term in where.fields)]


def _origin(where: ItemFilter) -> list[Sql]:
    """Conditions on the item and its experience, but for numbers."""
    found: list[Sql] = [] if where.polarity is None else [("i.polarity = ?", [where.polarity])]
    if where.source is not None:
        own = OWN_SOURCES.get(where.source)
        rollout = "i.id IN (SELECT item FROM item_source WHERE rollout_uid = ?)"
        found.append((own, []) if own else (rollout, [where.source]))
    if where.ids is not None:
        found.append(("i.id IN (SELECT value FROM json_each(?))", [json.dumps(where.ids)]))
    if where.task:
        found.append(task_condition(where.task))
    for name, column in VALUES.items():
        if wanted := getattr(where, name):
            found.append((f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(wanted)]))
    for comparison, time in where.created:
        check_number("version", comparison)
        found.append((f"i.created_at {comparison} ?", [time]))
    return found


def task_condition(task: str) -> Sql:
    """A condition on experience `e`: its task's key or text holds this."""
    return "(e.task_key LIKE ? ESCAPE '\\' OR e.task_text LIKE ? ESCAPE '\\')", [like_pattern(task)] * 2


def _number(layers: Chain, effects: Effects | None, name: str, comparison: str, value: float) -> Sql:
    check_number(name, comparison)
    if name in _COUNTED:
        counted, params = _COUNTED[name](layers)
        return f"({counted}) {comparison} ?", [*params, value]
    return "i.uid IN (SELECT value FROM json_each(?))", [json.dumps(having(effects, name, comparison, value))]


def _groups(layers: Chain, where: ItemFilter, effects: Effects | None, hide: bool) -> list[Sql]:
    """Deleted items are hidden within a group only where it decides about them."""
    found = []
    for group in where.any_of:
        within = hide and not where.states and names_deleted(group)
        each = [conditions(layers, one, effects, hide=within) for one in group]
        either = " OR ".join(f"({condition})" for condition, _ in each) or "0"
        found.append((f"({either})", [value for _, params in each for value in params]))
    return found


def _or(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}"
