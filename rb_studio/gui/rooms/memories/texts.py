"""Showing foreign texts: always plain, never fetched, with the meaning of colours in signs too."""

import html
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QLineEdit, QTextBrowser, QWidget

from rb_studio.gui.theme import Colours
from rb_studio.gui.widgets.word_diff import Piece

CHARACTERS_A_TOKEN = 4
_WORDS = re.compile(r"\S+")


class PlainBrowser(QTextBrowser):
    """Shows our own markup around escaped texts; it loads nothing."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: N802 - Qt's name
        """Nothing a text names is ever read."""
        return None


def line_edit(placeholder: str, name: str) -> QLineEdit:
    """A line to type into, named for screen readers."""
    line = QLineEdit(placeholderText=placeholder)
    line.setAccessibleName(name)
    return line


def escaped(text: str) -> str:
    """A text inside markup, with its line breaks."""
    return html.escape(text).replace("\n", "<br>")


def sentence(text: str) -> str:
    """A message as a sentence begins; a quoted clause (`used:x ...`) stays as it was typed."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text


def local_time(stored: str) -> str:
    """A stored moment by the clock on the wall; what cannot be read is shown as it is."""
    try:
        moment = datetime.fromisoformat(stored)
    except ValueError:
        return stored
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def approximate_tokens(text: str) -> int:
    """About how many tokens a text costs."""
    return math.ceil(len(text.encode("utf-8", "replace")) / CHARACTERS_A_TOKEN)


def words_in(text: str) -> int:
    """How many words a text has."""
    return len(_WORDS.findall(text))


def diff_markup(pieces: Iterable[Piece], colours: Colours) -> str:
    """Pieces as markup: removed struck through in brackets, added underlined."""
    looks = {
        "same": "{}",
        "added": f'<span style="color:{colours.success}; text-decoration:underline">{{}}</span>',
        "removed": f'<span style="color:{colours.failure}; text-decoration:line-through">[{{}}]</span>',
    }
    return "".join(looks[piece.kind].replace("{}", escaped(piece.text)) for piece in pieces)
