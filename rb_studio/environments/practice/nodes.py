"""Pages as trees of elements: numbering and the accessibility-tree text in BrowserGym's style."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_BARE = frozenset(("StaticText", "RootWebArea"))
_PRIME = 9973


class Command(NamedTuple):
    """What pressing an element does: a kind the shop knows and what it concerns."""

    kind: str
    target: str = ""


@dataclass(slots=True)
class Node:
    """One element. `field` names the form value it edits, `options` the entries of a list."""

    role: str
    name: str = ""
    children: "list[Node]" = field(default_factory=list)
    command: Command | None = None
    field: str | None = None
    value: str | None = None
    options: tuple[str, ...] = ()
    traits: str = ""
    bid: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A numbered page: its root, its text and its elements by id."""

    root: Node
    text: str
    elements: dict[str, Node]


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in reading order."""
    yield node
    for child in node.children:
        yield from walk(child)


def text_node(text: str) -> Node:
    """Text without an id."""
    return Node("StaticText", text)


def link(name: str, url: str) -> Node:
    """A link to an address of the shop."""
    return Node("link", name, command=Command("open", url))


def button(name: str, kind: str, target: str = "") -> Node:
    """A button that carries out a command."""
    return Node("button", name, command=Command(kind, target))


def section(role: str, name: str, *children: Node) -> Node:
    """An element that holds others."""
    return Node(role, name, list(children))


def numbered(root: Node, order: int = 0) -> Page:
    """Give ids to a page's elements and write it as text.

    Parameters
    ----------
    root
        The page; its nodes receive their ids.
    order
        0 numbers elements in reading order; any other integer gives each place another id.
    """
    lines: list[str] = []
    elements: dict[str, Node] = {}
    _write(root, "", lines, elements, order)
    return Page(root, "\n".join(lines), elements)


def _write(node: Node, indent: str, lines: list[str], elements: dict[str, Node], order: int) -> None:
    line = f"{node.role} {node.name!r}"
    if node.role not in _BARE:
        node.bid = _bid(len(elements) + 1, order)
        elements[node.bid] = node
        line = f"[{node.bid}] {line}"
    if node.value is not None:
        line += f" value={node.value!r}"
    lines.append(indent + line + node.traits)
    deeper = indent + "\t"
    for child in node.children:
        _write(child, deeper, lines, elements, order)
    for option in node.options:
        lines.append(f"{deeper}option {option!r}, selected={option == node.value}")


def _bid(place: int, order: int) -> str:
    """Place to id; multiplication modulo a prime keeps ids apart for pages of up to 9972 elements."""
    return str(place if order == 0 else place * (order % (_PRIME - 1) + 1) % _PRIME)
