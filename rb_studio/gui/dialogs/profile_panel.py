"""The fields of one profile, its key, and a test of its endpoint."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.dialogs.key_panel import KeyPanel
from rb_studio.gui.dialogs.later import Later
from rb_studio.gui.dialogs.profile_form import NUMBERS, TITLES, NotYet, ProfileForm
from rb_studio.gui.icons import icon
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.models.profile import Profile

if TYPE_CHECKING:
    from rb_studio.models.keys import KeyStore
    from rb_studio.models.probe import Capabilities
    from rb_studio.models.redact import Secret

FIRST = ("name", "base_url", "model")
HINTS = {
    "base_url": "up to and including the version: http://localhost:8080/v1",
    "model": "as the endpoint calls it",
    "temperature": "left to each role",
    "max_tokens": "left to the endpoint",
    "price_in": "US dollars per million tokens; unknown when empty",
    "price_out": "US dollars per million tokens; unknown when empty",
    "key_env": "environment variable that holds the key",
}
LONGEST_TEST = 30.0
WORKS = {True: ("success", "yes"), False: ("failure", "no"), None: ("unknown", "not known")}


class ProfilePanel(QWidget):
    """Tells each keystroke; what is wrong is said in place.

    Signals
    -------
    changed
        Something was typed; carries the ProfileForm.
    tested
        Findings are shown.
    """

    changed = Signal(object)
    tested = Signal()

    def __init__(self, theme: Theme, keys: "KeyStore", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._keys = theme, keys
        self._later = Later(self)
        self._form: ProfileForm | None = None
        self.lines = {name: QLineEdit(placeholderText=HINTS.get(name, "")) for name in (*FIRST, "key_env", *NUMBERS)}
        for name, line in self.lines.items():
            line.setObjectName(name)
            line.setAccessibleName(TITLES[name])
            line.textEdited.connect(self._typed)
        self.stream = QCheckBox("Ask for answers piece by piece")
        self.stream.toggled.connect(self._stream_changed)
        self.key = KeyPanel(keys)
        self._problem = note("badge")
        self.test = QPushButton("Test the endpoint")
        self.test.clicked.connect(self._test)
        self._told = note()
        self.findings = QTableWidget(0, 3)
        self.findings.setAccessibleName("Findings of the test")
        self._lay_out()

    def _lay_out(self) -> None:
        self.findings.setHorizontalHeaderLabels(["What", "Works", "As measured"])
        self.findings.verticalHeader().hide()
        self.findings.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.findings.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.findings.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.findings.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.findings.setTabKeyNavigation(False)
        self.findings.setMinimumHeight(self.fontMetrics().height() * 9)
        self.findings.hide()
        kept = self._problem.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # fields stay under the mouse when a problem comes or goes
        self._problem.setSizePolicy(kept)
        fields = QWidget()
        form = QFormLayout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name in (*FIRST, "key_env"):
            form.addRow(TITLES[name], self.lines[name])
        form.addRow("Key", self.key)
        for name in NUMBERS:
            form.addRow(TITLES[name], self.lines[name])
        form.addRow("", self.stream)
        layout = QVBoxLayout(self)
        layout.addWidget(self._problem)
        layout.addWidget(fields)
        layout.addWidget(self.test, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._told)
        layout.addWidget(self.findings)
        layout.addStretch(1)

    def show_form(self, form: ProfileForm, problem: str) -> None:
        """Another profile, or the same one with something changed."""
        other = self._form is None or self._form.stored != form.stored or self._form.name != form.name
        self._form = form
        for name, line in self.lines.items():
            if line.text() != form.texts[name]:
                line.setText(form.texts[name])
        self.stream.blockSignals(True)
        self.stream.setChecked(form.stream)
        self.stream.blockSignals(False)
        self.show_problem(problem)
        if other:
            self.findings.hide()
            self._told.setText("")

    def show_problem(self, problem: str) -> None:
        """What is wrong with the profile."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.test.setEnabled(not problem)
        self.test.setToolTip(problem or "About ten short questions; the endpoint may charge for them")
        self.key.show_profile(self._profile())

    def told(self) -> str:
        """How the test went, in one sentence."""
        return self._told.text()

    def _profile(self) -> Profile | None:
        try:
            return self._form.profile() if self._form else None
        except NotYet:
            return None

    def _typed(self, text: str) -> None:
        if self._form is not None:
            self._form = self._form.typed(self.sender().objectName(), text)
            self.changed.emit(self._form)

    def _stream_changed(self, on: bool) -> None:
        if self._form is not None:
            self._form = replace(self._form, stream=on)
            self.changed.emit(self._form)

    def _test(self) -> None:
        profile = self._profile()
        if profile is None:
            return
        self._told.setText(f"Asking {profile.host}\u2026")
        self.test.setEnabled(False)
        typed, keys = self.key.secret(), self._keys
        self._later.run(lambda: _probe(profile, typed, keys), self._show_findings, self._not_tested)

    def _not_tested(self, sentence: str) -> None:
        self._told.setText(sentence)
        self.test.setEnabled(True)
        self._come_back(self.test)

    def _show_findings(self, found: "Capabilities") -> None:
        self.test.setEnabled(True)
        if self._form is None or found.profile != self._form.name:
            return
        usable = "can be used" if found.usable else "cannot be used"
        self._told.setText(f"The profile {found.profile} {usable}.")
        self.findings.setRowCount(len(found.findings))
        for row, finding in enumerate(found.findings):
            status, word = WORKS[finding.ok]
            colour = self._theme.status_colour(status).name()
            works = QTableWidgetItem(icon(status, colour, colour), word)
            detail = QTableWidgetItem(finding.detail)
            detail.setToolTip(plain_tip(finding.detail))
            for column, item in enumerate((QTableWidgetItem(finding.name.replace("_", " ")), works, detail)):
                self.findings.setItem(row, column, item)
        self.findings.show()
        self.findings.resizeRowsToContents()
        self.findings.setCurrentCell(0, 0)
        self._come_back(self.findings)
        self.tested.emit()

    def _come_back(self, widget: QWidget) -> None:
        """The keyboard left the button when it was switched off; it stays with whoever types by now."""
        if self.isVisible() and not any(line.hasFocus() for line in self.lines.values()):
            widget.setFocus(Qt.FocusReason.OtherFocusReason)


def _probe(profile: Profile, typed: "Secret | None", keys: "KeyStore") -> "Capabilities":
    from rb_studio.models.probe import probe

    patient = replace(profile, timeout=min(profile.timeout, LONGEST_TEST))
    return probe(patient, typed or keys.find(profile))
