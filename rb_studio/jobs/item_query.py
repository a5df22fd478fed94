"""Choosing memory items by a short text: `waiting -tag:review (used:>5 OR source:hand) ~ "find the largest"`.

Words and `field:value` parts narrow down, see `query_tree`; what stands after `~` is a meaning, which orders. A field
that an item has but one value of takes either of several.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from rb_studio.jobs.query_tree import MEANING, STRAY, Group, Part, joined, leaves, pruned, read
from rb_studio.jobs.query_tree import NONE as NONE
from rb_studio.jobs.query_tree import Clause as Clause
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store.item_filter import NUMBERS, TEXTS, ItemFilter
from rb_studio.store.rows import clean

POLARITIES = ("success", "failure", "contrast")
LIKENESS = "sim"
_LISTS = {
    "tag": "tags",
    "mode": "modes",
    "model": "models",
    "label": "labels",
    "site": "sites",
    "template": "templates",
}
FIELDS = (
    *("state", "tag", "polarity", "source", "run", "mode", "model", "label", "task", "site", "template", "created"),
    *TEXTS,
    *NUMBERS,
    *("id", LIKENESS),
)
_COUNTS = ("used", "version", "retrieved", "injected", "cited")
_NUMBER = re.compile(r"(?P<comparison><=|>=|<|>|=)?(?P<value>[+-]?\d{1,15}(?:\.\d{1,9})?)")
_TIME = re.compile(r"(?P<comparison><=|>=|<|>|=)?(?P<year>\d{4})(?:-(?P<month>\d{1,2}))?(?:-(?P<day>\d{1,2}))?")
_ONE_VALUE = ("polarity", "source", "task")


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What is looked for; `meaning` is empty where only words and fields count, `sim` bounds how like it items are."""

    where: ItemFilter = field(default_factory=ItemFilter)
    meaning: str = ""
    sim: tuple[tuple[str, float], ...] = ()


def clauses(text: str) -> Iterator[Clause]:
    """The parts of a query in order; any text can be read."""
    return leaves(read(text))


def parse_query(text: str) -> ItemQuery:
    """Read a query. Raises UsageError, with the place, for a field or value that cannot be."""
    tree = read(clean(text))
    query = ItemQuery()
    for clause in leaves(tree):
        if clause.field in (MEANING, LIKENESS):
            _refuse_apart(clause)
        if clause.field == MEANING:
            query = replace(query, meaning=f"{query.meaning} {clause.value}".strip())
        elif clause.field == LIKENESS and clause.value:
            query = replace(query, sim=(*query.sim, _number(clause)[1:]))
    return replace(query, where=_filter(pruned(tree, lambda one: one.field in (MEANING, LIKENESS) or not one.value)))


def toggled(
    text: str, name: str, value: str, *, alone: bool = False, negated: bool = False, either: bool = False
) -> str:
    """The query with this clause, or without it where it was there.

    `alone` replaces others of the field, `negated` leaves such items out, `either` takes them beside those of the
    field's last clause.
    """
    tree = read(text)
    there = any((one.field, one.value, one.negated) == (name, value, negated) for one in leaves(tree))
    goes = (
        (lambda one: one.field == name)
        if alone and not there
        else (lambda one: (one.field, one.value) == (name, value))
    )
    tree = pruned(tree, goes)
    if there:
        return joined(tree)
    written = f'{name}:"{value}"' if re.search(r"[\s()]", value) or not value else f"{name}:{value}"
    new = Clause(f"-{written}" if negated else written, name, value, negated)
    return joined(_beside(tree, new) if either and name == "tag" else _with(tree, new))


def _with(tree: Group, new: Clause) -> Group:
    """One more clause, before the meaning."""
    parts = list(tree.parts)
    at = next((place for place, one in enumerate(parts) if _field(one) == MEANING), len(parts))
    return replace(tree, parts=(*parts[:at], new, *parts[at:]))


def _beside(tree: Group, new: Clause) -> Group:
    """The clause as another choice beside the last one of its field, which all of an item's values could be."""
    for place in range(len(tree.parts) - 1, -1, -1):
        part = tree.parts[place]
        if part.negated or not all(
            _field(one) == new.field for one in (part.parts if isinstance(part, Group) else [part])
        ):
            continue
        choices = part.parts if isinstance(part, Group) and part.either else (part,)
        group = Group((*choices, new), either=True)
        return replace(tree, parts=(*tree.parts[:place], group, *tree.parts[place + 1 :]))
    return _with(tree, new)


def _field(part: Part) -> str:
    return part.field if isinstance(part, Clause) else ""


def _filter(group: Group) -> ItemFilter:
    """What a group's parts let pass together, or each of its choices."""
    if len(group.parts) == 1 and isinstance(group.parts[0], Group) and not group.parts[0].negated:
        return _filter(group.parts[0])
    if group.either:
        return ItemFilter(any_of=(tuple(_filter(Group((part,))) for part in group.parts),))
    where = ItemFilter()
    several: dict[str, list[ItemFilter]] = {}
    for part in group.parts:
        if part.negated:
            where = replace(where, without=(*where.without, _filter(Group((replace(part, negated=False),)))))
        elif isinstance(part, Group):
            inner = _filter(part)
            where = replace(where, any_of=(*where.any_of, *(inner.any_of if part.either else ((inner,),))))
        elif (name := _column(part)) in _ONE_VALUE:
            several.setdefault(name, []).append(_narrowed(ItemFilter(), part))
        else:
            where = _narrowed(where, part)
    for name, choices in several.items():
        if len(choices) == 1:
            where = replace(where, **{name: getattr(choices[0], name)})
        else:
            where = replace(where, any_of=(*where.any_of, tuple(choices)))
    return where


def _column(clause: Clause) -> str:
    """The part of the filter a clause is about; `source:failure` says the same as `polarity:failure`."""
    return "polarity" if clause.field == "source" and clause.value.lower() in POLARITIES else clause.field


def _narrowed(where: ItemFilter, clause: Clause) -> ItemFilter:
    """The filter with one more condition."""
    value, name = clause.value, _column(clause)
    if name == "":
        return replace(where, words=(*where.words, value))
    if name == "tag" and value == NONE:
        return replace(where, untagged=True)
    if name in _LISTS:
        part = _LISTS[name]
        more: Any = {part: (*getattr(where, part), "" if value == NONE else value)}
        return replace(where, **more)
    if name in TEXTS:
        return replace(where, fields=(*where.fields, (name, value)))
    if name in NUMBERS:
        return replace(where, numbers=(*where.numbers, _number(clause)))
    if name in _OTHERS:
        return _OTHERS[name](where, clause)
    if name == STRAY:
        raise UsageError(f'there is a ")" without its "("{_at(clause)}: put the text in quotes to look for it')
    near = get_close_matches(name, FIELDS, 1, 0.7)
    mend = f"write {near[0]}:" if near else f"use {', '.join(FIELDS)}"
    raise UsageError(f'there is no field "{name}"{_at(clause)}: {mend}, or put the text in quotes')


def _states(where: ItemFilter, clause: Clause) -> ItemFilter:
    if clause.value.lower() not in tuple(ItemState):
        raise UsageError(f'there is no state "{clause.value}"{_at(clause)}: use {", ".join(ItemState)}')
    return replace(where, states=(*where.states, clause.value.lower()))


def _polarity(where: ItemFilter, clause: Clause) -> ItemFilter:
    value = clause.value.lower()
    if value not in (*POLARITIES, NONE):
        raise UsageError(f'there is no polarity "{clause.value}"{_at(clause)}: use {", ".join(POLARITIES)} or {NONE}')
    return replace(where, polarity="" if value == NONE else value)


def _source(where: ItemFilter, clause: Clause) -> ItemFilter:
    return replace(where, source=clause.value)


def _task(where: ItemFilter, clause: Clause) -> ItemFilter:
    return replace(where, task=clause.value)


def _runs(where: ItemFilter, clause: Clause) -> ItemFilter:
    return replace(where, runs=(*where.runs, *([0] if clause.value == NONE else _ids(clause, "runs"))))


def _items(where: ItemFilter, clause: Clause) -> ItemFilter:
    return replace(where, ids=(*(where.ids or ()), *_ids(clause, "items")))


def _created(where: ItemFilter, clause: Clause) -> ItemFilter:
    """Days, months and years are those of the person's clock."""
    match = _TIME.fullmatch(clause.value)
    try:
        begin, end = _span(match) if match else (None, None)
    except ValueError:
        begin = end = None
    if match is None or begin is None or end is None:
        raise UsageError(
            f"created:{clause.value}{_at(clause)} is no date: write created:2026-11, created:2026-11-22 or "
            "created:>2026-11-22"
        )
    bounds = {"<": [("<", begin)], "<=": [("<", end)], ">": [(">=", end)], ">=": [(">=", begin)]}
    found = bounds.get(match["comparison"], [(">=", begin), ("<", end)])
    return replace(where, created=(*where.created, *found))


_OTHERS: Mapping[str, Callable[[ItemFilter, Clause], ItemFilter]] = {
    "state": _states,
    "polarity": _polarity,
    "source": _source,
    "task": _task,
    "run": _runs,
    "id": _items,
    "created": _created,
}


def _span(match: re.Match[str]) -> tuple[str, str]:
    """First moment of a year, month or day, and of the next. Raises ValueError."""
    year, month, day = (int(match[name]) if match[name] else 0 for name in ("year", "month", "day"))
    begin = datetime(year, month or 1, day or 1)
    if day:
        end = datetime.fromordinal(begin.toordinal() + 1)
    else:
        end = datetime(year + (month in (0, 12)), month % 12 + 1 if month else 1, 1)
    return _utc(begin), _utc(end)


def _utc(moment: datetime) -> str:
    """As the store writes times; what no clock shows any more is an error of the date. Raises ValueError."""
    try:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from error


def _number(clause: Clause) -> tuple[str, str, float]:
    match = _NUMBER.fullmatch(clause.value)
    whole = match is not None and match["value"].isdigit()
    if match is None or (clause.field in _COUNTS and not whole):
        like = ("5", ">5", "<=2") if clause.field in _COUNTS else ("0.1", ">0.1", "<=0")
        shown = ", ".join(f"{clause.field}:{one}" for one in like[:-1])
        raise UsageError(
            f"{clause.field}:{clause.value}{_at(clause)} is no comparison: write {shown} or {clause.field}:{like[-1]}"
        )
    return clause.field, match["comparison"] or "=", int(match["value"]) if whole else float(match["value"])


def _ids(clause: Clause, what: str) -> list[int]:
    parts = [part for part in clause.value.split(",") if part]
    if not all(part.isdecimal() and part.isascii() and len(part) < 19 for part in parts):
        name = clause.field
        raise UsageError(f"{name}:{clause.value}{_at(clause)} names no {what}: write {name}:12 or {name}:12,15")
    return [int(part) for part in parts]


def _refuse_apart(clause: Clause) -> None:
    """A meaning orders all that is found, so it can neither be left out nor be one of several choices."""
    what = "a meaning" if clause.field == MEANING else f"{LIKENESS}:"
    if clause.negated:
        mend = (
            f"turn the comparison round, as in {LIKENESS}:<0.5"
            if clause.field == LIKENESS
            else (f"leave out words instead, or bound the likeness, as in {LIKENESS}:<0.5")
        )
        raise UsageError(f"{what} cannot be left out{_at(clause)}: {mend}")
    if clause.apart:
        raise UsageError(f"{what} cannot stand in parentheses{_at(clause)}: it is about the whole query, put it last")


def _at(clause: Clause) -> str:
    """Where a clause stands, if not at the beginning."""
    return f" (at character {clause.start + 1})" if clause.start else ""
