"""How the practice model reads a page: the accessibility tree as elements, fields and tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

_STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_LINE = re.compile(
    rf"^(\t*)(?:\[(\w+)\] )?([A-Za-z]+) ({_STRING})(?: value=({_STRING}))?(.*)$",
    re.MULTILINE,
)
_ESCAPE = re.compile(r"\\(.)")
_PAGER = re.compile(r"\bpage (\d+) of (\d+)\b", re.IGNORECASE)
_LABELS_OF_TITLE = re.compile(r"\s+-\s+.*$")


class Element(NamedTuple):
    """One line of the tree; `depth` counts indentation."""

    depth: int
    bid: str
    role: str
    name: str
    value: str | None
    traits: str


@dataclass(frozen=True, slots=True)
class SeenTable:
    """A table as read: headings with their sort state, rows of cells, and the link id of each row."""

    headings: tuple[str, ...]
    sorted_by: str
    down: bool
    rows: tuple[tuple[str, ...], ...]
    links: tuple[str, ...]

    def column(self, *words: str) -> int:
        """Index of the first heading that contains one of the words, -1 for none."""
        for word in words:
            for index, heading in enumerate(self.headings):
                if word.lower() in heading.lower():
                    return index
        return -1


class SeenPage:
    """A page as the model sees it."""

    def __init__(self, text: str) -> None:
        self.elements = [
            Element(len(indent), bid, role, _text(name), _text(value) if value else None, traits)
            for indent, bid, role, name, value, traits in _LINE.findall(text)
        ]

    @cached_property
    def title(self) -> str:
        """The heading of the page, or what its root is called."""
        for element in self.elements:
            if element.role == "heading":
                return element.name
        return _LABELS_OF_TITLE.sub("", self.elements[0].name) if self.elements else ""

    @cached_property
    def alert(self) -> str:
        return next((element.name for element in self.elements if element.role == "alert"), "")

    @cached_property
    def dialog(self) -> bool:
        return any(element.role == "alertdialog" for element in self.elements)

    @cached_property
    def pager(self) -> tuple[int, int]:
        """(page, pages) of the table shown; (1, 1) without a pager."""
        for element in self.elements:
            found = _PAGER.search(element.name) if element.role == "StaticText" else None
            if found:
                return int(found[1]), int(found[2])
        return 1, 1

    @cached_property
    def tables(self) -> tuple[SeenTable, ...]:
        return tuple(_tables(self.elements))

    @property
    def table(self) -> SeenTable | None:
        """The table of the page, the last one where there are several."""
        return self.tables[-1] if self.tables else None

    def texts(self) -> list[str]:
        """All plain text in reading order."""
        return [element.name for element in self.elements if element.role == "StaticText"]

    def find(self, role: str, *words: str) -> Element | None:
        """The first element of a role whose name contains one of the words; earlier words go first."""
        for word in words:
            for element in self.elements:
                if element.role == role and element.bid and word.lower() in element.name.lower():
                    return element
        return None

    def field(self, *words: str) -> Element | None:
        """A textbox or list whose label contains one of the words."""
        return self.find("textbox", *words) or self.find("combobox", *words)

    def options(self, field: Element) -> list[str]:
        """Entries of a list."""
        names: list[str] = []
        for element in self.elements[self.elements.index(field) + 1 :]:
            if element.role != "option":
                break
            names.append(element.name)
        return names


@lru_cache(maxsize=256)
def see(text: str) -> SeenPage:
    """Read a page; the latest ones are remembered."""
    return SeenPage(text)


def _text(quoted: str) -> str:
    inner = quoted[1:-1]
    return _ESCAPE.sub(r"\1", inner) if "\\" in inner else inner


def _tables(elements: list[Element]) -> Iterator[SeenTable]:
    index = 0
    while index < len(elements):
        if elements[index].role == "table":
            end = index + 1
            while end < len(elements) and elements[end].depth > elements[index].depth:
                end += 1
            yield _table(elements[index + 1 : end])
            index = end
        else:
            index += 1


def _table(inside: list[Element]) -> SeenTable:
    headings: list[str] = []
    rows: list[list[str]] = []
    links: list[str] = []
    sorted_by, down = "", False
    for element in inside:
        if element.role == "columnheader":
            headings.append(element.name)
            if "sorted" in element.traits:
                sorted_by, down = element.name, "descending" in element.traits
        elif element.role == "row":
            rows.append([])
            links.append("")
        elif element.role == "gridcell" and rows:
            rows[-1].append(element.name)
        elif element.role == "link" and rows and rows[-1] and not links[-1]:
            links[-1] = element.bid
    kept = [(tuple(row), link) for row, link in zip(rows, links, strict=True) if row]
    return SeenTable(tuple(headings), sorted_by, down, tuple(row for row, _ in kept), tuple(link for _, link in kept))
