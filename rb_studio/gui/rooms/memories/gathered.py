"""Items that were gathered on the map or elsewhere: a part of the query for more ids than a query can hold."""

from collections.abc import Sequence
from dataclasses import replace

from rb_studio.jobs.item_query import ItemQuery, parse_query
from rb_studio.jobs.query_tree import Clause, joined, leaves, pruned, read
from rb_studio.records.errors import UsageError
from rb_studio.store.items import ItemFilter

FIELD = "gathered"
CLAUSE = f"{FIELD}:items"
MOST_NAMED = 1000  # ids that a query names one by one: what is saved or kept with it lasts
AWAY = f"{CLAUSE} stands for items of this bank that were gathered; it is forgotten when the program ends."
NOT_SAVED = f"{CLAUSE} cannot be saved: give those items a tag, and save a filter with tag:."
APART = f"{CLAUSE} cannot stand in parentheses or beside an OR: it is about the whole query."


def names_gathered(text: str) -> bool:
    """Whether a query speaks of what was gathered."""
    return any(one.field == FIELD for one in leaves(read(text)))


def read_query(text: str, gathered: Sequence[int]) -> ItemQuery:
    """A query that may speak of what was gathered. Raises UsageError."""
    tree = read(text)
    said = [one for one in leaves(tree) if one.field == FIELD]
    if not said:
        return parse_query(text)
    if len(said) != sum(isinstance(part, Clause) and part.field == FIELD for part in tree.parts):
        raise UsageError(APART)
    query = parse_query(joined(pruned(tree, lambda one: one.field == FIELD)))
    where, ids = query.where, tuple(gathered)
    if any(one.negated for one in said):
        where = replace(where, without=(*where.without, ItemFilter(ids=ids)))
    if any(not one.negated for one in said):
        own = where.ids
        where = replace(where, ids=ids if own is None else tuple(set(own) & set(ids)))
    return replace(query, where=where)
