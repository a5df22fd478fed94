"""What is selected in the texts of a step, and going to a stretch of one of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor

from rb_studio.gui.rooms.trajectories.levels import Level
from rb_studio.gui.rooms.trajectories.long_text import LongText
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Selected, TextPart
from rb_studio.gui.rooms.trajectories.plain import readable
from rb_studio.gui.rooms.trajectories.prompt_panel import PromptPanel
from rb_studio.gui.rooms.trajectories.units import Units

if TYPE_CHECKING:
    from rb_studio.gui.rooms.trajectories.step_panel import StepPanel

_TABS: dict[TextPart, str] = {"observation": "page", "prompt": "prompt", "reply": "reply", "patch": "patch"}


def selected(panel: "StepPanel", opened: Opened | None, place: int, steps: tuple[int, ...]) -> Selected:
    """The steps, and a stretch of a text on screen where one is selected."""
    if opened is None:
        return Selected(steps)
    for part, of, text in _texts(panel, place):
        found = text.selected() if text.isVisible() else None
        if found is not None:
            return Selected((of,) if part == "observation" else steps, part, *found)
    return (_in_card(panel, opened, place, steps) if panel.card.isVisible() else None) or Selected(steps)


def reveal(panel: "StepPanel", opened: Opened, place: int, part: TextPart, start: int, length: int) -> None:
    """Go to a stretch of a readable text: in its tab, or in the card for what stands there."""
    if part == "observation":
        panel.show_tab("page")
        panel.pages.reveal(start, length)
    elif part in _TABS:
        panel.show_tab(_TABS[part])
        views: dict[str, PromptPanel | LongText] = {
            "prompt": panel.prompt,
            "reply": panel.reply,
            "patch": panel.patch,
        }
        views[_TABS[part]].reveal(start, length)
    else:
        if panel.reading.level is Level.OUTLINE:
            panel.set_level(Level.SIMPLE)
        hidden = {"reasoning": "reasoning", "action": "tools"}.get(part)
        if hidden is not None and not getattr(panel.reading, hidden):
            panel.toggle(hidden)
        text = dict(of_card(opened, place)).get(part, "")
        _show_in_card(panel, readable(text), start, length)


def _texts(panel: "StepPanel", place: int) -> Iterator[tuple[TextPart, int, LongText]]:
    """The text views with a text of a part, and the step they are about; 0 is what was seen first."""
    yield "observation", place, panel.pages.after.text
    yield "observation", place - 1, panel.pages.before.text
    yield "prompt", place, panel.prompt.text
    yield "reply", place, panel.reply
    yield "patch", place, panel.patch


def of_card(opened: Opened, place: int) -> Iterator[tuple[TextPart, str]]:
    """The texts of the card, in the order they are looked through."""
    if not 1 <= place <= opened.count:
        return
    step = opened.step(place)
    yield "thought", step.thought
    yield "action", step.action_text
    yield "error", step.error or ""
    yield "reasoning", step.reasoning or ""
    yield "observation", step.observation


def inked(text: str) -> str:
    """A text without white space: rich text has another one than what it is made of."""
    return "".join(text.split())


def _in_card(panel: "StepPanel", opened: Opened, place: int, steps: tuple[int, ...]) -> Selected | None:
    """What is selected in the card, by the text of the step that stands there."""
    cursor, shown = panel.card.textCursor(), panel.card.toPlainText()
    units = Units(shown)
    first, last = units.place(cursor.selectionStart()), units.place(cursor.selectionEnd())
    before, length = len(inked(shown[:first])), len(inked(shown[first:last]))
    for part, text in of_card(opened, place) if length else ():
        clean = readable(text)
        ink = inked(clean)
        begin = inked(shown).find(ink, max(0, before + length - len(ink))) if ink else -1
        if 0 <= begin <= before:
            there = [at for at, sign in enumerate(clean) if not sign.isspace()]
            start, end = there[before - begin], there[before - begin + length - 1] + 1
            return Selected(steps, part, start, end, clean[start:end])
    return _by_words(opened, place, steps, shown[first:last].strip())


def _by_words(opened: Opened, place: int, steps: tuple[int, ...], words: str) -> Selected | None:
    """Words of a text that is shown in part only: the first of the step's texts that has them."""
    for part, text in of_card(opened, place) if words else ():
        at = readable(text).find(words)
        if at >= 0:
            return Selected(steps, part, at, at + len(words), words)
    return None


def _show_in_card(panel: "StepPanel", text: str, start: int, length: int) -> None:
    """Select what stands at a place of a text: the card is searched for it, as often as it stands before there."""
    words = text[start : start + length].partition("\n")[0]
    if not words:
        return
    panel.card.moveCursor(QTextCursor.MoveOperation.Start)
    shown = text.partition("\n")[0][:40] if text else ""
    if shown:
        panel.card.find(shown)
        cursor = panel.card.textCursor()
        cursor.setPosition(cursor.selectionStart())
        panel.card.setTextCursor(cursor)
    for _ in range(text.count(words, 0, start) + 1):
        if not panel.card.find(words):
            return
