"""Stored pages in the small HTML that Qt's text view draws, with the acted element marked.

What comes in is a whole document whose elements carry `data-id`. What goes out holds known tags only and no
address, script, style sheet or picture of the document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

from rb_studio.gui.theme import Colours

ACTED = "acted"
POINTER = "\u27a4"
_SKIPPED = frozenset(("head", "style", "script", "title"))
_VOID = frozenset(("input", "meta", "br", "hr", "img", "link"))
_FLOW = frozenset(("html", "article", "section", "main", "body", "div", "label"))


def rich_page(html: str, colours: Colours, acted: str | None = None) -> str:
    """A page as rich text; the element whose `data-id` is `acted` stands out and is the anchor `acted`."""
    writer = _Writer(colours, acted)
    writer.feed(html)
    writer.close()
    return "".join(writer.out)


@dataclass
class _Element:
    tag: str
    closing: str
    start: int = 0


@dataclass
class _Select:
    marked: bool
    chosen: str | None = None
    options: list[str] = field(default_factory=list)
    selected: bool = False


class _Writer(HTMLParser):
    """Turns elements into tables, paragraphs and spans as they come."""

    def __init__(self, colours: Colours, acted: str | None) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._colours, self._acted = colours, acted
        self._open: list[_Element] = []
        self._skipping = 0
        self._select: _Select | None = None
        self._table = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if self._skipping or tag in _SKIPPED:
            self._skipping += tag not in _VOID
            return
        marked = self._acted is not None and values.get("data-id") == self._acted
        if tag == "input":
            self._field(values.get("value", ""), marked)
        elif tag == "select":
            self._select = _Select(marked)
        elif tag == "option" and self._select is not None:
            self._select.selected = "selected" in values
        elif tag not in _VOID:
            opening, closing = self._tags(tag, marked, values)
            if tag == "tr":
                opening, self._table = self._table + opening, ""
            self.out.append(opening)
            self._open.append(_Element(tag, closing))

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif tag == "select" and self._select is not None:
            self._field(f"{self._select.chosen or ''} \u25be", self._select.marked)
            self._select = None
        elif tag not in ("option", *_VOID) and any(one.tag == tag for one in self._open):
            while self._open:
                element = self._open.pop()
                self.out.append(element.closing)
                if element.tag == tag:
                    break

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        if self._select is not None:
            if self._select.selected or self._select.chosen is None:
                self._select.chosen = data
        else:
            self.out.append(escape(data))

    def _tags(self, tag: str, marked: bool, values: Mapping[str, str]) -> tuple[str, str]:
        """How an element opens and closes."""
        c = self._colours
        if tag == "a":
            return self._inline(marked, f"color:{c.accent};text-decoration:underline", "&nbsp;&nbsp; ")
        if tag == "button":
            return self._inline(marked, f"background-color:{c.border};font-weight:600", "&nbsp; ", "&nbsp;")
        if tag in ("td", "th"):
            return self._cell(tag, marked)
        if tag in _FLOW:
            return self._flow(tag, marked)
        opening, closing = self._block(tag, values)
        mark_open, mark_close = self._mark(marked)
        return f"{opening}{mark_open}", f"{mark_close}{closing}"

    def _block(self, tag: str, values: Mapping[str, str]) -> tuple[str, str]:
        c = self._colours
        frame = f'<table width="100%" cellpadding="6" cellspacing="0" style="border:1px solid {c.border};'
        if tag == "nav":
            return f'{frame}background-color:{c.window}"><tr><td>', "</td></tr></table>"
        if tag == "fieldset":
            return f'{frame}margin-top:6px"><tr><td>', "</td></tr></table>"
        if tag == "aside":
            return f'{frame}border-width:2px;background-color:{c.highlight}"><tr><td>', "</td></tr></table>"
        if tag == "footer":
            return f'{frame}margin-top:8px;background-color:{c.selection}"><tr><td>', "</td></tr></table>"
        if tag == "table":
            # A caption comes before the first row and cannot stand inside: the table opens with that row.
            self._table = (
                f'<table border="1" cellspacing="0" cellpadding="4" style="border-collapse:collapse;'
                f'border-color:{c.border};margin-bottom:6px">'
            )
            return "", "</table>"
        if values.get("role") == "alert":
            return f'{frame}background-color:{c.highlight}"><tr><td>', "</td></tr></table>"
        if tag == "tr":
            return "<tr>", "</tr>"
        if tag in ("h1", "h2"):
            size = "large" if tag == "h1" else "medium"
            return f'<p style="font-size:{size};font-weight:600;margin-top:8px;margin-bottom:4px">', "</p>"
        if tag in ("legend", "caption", "strong"):
            return f'<p style="font-weight:600;color:{c.muted};margin-bottom:2px">', "</p>"
        return '<p style="margin-top:3px;margin-bottom:3px">', "</p>"

    def _flow(self, tag: str, marked: bool) -> tuple[str, str]:
        mark_open, mark_close = self._mark(marked)
        if tag == "article":
            return f'<div style="margin-left:16px;margin-top:6px">{mark_open}', f"{mark_close}</div>"
        if tag == "label":
            return "", "&nbsp;&nbsp; "
        return mark_open, mark_close

    def _inline(self, marked: bool, style: str, after: str, padding: str = "") -> tuple[str, str]:
        mark_open, mark_close = self._mark(marked)
        if marked:
            return mark_open, f"{mark_close}{after}"
        return f'<span style="{style}">{padding}', f"{padding}</span>{after}"

    def _cell(self, tag: str, marked: bool) -> tuple[str, str]:
        c = self._colours
        style = f' style="background-color:{c.window};font-weight:600"' if tag == "th" else ""
        mark_open, mark_close = self._mark(marked)
        return f"<td{style}>{mark_open}", f"{mark_close}</td>"

    def _mark(self, marked: bool) -> tuple[str, str]:
        """Colour is not the only sign: an arrow points at the element."""
        if not marked:
            return "", ""
        c = self._colours
        style = f"background-color:{c.mark};color:{c.base};font-weight:700"
        return f'<a name="{ACTED}"></a><span style="{style}">&nbsp;{POINTER} ', "&nbsp;</span>"

    def _field(self, value: str, marked: bool) -> None:
        shown = escape(value.strip()) or "&nbsp;" * 14
        mark_open, mark_close = self._mark(marked)
        style = f"background-color:{self._colours.alternate};text-decoration:underline"
        self.out.append(f'<span style="{style}">&nbsp;{mark_open}{shown}{mark_close}&nbsp;</span>')
