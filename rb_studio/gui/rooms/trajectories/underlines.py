"""What is noted on stands out in the texts of the step on screen."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QTextEdit

from rb_studio.gui.rooms.trajectories.long_text import noted_form
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import readable
from rb_studio.gui.rooms.trajectories.selecting import inked, of_card
from rb_studio.gui.rooms.trajectories.units import Units
from rb_studio.gui.theme import Theme
from rb_studio.records.annotation import Part

if TYPE_CHECKING:
    from rb_studio.gui.rooms.trajectories.step_panel import StepPanel

Spans = Sequence[tuple[int, int]]
Stretches = Mapping[tuple[int, Part], Spans]


class Underlines:
    """Characters by the place of their step and their part; texts of the whole rollout have place 0."""

    def __init__(self, theme: Theme, panel: "StepPanel") -> None:
        self._theme, self._panel = theme, panel
        self._found: Stretches = {}

    def take(self, found: Stretches) -> None:
        """Others are noted on."""
        self._found = found

    def show(self, opened: Opened | None, place: int) -> None:
        """Those of a step, in the views that show it."""
        pages = self._panel.pages
        pages.after.text.show_noted(self._of(place, Part.OBSERVATION))
        pages.before.text.show_noted(self._of(max(place - 1, 0), Part.OBSERVATION))
        self._panel.patch.show_noted(self._of(0, Part.PATCH))
        self._show_in_card(opened, place)

    def _of(self, place: int, part: Part) -> Spans:
        return self._found.get((place, part), ())

    def _show_in_card(self, opened: Opened | None, place: int) -> None:
        """The card is rich text: where a text of the step stands in it is found by its words."""
        card, form = self._panel.card, noted_form(self._theme.colours)
        wanted = [
            (text, self._of(place, Part(part))) for part, text in (of_card(opened, place) if opened is not None else ())
        ]
        made = []
        if any(spans for _, spans in wanted):
            shown = card.toPlainText()
            units = Units(shown)
            for start, end in (span for text, spans in wanted if spans for span in _in_shown(shown, text, spans)):
                selection = QTextEdit.ExtraSelection()
                cursor = QTextCursor(card.document())
                cursor.setPosition(units.of(start))
                cursor.setPosition(units.of(end), QTextCursor.MoveMode.KeepAnchor)
                selection.cursor, selection.format = cursor, form
                made.append(selection)
        if made or card.extraSelections():
            card.setExtraSelections(made)


def _in_shown(shown: str, text: str, spans: Spans) -> Iterator[tuple[int, int]]:
    """Places of a text's characters where the text is shown with other white space, or only its words."""
    clean = readable(text)
    there = [place for place, sign in enumerate(shown) if not sign.isspace()]
    whole = inked(shown)
    begin = whole.find(inked(clean))
    for start, end in spans:
        words = inked(clean[start:end])
        at = begin + len(inked(clean[:start])) if begin >= 0 else whole.find(words)
        if words and at >= 0:
            yield there[at], there[at + len(words) - 1] + 1
