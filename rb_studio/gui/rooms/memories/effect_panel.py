"""What the shown item did: counts, success and steps with it against without it, and how far to trust that."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories import effect_words as words
from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.effect_bar import Drawn, EffectBar
from rb_studio.gui.theme import Theme
from rb_studio.records.effect import EffectEstimate, ItemEffect
from rb_studio.store.items import ItemRow

COUNTS = ("Retrieved", "Injected", "Withheld", "Cited")
COUNT_TIPS = (
    "Tasks at which it was among the items found",
    "Tasks at which the agent was given it",
    "Tasks at which a lot withheld it, to measure its effect",
    "Tasks at which the agent said it would use it; a dash where no agent said anything of its notes",
)
LEAVE_TIP = "Run the same tasks without this item and with it; what that takes is said first"
STEPS_UNTOLD = "Steps: the difference cannot be told from these runs."
STEPS_BESIDE = "Steps: paired with the test itself, among the bank\u2019s tools under Tests."
NO_ITEM = "Choose an item in the table to see what it did."
SHRUNK = "\u25c7 {} after shrinking towards what this bank\u2019s items do on average: a fair guess for one among many."


class EffectPanel(QScrollArea):
    """Shows what it is told.

    Signals
    -------
    leave_out_asked
        The same tasks are to be run without the item.
    again_asked
        Effects are to be worked out now.
    best_asked
        Items are to be listed by the lower bound of their effect.
    seen
        The panel came on screen.
    """

    leave_out_asked = Signal()
    again_asked = Signal()
    best_asked = Signal()
    seen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Effect of the item")
        self.title, self.standing = _line(), _line("muted")
        self.badge, self.flag = _line("badge", wraps=False), _line("", wraps=False)
        self.simulated = _line("badge", wraps=False)
        self.simulated.setText("simulated")
        self.simulated.setToolTip("Learned from the practice model; what it did there says nothing of a language model")
        self.counts = tuple(_line("", wraps=False) for _ in COUNTS)
        self.compared, self.difference, self.shrunk = _line(), _line(), _line("muted")
        self.success = EffectBar(theme, "Difference in success")
        self.steps_said = _line()
        self.steps = EffectBar(theme, "Difference in steps")
        self.why, self.means, self.todo = _line(), _line("muted"), _line()
        self.leave_button = QPushButton("Leave it out\u2026")
        self.again_button = QPushButton("Work out again")
        self.best_button = QPushButton("List by lower bound")
        self.best_button.setToolTip("Items that are surest to help first")
        self._lay_out()
        self.leave_button.clicked.connect(self.leave_out_asked)
        self.again_button.clicked.connect(self.again_asked)
        self.best_button.clicked.connect(self.best_asked)
        self.show_nothing()

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """What is not looked at need not be worked out."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.seen.emit()

    def show_nothing(self, sentence: str = NO_ITEM) -> None:
        """No stored item is shown."""
        self.title.setText(sentence)
        for widget in (*self._parts, self.leave_button):
            widget.setVisible(False)

    def show_standing(self, sentence: str) -> None:
        """Whether what is shown is as of now, and what it waits for."""
        self.standing.setText(sentence)
        self.standing.setVisible(bool(sentence))

    def show_waiting(self, row: ItemRow) -> None:
        """Nothing is known of the item yet."""
        self.show_nothing(one_line(row.title))

    def show_effect(self, row: ItemRow, effect: ItemEffect | None) -> None:
        """What an item did; None where it was never retrieved."""
        known = effect.estimate if effect else UNKNOWN
        self.title.setText(one_line(row.title))
        self.badge.setText(words.BADGES[known.evidence])
        self.badge.setToolTip(words.MEANS[known.evidence])
        self.flag.setText(words.FLAGS[known.flagged])
        for label, text in zip(self.counts, words.counts(effect), strict=True):
            label.setText(text)
        why = words.why_not(effect, row.state)
        self.compared.setText(words.compared(known))
        self.means.setText(words.MEANS[known.evidence])
        self.why.setText(why)
        self.todo.setText(words.WHAT_TO_DO if why else "")
        self._show_success(known)
        self._show_steps(known)
        for widget in self._parts:
            widget.setVisible(True)
        for label in (self.flag, self.compared, self.difference, self.shrunk, self.steps_said, self.why, self.todo):
            label.setVisible(bool(label.text()))
        self.success.setVisible(self.success.drawn is not None)
        self.steps.setVisible(self.steps.drawn is not None)
        self.simulated.setVisible(row.simulated)
        self.leave_button.setVisible(True)
        self.leave_button.setEnabled(row.state == "active")
        self.leave_button.setToolTip(LEAVE_TIP if row.state == "active" else words.NOT_ACTIVE.format(row.state))

    def _show_success(self, known: EffectEstimate) -> None:
        if known.difference is None or known.low is None or known.high is None:
            self.difference.setText("")
            self.shrunk.setText("")
            self.success.show_drawn(None)
            return
        over = "; it reaches over zero" if known.low <= 0 <= known.high else ""
        self.difference.setText(
            f"Success: {words.points(known.difference)} points, 90 % interval "
            f"{words.between(known.low, known.high)}{over}"
        )
        self.shrunk.setText("" if known.shrunk is None else SHRUNK.format(words.points(known.shrunk)))
        drawn = Drawn(known.difference, known.low, known.high, known.shrunk, fewer="harms", more="helps")
        self.success.show_drawn(drawn, words.said(known))

    def _show_steps(self, known: EffectEstimate) -> None:
        found = (known.steps_difference, known.steps_low, known.steps_high)
        if None in found:
            untold = STEPS_BESIDE if known.evidence == "left out" else STEPS_UNTOLD
            self.steps_said.setText("" if known.difference is None else untold)
            self.steps.show_drawn(None)
            return
        value, low, high = (float(one or 0.0) for one in found)
        said = f"Steps: {words.steps(value)}, 90 % interval {words.between(low, high, 1)}"
        self.steps_said.setText(said)
        self.steps.show_drawn(Drawn(value, low, high, of=1.0, fewer="fewer", more="more"), said)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(6, 6, 6, 6)
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        self.flag.setFont(bold)
        self._numbers = QWidget()
        grid = QGridLayout(self._numbers)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        for place, (name, tip, label) in enumerate(zip(COUNTS, COUNT_TIPS, self.counts, strict=True)):
            heading = _line("muted", wraps=False)
            heading.setText(name)
            for widget in (heading, label):
                widget.setToolTip(tip)
            label.setAccessibleName(name)
            grid.addWidget(heading, 0, place)
            grid.addWidget(label, 1, place)
        grid.setColumnStretch(len(COUNTS), 1)
        signs = QHBoxLayout()
        signs.addWidget(self.badge)
        signs.addWidget(self.flag)
        signs.addWidget(self.simulated)
        signs.addStretch(1)
        buttons = QGridLayout()
        for place, button in enumerate((self.leave_button, self.again_button, self.best_button)):
            buttons.addWidget(button, place // 2, place % 2)
        buttons.setColumnStretch(2, 1)
        column.addWidget(self.title)
        column.addWidget(self.standing)
        column.addLayout(signs)
        column.addWidget(self._numbers)
        told: tuple[QWidget, ...] = (self.compared, self.difference, self.success, self.shrunk, self.steps_said)
        told += (self.steps, self.why, self.means, self.todo)
        for part in told:
            column.addWidget(part)
        column.addLayout(buttons)
        column.addStretch(1)
        self.setWidget(inside)
        self._parts: tuple[QWidget, ...] = (self.badge, self.flag, self.simulated, self._numbers, *told)


UNKNOWN = EffectEstimate(None, None, None, None, None, None, 0, 0, 0)


def _line(role: str = "", *, wraps: bool = True) -> QLabel:
    label = QLabel(textFormat=Qt.TextFormat.PlainText)
    label.setWordWrap(wraps)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
