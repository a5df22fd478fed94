"""One rollout's verdicts: the parsed status beside the raw reply, the prompt as sent, the history, one's own word."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.verdicts.item_model import DASH
from rb_studio.gui.rooms.verdicts.override import Override
from rb_studio.gui.rooms.verdicts.step_text import StepText, verdict_html
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.gui.widgets.table_model import TableModel
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.store.verdict_reads import NONE, GivenVerdict

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.reading import Shown
    from rb_studio.gui.theme import Theme

WIDTHS = [17, 9, 10, 9, 14, 40]
TITLE = 220
NOTHING = "Choose a rollout in the list to see what was said about it."
SIDE_BY_SIDE = 64


class VerdictPanel(QWidget):
    """Signals
    -------
    step_asked
        A link to a step was followed; carries the step's number.
    open_asked
        The rollout is to be shown in Trajectories.
    """

    step_asked = Signal(int)
    open_asked = Signal()

    def __init__(self, theme: "Theme", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: Shown | None = None
        self._given: GivenVerdict | None = None
        self._title = QLabel(NOTHING)
        self._title.setWordWrap(True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._open = QToolButton()
        self._open.setText("Open")
        self._open.setToolTip("Show the rollout step by step in Trajectories")
        self._chips = {side: QToolButton() for side in ("judge", "truth", "human")}
        self.history = TableModel(_columns())
        self.history.setParent(self)
        self.table = DenseTable("All verdicts of this rollout, oldest first")
        self.table.setModel(self.history)
        self.table.fit_columns(WIDTHS)
        self.parsed = StepText("The verdict as parsed")
        self.raw = _plain("The judge's reply, word for word")
        self.prompt = _plain("The prompt as it was sent")
        self.did = _plain("What the agent did")
        self._did = _titled("What the agent did", self.did)
        self._blind = False
        self.override = Override(theme)
        self._beside = QSplitter(Qt.Orientation.Horizontal)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._lay_out()
        self._open.clicked.connect(self.open_asked)
        self.parsed.step_asked.connect(self.step_asked)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        theme.changed.connect(self._redraw)
        self.show_rollout(None)

    def show_rollout(self, shown: "Shown | None") -> None:
        """Show one rollout; the verdict that was chosen stays chosen while it stands."""
        before = self._given.verdict.uid if self._given else None
        same = (
            shown is not None and self._shown is not None and shown.detail.rollout.id == self._shown.detail.rollout.id
        )
        grown = (
            same and len(shown.detail.verdicts) > len(self._shown.detail.verdicts) if shown and self._shown else False
        )
        self._shown = shown
        verdicts = shown.detail.verdicts if shown else ()
        self._given = _first(verdicts, before if same and not grown else None)
        self.history.set_rows(verdicts)
        self._veil()
        if self._given is not None:
            self.table.selectRow(verdicts.index(self._given))
        self._redraw()

    def set_blind(self, on: bool) -> None:
        """What the agent did instead of what was said about it."""
        self._blind = on
        self._veil()

    def _veil(self) -> None:
        there = self._shown is not None
        telling: list[QWidget] = [self.table, self.tabs, self._chips["judge"], self._chips["truth"]]
        harmless: list[QWidget] = [self._open, self._chips["human"], self.override]
        for widget in telling:
            widget.setVisible(there and not self._blind)
        for widget in harmless:
            widget.setVisible(there)
        self._did.setVisible(there and self._blind)

    def show_prompt(self) -> None:
        """The prompt's page."""
        self.tabs.setCurrentWidget(self.prompt)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Side by side where there is room, else one above the other."""
        super().resizeEvent(event)
        wide = self.width() > self.fontMetrics().averageCharWidth() * SIDE_BY_SIDE
        self._beside.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Small enough for a small window."""
        one = self.fontMetrics()
        return QSize(one.averageCharWidth() * 34, one.height() * 16)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._open, alignment=Qt.AlignmentFlag.AlignTop)
        chips = QWidget()
        row = FlowLayout(chips)
        for chip in self._chips.values():
            chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.addWidget(chip)
        for title, widget in (("Parsed", self.parsed), ("Raw reply", self.raw)):
            self._beside.addWidget(_titled(title, widget))
        self._beside.setChildrenCollapsible(False)
        self.tabs.addTab(self._beside, "Verd&ict")
        self.tabs.addTab(self.prompt, "&Prompt as sent")
        self.table.setMaximumHeight(self.fontMetrics().height() * 8)
        self.table.setMinimumHeight(self.fontMetrics().height() * 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(chips)
        layout.addWidget(self._did, 3)
        layout.addWidget(self.tabs, 3)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.override)

    def _chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._given = self.history.row(current)
            self._redraw()

    def _redraw(self) -> None:
        """Everything of the present rollout and verdict, in the present colours."""
        colours, shown, given = self._theme.colours, self._shown, self._given
        if shown is None:
            self._title.setText(NOTHING)
            return
        rollout = shown.detail.rollout
        text = " ".join(rollout.task_text.split())
        self._title.setText(text if len(text) <= TITLE else text[:TITLE] + "\u2026")
        self._title.setToolTip(plain_tip(rollout.task_text))
        for side, chip in self._chips.items():
            status = getattr(rollout, side)
            chip.setText(f"{side}: {DASH if status == NONE else status}")
            chip.setIcon(QIcon() if status == NONE else icon(status, getattr(colours, status), colours.border))
        self.parsed.setHtml(verdict_html(given, colours) if given else "<p>Nobody has judged this rollout yet.</p>")
        self.raw.setPlainText(_raw(given))
        self.prompt.setPlainText(_prompt(shown, given))
        if self.did.toPlainText() != shown.done:
            self.did.setPlainText(shown.done)


def _first(verdicts: tuple[GivenVerdict, ...], uid: str | None) -> GivenVerdict | None:
    """The verdict chosen before, else the newest that stands."""
    kept = [one for one in verdicts if one.verdict.uid == uid]
    standing = [one for one in verdicts if one.judging is None] or list(verdicts)
    return kept[0] if kept else standing[-1] if standing else None


def _raw(given: GivenVerdict | None) -> str:
    if given is None or given.verdict.source != "judge":
        return "A person gave this verdict; there is no reply." if given else ""
    return given.verdict.raw or "The judge gave no reply."


def _prompt(shown: "Shown", given: GivenVerdict | None) -> str:
    if given is None:
        return ""
    verdict = given.verdict
    call = shown.calls.get(verdict.call_uid or "")
    heading = f"Prompt version {verdict.prompt_hash}\n\n" if verdict.prompt_hash else ""
    if call is not None:
        return heading + "\n\n".join(f"[{message.role}]\n{message.content}" for message in call.messages)
    version = shown.prompts.get(verdict.prompt_hash or "")
    if version is not None:
        return f"{heading}The messages of this call are not stored; the prompt they were made from:\n\n{version.text}"
    return "No prompt is stored for this verdict."


def _source(one: GivenVerdict) -> str:
    """A person, the run's judge, or which asking of which judging."""
    if one.judging is None:
        return one.verdict.source
    return f"judging {one.judging}" + (f", ask {one.ask + 1}" if one.ask else "")


def _columns() -> list[tuple[str, Callable[[Any], str], Callable[[Any], Any]]]:
    return [
        (title, shown, shown)
        for title, shown in (
            ("When", lambda one: one.at[:16].replace("T", " ")),
            ("Status", lambda one: str(one.verdict.status)),
            ("Source", _source),
            ("Learned", lambda one: "yes" if one.learned else DASH),
            ("Model", lambda one: one.verdict.model or DASH),
            ("Reason", lambda one: " ".join(one.verdict.reason.split()) or DASH),
        )
    ]


def _plain(name: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setAccessibleName(name)
    made.setTabChangesFocus(True)
    return made


def _titled(title: str, widget: QWidget) -> QWidget:
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    label = QLabel(title)
    label.setProperty("role", "section")
    label.setBuddy(widget)
    layout.addWidget(label)
    layout.addWidget(widget, 1)
    return box
