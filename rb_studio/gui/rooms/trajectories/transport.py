"""First, back, play, on, last; which step; speed; follow."""

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from rb_studio.gui.icons import icon
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided

SPEEDS = {"0.5\u00d7": 2000, "1\u00d7": 1000, "2\u00d7": 500, "4\u00d7": 250}
NORMAL = "1\u00d7"
FOLLOW_INTERVAL = 350
STAYING, FOLLOWING = "\u25cb Follow", "\u25cf Following"


class Transport(QWidget):
    """Signals up, setters down; owns the clocks of playing and following.

    Signals
    -------
    first, back, onwards, last, play
        The buttons.
    step_asked
        A number was typed; carries it.
    follow_asked
        Carries on or off.
    play_tick, follow_tick
        Time for the next step.
    """

    first = Signal()
    back = Signal()
    onwards = Signal()
    last = Signal()
    play = Signal()
    step_asked = Signal(int)
    follow_asked = Signal(bool)
    play_tick = Signal()
    follow_tick = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._buttons: dict[str, QToolButton] = {}
        self._playing = QTimer(self)
        self._playing.setInterval(SPEEDS[NORMAL])
        self._playing.timeout.connect(self.play_tick)
        self._following = QTimer(self)
        self._following.setInterval(FOLLOW_INTERVAL)
        self._following.timeout.connect(self.follow_tick)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for name, tip, signal in (
            ("first", "First step (Home)", self.first),
            ("previous", "Step back (K, Left)", self.back),
            ("run", "Play or pause (Space)", self.play),
            ("next", "Next step (J, Right)", self.onwards),
            ("last", "Last step (End)", self.last),
        ):
            layout.addWidget(self._button(name, tip, signal))
        self.number = QSpinBox()
        self.number.setKeyboardTracking(False)
        self.number.setAccessibleName("Go to step")
        self.number.setToolTip("Go to step (G)")
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.valueChanged.connect(self.step_asked)
        label = QLabel("Step")
        label.setBuddy(self.number)
        self._of = QLabel("of 0")
        self.speed = QComboBox()
        self.speed.addItems(list(SPEEDS))
        self.speed.setCurrentText(NORMAL)
        self.speed.setAccessibleName("Speed of playing")
        self.speed.setToolTip("Speed of playing")
        self.speed.currentTextChanged.connect(self._set_speed)
        self.follow = QToolButton()
        self.follow.setText(STAYING)
        self.follow.setCheckable(True)
        self.follow.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.follow.setToolTip("Follow the newest step of what runs (F)")
        self.follow.toggled.connect(self.follow_asked)
        self.facts = Elided(1, muted=True, right=True)
        for widget in (label, self.number, self._of, self.speed, self.follow):
            layout.addWidget(widget)
            layout.addSpacing(self.fontMetrics().averageCharWidth() // 2)
        layout.addWidget(self.facts, 1)
        self.redraw()

    def show_step(self, step: int, count: int, facts: str) -> None:
        """Which step of how many, and what it used."""
        self.number.blockSignals(True)
        self.number.setRange(min(1, count), count)
        self.number.setValue(step)
        self.number.blockSignals(False)
        self.number.setEnabled(count > 0)
        self._of.setText(f"of {count:,}")
        self.facts.set_text(facts)
        for name, on in (("first", step > 1), ("previous", step > 1), ("next", step < count), ("last", step < count)):
            self._buttons[name].setEnabled(on)
        self._buttons["run"].setEnabled(count > 0)

    def show_playing(self, on: bool) -> None:
        """Play or pause."""
        (self._playing.start if on else self._playing.stop)()
        self.redraw()

    def show_follow(self, on: bool) -> None:
        """Following or not."""
        self.follow.blockSignals(True)
        self.follow.setChecked(on)
        self.follow.setText(FOLLOWING if on else STAYING)
        self.follow.blockSignals(False)
        (self._following.start if on else self._following.stop)()

    def go_to_step(self) -> None:
        """Put the keyboard into the step's number."""
        self.number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.number.selectAll()

    def redraw(self) -> None:
        """Icons in the colours of the theme."""
        colours = self._theme.colours
        for name, button in self._buttons.items():
            shown = "pause" if name == "run" and self._playing.isActive() else name
            button.setIcon(icon(shown, colours.text, colours.border))

    def stop(self) -> None:
        """No clock runs any more."""
        self._playing.stop()
        self._following.stop()

    def _set_speed(self, name: str) -> None:
        self._playing.setInterval(SPEEDS[name])

    def _button(self, name: str, tip: str, signal: SignalInstance) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(signal)
        self._buttons[name] = button
        return button
