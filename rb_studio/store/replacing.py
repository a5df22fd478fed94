"""Find and replace in the texts of memory items: what would change, and the change as one operation."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.store import temporal
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.curation import SCOPE, count, refuse_empty
from rb_studio.store.items import ItemRow
from rb_studio.store.memory_rows import add_versions
from rb_studio.store.operations import begin
from rb_studio.store.rows import clean

if TYPE_CHECKING:
    from sqlite_utils import Database

FIELDS = ("title", "description", "content")
# A pattern that takes longer than this for one text grows without bound with the text.
SECONDS = 0.5

Substitute = Callable[[str], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Replacement:
    """One text of one item that would change; `count` is how often the pattern was found in it."""

    item: int
    field: str
    before: str
    after: str
    count: int


def replacements(
    rows: Iterable[ItemRow],
    pattern: str,
    by: str,
    *,
    regex: bool = False,
    fields: Sequence[str] = FIELDS,
    case: bool = False,
) -> Iterator[Replacement]:
    r"""What replacing would change in these items, one text after the other.

    A `regex` may name its groups in `by` as `\1` or `\g<name>`; without it both texts mean themselves. `case`
    distinguishes capitals. Raises UsageError for a pattern that cannot be read, or that takes too long for a text.
    """
    _refuse_fields(fields)
    substitute = _regex(pattern, by, case) if regex else _literal(pattern, by, case)
    return _found(rows, fields, substitute)


def replace_texts(
    db: "Database",
    bank_id: int,
    found: Sequence[Replacement],
    *,
    what: str = "",
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """Carry replacements out as one operation; `what` describes them in its name.

    Raises UsageError, changing nothing, when a text is another one by now or an item would be left without texts.
    """
    by_item: defaultdict[int, dict[str, Replacement]] = defaultdict(dict)
    for one in found:
        if clean(one.after) != one.before:
            by_item[one.item][one.field] = one
    label = f"Replace {what} in {count(by_item)}".replace("  ", " ")
    if not by_item:
        return ChangeRecord(label, who)
    texts = _texts(db, bank_id, by_item)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"replace": what, "n": len(texts)})
    temporal.end(db, "item_version", bank_id, texts, op)
    add_versions(db, bank_id, op, texts)
    return ChangeRecord(label, who, ("item_version",), {"memory_item": tuple(texts)}, op)


def described(pattern: str, by: str) -> str:
    """A replacement as it is named in the history."""
    return f"“{_short(pattern)}” by “{_short(by)}”"


def _found(rows: Iterable[ItemRow], fields: Sequence[str], substitute: Substitute) -> Iterator[Replacement]:
    for row in rows:
        for field in fields:
            before: str = getattr(row, field)
            try:
                after, times = substitute(before)
            except TimeoutError:
                raise UsageError(
                    f"the pattern takes too long for the {field} of memory item {row.id}: leave out repetitions inside "
                    "repetitions, such as (a+)+"
                ) from None
            if times and clean(after) != before:
                yield Replacement(row.id, field, before, clean(after), times)


def _literal(pattern: str, by: str, case: bool) -> Substitute:
    import regex

    if not pattern:
        raise UsageError("there is nothing to look for: give a text")
    compiled = regex.compile(regex.escape(pattern, special_only=True), 0 if case else regex.IGNORECASE)
    return lambda text: compiled.subn(lambda _: by, text, concurrent=True)


def _regex(pattern: str, by: str, case: bool) -> Substitute:
    import regex

    if not pattern:
        raise UsageError("there is nothing to look for: give a pattern")
    try:
        compiled = regex.compile(pattern, 0 if case else regex.IGNORECASE)
    except (regex.error, RecursionError, OverflowError) as error:
        raise UsageError(f"the pattern {pattern!r} cannot be read: {error}") from None

    def substitute(text: str) -> tuple[str, int]:
        try:
            found: tuple[str, int] = compiled.subn(by, text, timeout=SECONDS, concurrent=True)
        except (regex.error, IndexError) as error:
            raise UsageError(f"what is put in, {by!r}, does not fit the pattern {pattern!r}: {error}") from None
        return found

    return substitute


def _texts(db: "Database", bank_id: int, wanted: Mapping[int, Mapping[str, Replacement]]) -> dict[int, ItemText]:
    """The new texts by item id, checked against those the bank shows."""
    shown, params = temporal.visible("item_version", temporal.chain(db.conn, bank_id))
    rows = db.execute(
        f"SELECT item, title, description, content FROM ({shown}) WHERE item IN (SELECT value FROM json_each(?))",
        [*params, json.dumps(list(wanted))],
    )
    present = {row[0]: ItemText(row[1], row[2], row[3]) for row in rows}
    missing = next((item for item in wanted if item not in present), None)
    if missing is not None:
        raise UsageError(f"this bank has no memory item {missing} any more: look again what would change")
    return {item: _text(item, present[item], found) for item, found in wanted.items()}


def _text(item: int, present: ItemText, wanted: Mapping[str, Replacement]) -> ItemText:
    if any(getattr(present, field) != one.before for field, one in wanted.items()):
        raise UsageError(f"memory item {item} was changed in between: look again what would change")
    text = replace(present, **{field: one.after for field, one in wanted.items()})
    try:
        refuse_empty(text.title, text.description, text.content)
    except UsageError:
        raise UsageError(
            f"memory item {item} would be left without a title, or without description and content: leave it out"
        ) from None
    return text


def _refuse_fields(fields: Sequence[str]) -> None:
    unknown = next((field for field in fields if field not in FIELDS), None)
    if unknown is not None or not fields:
        raise UsageError(f"items have no text {unknown or 'of no name'!r}: choose {', '.join(FIELDS)}")


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
