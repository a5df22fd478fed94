"""The steps of one row in full, a text per rollout, scrolled together."""

from collections.abc import Iterator

from PySide6.QtWidgets import QHBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.compare_reads import LETTERS, Compared
from rb_studio.gui.rooms.trajectories.long_text import LongText, Stretch
from rb_studio.gui.rooms.trajectories.plain import part_of
from rb_studio.gui.theme import Theme
from rb_studio.records.trajectory import Step

NOTHING = "This rollout has no step in this row."


class StepTexts(QWidget):
    """Texts beside each other; scrolling one scrolls the others."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._moving = False
        self.texts: list[LongText] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    def show_sides(self, count: int, before: int) -> None:
        """As many texts as rollouts, under the columns of the table."""
        self._row.setContentsMargins(before, 0, 0, 0)
        for text in self.texts[count:]:
            text.stop()
            text.hide()
            text.deleteLater()
        del self.texts[count:]
        while len(self.texts) < count:
            text = LongText(self._theme, f"Step of rollout {LETTERS[len(self.texts)]}")
            text.edit.verticalScrollBar().valueChanged.connect(self._scrolled)
            self._row.addWidget(text, 1)
            self.texts.append(text)

    def show_row(self, compared: Compared, row: int) -> None:
        """The steps of a row."""
        self._moving = True
        for side, text in enumerate(self.texts):
            step = compared.step(row, side)
            key = (*compared.chosen[side], None if step is None else step.number)
            whole = text.wants_whole(key)
            self._show(text, step, key, whole)
        self._moving = False

    def redraw(self) -> None:
        """Other colours."""
        for text in self.texts:
            text.redraw()

    def stop(self) -> None:
        """No clock runs any more."""
        for text in self.texts:
            text.stop()

    def _show(self, text: LongText, step: Step | None, key: object, whole: bool) -> None:
        if step is None:
            text.show_text(NOTHING, key)
            return
        parts: list[str] = []
        heads: list[Stretch] = []
        at = hidden = size = 0
        for name, said in _parts(step):
            part = part_of(said, whole)
            heads.append(Stretch(at, len(name), "selection", "", True))
            piece = f"{name}\n{part.text.rstrip()}\n\n"
            parts.append(piece)
            at, hidden, size = at + len(piece), hidden + part.left_out, size + part.size
        text.show_text("".join(parts).rstrip("\n"), key, tuple(heads), hidden=hidden, size=size)

    def _scrolled(self, value: int) -> None:
        """The others go along, as far as they go."""
        if self._moving:
            return
        self._moving = True
        for text in self.texts:
            text.edit.verticalScrollBar().setValue(value)
        self._moving = False


def _parts(step: Step) -> Iterator[tuple[str, str]]:
    yield f"Step {step.number}: thought", step.thought or "none"
    yield "Action", step.action_text or "none"
    if step.error:
        yield "Error", step.error
    yield "Observation after it", step.observation or "nothing"
