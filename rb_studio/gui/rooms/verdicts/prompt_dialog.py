"""The judge's prompts: their versions, the text in an editor, and what differs from the packaged one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.dialogs.questions import CANCEL
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup
from rb_studio.gui.widgets.word_diff import Piece, word_diff
from rb_studio.records.errors import UsageError
from rb_studio.store import prompts

if TYPE_CHECKING:
    from sqlite3 import Connection

    from sqlite_utils import Database

    from rb_studio.gui.frame import Frame
    from rb_studio.store.changes import ChangeRecord

PAUSE = 250  # milliseconds after the last letter
PACKAGED, IN_FORCE = "packaged", "in force"
DISCARD = "Discard"
WHAT = (
    "Runs and judgings begun from now on use the text that is kept; what was judged before keeps its own. A text can "
    "be tried first: keep it, judge some rollouts again, and set it back."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """Per prompt the packaged text and the versions of the workspace, newest first."""

    packaged: Mapping[str, str]
    versions: Mapping[str, tuple[prompts.PromptVersion, ...]]

    def in_force(self, name: str) -> str:
        """The text judges are sent."""
        return next((one.text for one in self.versions[name] if one.active), self.packaged[name])


def offer(conn: "Connection") -> Offer:
    """The prompts of judges there are."""
    from rb_studio.method.prompts import packaged, shipped

    names = [name for name in shipped() if name.partition(".")[0] == "judge"]
    versions = {name: tuple(reversed(prompts.prompt_history(conn, name))) for name in names}
    return Offer({name: packaged(name) for name in names}, versions)


class PromptDialog(QDialog):
    """Keep puts the text in force; nothing else does. The prompt named `first` is shown first."""

    def __init__(self, frame: "Frame", parent: QWidget | None = None, *, first: str = "") -> None:
        super().__init__(parent)
        self._first = first
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("The judge's prompt")
        self._frame, self._offer, self._loaded, self._at = frame, Offer({}, {}), "", ("", "")
        self.name, self.version, what = combo("Prompt"), combo("Version"), note()
        what.setText(WHAT)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("The prompt's text")
        self.diff = PlainBrowser("What differs from the packaged text")
        self.problem = ProblemLine(frame.theme)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        fields = QWidget()
        form = form_layout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Prompt", self.name)
        form.addRow("&Version", self.version)
        split = QSplitter()
        split.addWidget(self.text)
        split.addWidget(self.diff)
        split.setChildrenCollapsible(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.keep = buttons.addButton("&Keep and use it", QDialogButtonBox.ButtonRole.ActionRole)
        self.keep.setProperty("primary", True)
        self.keep.setEnabled(False)
        layout = QVBoxLayout(self)
        for widget in (what, fields, split, self.problem, buttons):
            layout.addWidget(widget, 1 if widget is split else 0)
        unit = self.fontMetrics()
        self.resize(unit.averageCharWidth() * 130, unit.height() * 34)
        self.name.activated.connect(self._choose_name)
        self.version.activated.connect(self._choose_version)
        self.text.textChanged.connect(self._timer.start)
        self._timer.timeout.connect(self._look)
        self.keep.clicked.connect(self._keep)
        buttons.rejected.connect(self.reject)
        self._read()

    def reject(self) -> None:
        """A text that nobody kept is not dropped without a word."""
        if self._may_leave():
            super().reject()

    def _may_leave(self) -> bool:
        if self.text.toPlainText() == self._loaded:
            return True
        question = "The text of the prompt was changed and is not kept."
        return self._frame.dialogs.ask(question, "", [CANCEL, DISCARD]) == DISCARD

    def _read(self) -> None:
        self._frame.session.query("judge prompts", offer, while_alive(self, self._show), while_alive(self, self._wrong))

    def _show(self, found: Offer) -> None:
        self._offer = found
        fill(self.name, [Choice(name, name) for name in found.packaged], value(self.name) or self._first)
        self._show_versions()

    def _show_versions(self) -> None:
        name = value(self.name)
        found = self._offer.versions[name]
        choices = [Choice(one.hash, f"{one.hash[:8]}, {one.at[:16].replace('T', ' ')}, {one.who}") for one in found]
        fill(self.version, [Choice(IN_FORCE, "in force now"), Choice(PACKAGED, "as packaged"), *choices], IN_FORCE)
        self._load(self._offer.in_force(name))

    def _load(self, text: str) -> None:
        self._at = value(self.name), value(self.version)
        self.text.setPlainText(text)
        self._loaded = self.text.toPlainText()
        self._look()

    def _choose_name(self, _place: int) -> None:
        if self._may_leave():
            self._show_versions()
        else:
            self.name.setCurrentIndex(self.name.findData(self._at[0]))

    def _choose_version(self, _place: int) -> None:
        name, chosen = value(self.name), value(self.version)
        if not self._may_leave():
            self.version.setCurrentIndex(self.version.findData(self._at[1]))
            return
        versions = {one.hash: one.text for one in self._offer.versions[name]}
        texts = {**versions, PACKAGED: self._offer.packaged[name], IN_FORCE: self._offer.in_force(name)}
        self._load(texts[chosen])

    def _look(self) -> None:
        """Whether the text can be a prompt, and what differs; the words are compared off the window's thread."""
        from rb_studio.method.prompts import check

        name, text = value(self.name), self.text.toPlainText()
        if name not in self._offer.packaged:
            return
        try:
            check(name, text)
            self.problem.say("")
        except UsageError as error:
            self.problem.say(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        self.keep.setEnabled(not self.problem.isVisible() and text != self._offer.in_force(name))
        work = partial(word_diff, self._offer.packaged[name], text)
        self._frame.session.background(work, while_alive(self, partial(self._differ, text)))

    def _differ(self, text: str, pieces: list[Piece]) -> None:
        if text == self.text.toPlainText():
            same = all(piece.kind == "same" for piece in pieces)
            told = "<p><i>As packaged.</i></p>" if same else ""
            self.diff.setHtml(told + diff_markup(pieces, self._frame.theme.colours))

    def _keep(self) -> None:
        name, text = value(self.name), self.text.toPlainText()
        reset = text == self._offer.packaged[name]

        def done(_change: object) -> None:
            self._loaded = text
            self._frame.toast(f"{name}: {'the packaged text' if reset else 'this text'} is used from now on.")
            self._read()

        operation = (lambda db: prompts.reset_prompt(db, name)) if reset else partial(_set, name=name, text=text)
        self._frame.session.operate(operation, while_alive(self, done), while_alive(self, self._wrong))

    def _wrong(self, sentence: str) -> None:
        self.problem.say(sentence)


def _set(db: "Database", name: str, text: str) -> "ChangeRecord":
    return prompts.set_prompt(db, name, text)
