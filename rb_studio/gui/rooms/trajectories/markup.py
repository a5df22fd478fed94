"""Small pieces of rich text, made from escaped text only."""

import re
from html import escape

from rb_studio.gui.rooms.trajectories.highlight import coloured_html
from rb_studio.gui.rooms.trajectories.plain import part_of, readable
from rb_studio.gui.theme import Colours

_STEP = re.compile(r"\[?\bsteps?\s+(\d{1,5})\b(?:\]|(?!\d))", re.IGNORECASE)
MONO = "font-family:monospace;white-space:pre-wrap"


def label(text: str, colours: Colours) -> str:
    """A small heading of a part."""
    return f'<p style="color:{colours.muted};font-weight:600;margin-top:6px;margin-bottom:1px">{escape(text)}</p>'


def prose(text: str) -> str:
    """Foreign text in paragraphs, lines kept."""
    lines = escape(part_of(text).text).split("\n")
    return f'<p style="margin:0;white-space:pre-wrap">{"<br>".join(lines)}</p>'


def box(text: str, colours: Colours, colour: str = "", *, language: str = "") -> str:
    """Foreign text as it was written, in a box; code of a language in its colours."""
    shown = coloured_html(part_of(text).text, language, colours, _lines)
    return (
        f'<table width="100%" cellpadding="5" cellspacing="0" style="background-color:{colour or colours.alternate};'
        f'border:1px solid {colours.border}"><tr><td style="{MONO}">{shown or "&nbsp;"}</td></tr></table>'
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def sign(status: str | None, word: str, colours: Colours, size: int = 16) -> str:
    """Icon and word of success, failure, unknown or warning."""
    name = status or "unknown"
    colour = getattr(colours, name, colours.unknown)
    icon = f'<img src="icon:{name}/{size}" width="{size}" height="{size}" style="vertical-align:middle">'
    return f'{icon}&nbsp;<span style="color:{colour};font-weight:600">{escape(word)}</span>'


def badge(text: str, colours: Colours) -> str:
    """A word in a frame of warning colour."""
    return f'<span style="color:{colours.warning};font-weight:600">\u25c6&nbsp;{escape(text)}</span>'


def link(address: str, text: str, colours: Colours) -> str:
    """A link of our own."""
    return f'<a href="{escape(address, quote=True)}" style="color:{colours.accent}">{escape(text)}</a>'


def muted(text: str, colours: Colours) -> str:
    """A remark."""
    return f'<span style="color:{colours.muted}">{escape(text)}</span>'


def with_step_links(text: str, colours: Colours, last: int) -> str:
    """Foreign text whose `[step 3]` lead to that step, as far as there is one."""
    clean = readable(text)
    parts: list[str] = []
    at = 0
    for found in _STEP.finditer(clean):
        number = int(found[1])
        if 1 <= number <= last:
            parts += [escape(clean[at : found.start()]), link(f"step:{number}", found[0], colours)]
            at = found.end()
    parts.append(escape(clean[at:]))
    return "".join(parts).replace("\n", "<br>")
