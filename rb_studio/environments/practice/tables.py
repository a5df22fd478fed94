"""Tables of the shop: columns, sorting by a click on a header, pages of ten rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rb_studio.environments.practice.nodes import Node, link, section, text_node
from rb_studio.environments.practice.urls import with_query

PAGE_ROWS = 10


class Column(NamedTuple):
    """A column: heading, sort key as it stands in the address, numeric or text."""

    title: str
    key: str


class Row(NamedTuple):
    """A row: the address its first cell leads to, shown texts, and values to sort by."""

    url: str | None
    cells: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table of rows in their default order."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]


def paged(table: Table, url: str, query: Mapping[str, str]) -> list[Node]:
    """The table's page that an address asks for, with sortable headers and a pager."""
    rows = _sorted(table, query)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(1, _number(query.get("page", "1"))), pages)
    shown = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    headers = [_header(column, url, query) for column in table.columns]
    nodes = [section("table", table.title, section("row", "", *headers), *[_row(row) for row in shown])]
    if not rows:
        nodes.append(text_node("We could not find any records."))
    return [*nodes, _pager(url, page, pages)]


def plain(title: str, headings: Sequence[str], rows: Sequence[Row]) -> Node:
    """A short table without sorting or pages."""
    head = section("row", "", *[Node("columnheader", heading) for heading in headings])
    return section("table", title, head, *[_row(row) for row in rows])


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 1


def _sorted(table: Table, query: Mapping[str, str]) -> Sequence[Row]:
    keys = [column.key for column in table.columns]
    if query.get("sort") not in keys:
        return table.rows
    index = keys.index(query["sort"])
    return sorted(table.rows, key=lambda row: row.values[index], reverse=query.get("dir") == "desc")


def _header(column: Column, url: str, query: Mapping[str, str]) -> Node:
    """A header; the first press sorts ascending, the next one turns the order round."""
    current = query.get("dir", "asc") if query.get("sort") == column.key else ""
    trait = {"asc": ", sorted ascending", "desc": ", sorted descending"}.get(current, "")
    target = with_query(url, sort=column.key, dir="desc" if current == "asc" else "asc", page="")
    node = section("columnheader", column.title, link(f"Sort by {column.title}", target))
    node.traits = trait
    return node


def _row(row: Row) -> Node:
    first, *rest = row.cells
    head = section("gridcell", first, link(first, row.url)) if row.url else Node("gridcell", first)
    return Node("row", "", [head, *[Node("gridcell", text) for text in rest]])


def _pager(url: str, page: int, pages: int) -> Node:
    links = []
    if page > 1:
        links.append(link("Previous page", with_query(url, page=str(page - 1))))
    if page < pages:
        links.append(link("Next page", with_query(url, page=str(page + 1))))
        links.append(link("Last page", with_query(url, page=str(pages))))
    return section("navigation", "Pages", text_node(f"Page {page} of {pages}"), *links)
