"""The key of a profile: where it comes from, and a place to enter one. It is never shown and never put into a file."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.dialogs.later import Later
from rb_studio.models.profile import Profile

if TYPE_CHECKING:
    from rb_studio.models.keys import KeyStore
    from rb_studio.models.redact import Secret

SOURCES = {
    "keyring": "A key is kept in the system's keyring.",
    "memory": "A key is kept until this program ends.",
    None: "No key is known; many local servers need none.",
}


class KeyLine(QLineEdit):
    """Enter in it goes on to what can be done with the key: it must not close the dialog over a key not kept yet."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter is as good as Tab while there is a key."""
        if self.text() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.focusNextChild()
            event.accept()
        else:
            super().keyPressEvent(event)


class KeyPanel(QWidget):
    """Acts at once: keys are no part of what Save writes."""

    def __init__(self, keys: "KeyStore", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = keys
        self._later = Later(self)
        self._profile: Profile | None = None
        self._state = note()
        self.line = KeyLine()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setPlaceholderText("Enter a key")
        self.line.setAccessibleName("Key")
        self.keep, self.save = QPushButton("Keep until closing"), QPushButton("Save in keyring")
        self.forget = QPushButton("Forget")
        row = QHBoxLayout()
        for button in (self.keep, self.save, self.forget):
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        layout.addLayout(row)
        layout.addWidget(self._state)
        self.line.textChanged.connect(self._enable)
        self.keep.clicked.connect(self._keep)
        self.save.clicked.connect(self._save)
        self.forget.clicked.connect(self._forget)
        self.show_profile(None)

    def show_profile(self, profile: Profile | None) -> None:
        """Look up the key of another profile; None while it cannot be one."""
        if profile != self._profile:
            self.line.clear()
        self._profile = profile
        self._state.setText("" if profile else "Name and address come first: a key belongs to both.")
        self._enable()
        self._look_up()

    def state(self) -> str:
        """Where the key comes from, in one sentence."""
        return self._state.text()

    def secret(self) -> "Secret | None":
        """What stands in the line, to be tried before it is kept."""
        from rb_studio.models.redact import Secret

        typed = self.line.text().strip()
        return Secret(typed) if typed else None

    def _look_up(self) -> None:
        profile = self._profile
        if profile is not None:
            self._later.run(lambda: (profile, self._keys.source(profile)), self._show_source, self._state.setText)

    def _show_source(self, found: tuple[Profile, str | None]) -> None:
        profile, source = found
        if profile == self._profile:
            told = f"The key comes from the environment variable {profile.key_env}."
            self._state.setText(told if source == "environment" else SOURCES[source])
            self.forget.setEnabled(source in ("keyring", "memory"))

    def _enable(self) -> None:
        ready = self._profile is not None and bool(self.line.text().strip())
        self.keep.setEnabled(ready)
        self.save.setEnabled(ready)
        self.line.setEnabled(self._profile is not None)
        self.forget.setEnabled(False)

    def _keep(self) -> None:
        if self._profile is not None:
            self._keys.keep(self._profile, self.line.text())
            self._done(None)

    def _save(self) -> None:
        profile, key = self._profile, self.line.text()
        if profile is not None:
            self._later.run(lambda: self._keys.save(profile, key), self._done, self._state.setText)

    def _forget(self) -> None:
        profile = self._profile
        if profile is not None:
            self._later.run(lambda: self._keys.remove(profile), self._done, self._state.setText)

    def _done(self, _nothing: object) -> None:
        self.line.clear()
        self._look_up()
