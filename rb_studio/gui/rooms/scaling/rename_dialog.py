"""Names for the arms of figures: every figure, file and list of the room shows them."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.plots.ink import SOLID, line_icon, screen_ink
from rb_studio.gui.plots.looks import place_of
from rb_studio.store.arm_looks import LONGEST

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.presenter import ScalingPresenter
    from rb_studio.gui.theme import Theme

SENTENCE = "A name that is left empty is the arm's own. Colours and markers stay with their arms."


class RenameDialog(QDialog):
    """A line for each arm, beside its colour and marker; what is refused is said in place."""

    def __init__(
        self, theme: "Theme", presenter: "ScalingPresenter", current: str | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Names of arms")
        self._presenter, self._theme = presenter, theme
        self.names: dict[str, QLineEdit] = {}
        self.problem = ProblemLine(theme)
        note = QLabel(SENTENCE)
        note.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.save)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(note)
        layout.addWidget(self._lines(), 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        keys = {pool.name: pool.key for pool in presenter.figures.pools}
        line = self.names.get(keys.get(current or "", "")) or next(iter(self.names.values()), None)
        if line is not None:
            line.setFocus()
        one = self.fontMetrics()
        self.resize(one.averageCharWidth() * 70, one.height() * min(26, 10 + 2 * len(self.names)))

    def save(self) -> None:
        """Keep the names that are others than before; the dialog closes once they are kept."""
        own = self._presenter.figures.origin.own_names
        before = {pool.key: pool.name for pool in self._presenter.figures.pools}
        typed = {key: line.text().strip() for key, line in self.names.items()}
        changed = {key: name for key, name in typed.items() if (name or own[key]) != before[key]}
        taken = [name for key, name in typed.items() if any(name == other for at, other in own.items() if at != key)]
        if taken:
            self.problem.say(f"\u201c{taken[0]}\u201d is another arm's own name; choose another one")
        elif changed:
            self._presenter.rename_arms(changed, while_alive(self, self.accept), while_alive(self, self.problem.say))
        else:
            self.accept()

    def _lines(self) -> QScrollArea:
        inner = QWidget()
        form = QFormLayout(inner)
        now = self._presenter.figures
        for pool in now.pools:
            if pool.name in now.arms:
                own = now.origin.own_names[pool.key]
                line = QLineEdit("" if pool.name == own else pool.name)
                line.setPlaceholderText(own)
                line.setMaxLength(LONGEST)
                line.setAccessibleName(f"Name of {own}")
                line.setToolTip(own)
                self.names[pool.key] = line
                form.addRow(self._sample(place_of(now.arms, pool.name)), line)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        return scroll

    def _sample(self, place: int) -> QWidget:
        size = self.fontMetrics().height()
        label = QLabel()
        icon = line_icon(screen_ink(self._theme.colours, dark=self._theme.dark), place, SOLID, size)
        label.setPixmap(icon.pixmap(QSize(2 * size, size)))
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        return holder
