"""When something breaks that nobody foresaw: a report without secrets, now or at the next start."""

import faulthandler
import logging
import platform
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from rb_studio.models.redact import redact

log = logging.getLogger(__name__)
FATAL = "fatal.txt"
PACKAGES = ("rb-studio", "PySide6-Essentials", "pyqtgraph", "sqlite-utils", "openai", "numpy")


def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None, log_tail: str = "") -> str:
    """A report as Markdown: what broke, versions, the end of the log; keys taken out."""
    lines = "".join(traceback.format_exception(kind, error, trace))
    return redact(f"# rb_studio crash report\n\n{versions()}\n\n```\n{lines}```\n\n## Log\n\n```\n{log_tail}\n```\n")


def versions() -> str:
    """The program's and its libraries' versions in one line each."""
    from importlib.metadata import PackageNotFoundError, version

    found = [f"- time: {datetime.now(UTC).isoformat(timespec='seconds')}", f"- {platform.platform()}"]
    found.append(f"- Python {platform.python_version()}")
    for name in PACKAGES:
        try:
            found.append(f"- {name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"- {name} unknown")
    return "\n".join(found)


class CrashWatch:
    """Catches what nobody caught: shows a report and lets the person go on or quit."""

    def __init__(self, folder: Path, log_tail: Callable[[], str]) -> None:
        self._folder, self._log_tail = folder, log_tail
        self.left_behind = self._earlier()
        self._file = self._fatal_file()
        self._before = sys.excepthook
        self.dialog: CrashDialog | None = None

    def start(self) -> None:
        """Watch from now on."""
        if self._file is not None:
            faulthandler.enable(self._file)
        sys.excepthook = self._caught

    def stop(self) -> None:
        """Stop watching; a clean end leaves nothing behind."""
        sys.excepthook = self._before
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            (self._folder / FATAL).unlink(missing_ok=True)

    def _earlier(self) -> str:
        try:
            return redact((self._folder / FATAL).read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return ""

    def _fatal_file(self) -> TextIO | None:
        """Where the traces of a dying process go; None where nothing can be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return (self._folder / FATAL).open("w", encoding="utf-8")
        except OSError as error:
            log.warning("a crash would leave no report: %s", error)
            return None

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.error("unforeseen: %s", error, exc_info=(kind, error, trace))
        if self.dialog is None or not self.dialog.isVisible():
            self.dialog = CrashDialog(report(kind, error, trace, self._log_tail()), QApplication.activeWindow())
            self.dialog.open()


class CrashDialog(QDialog):
    """The report, with Copy; the program goes on afterwards."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something broke")
        layout = QVBoxLayout(self)
        label = QLabel(
            "Something broke that should not have. What was committed is safe. You can go on; if it happens "
            "again, restart the program. The report holds no keys."
        )
        label.setWordWrap(True)
        self._text = QPlainTextEdit(text, readOnly=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy as Markdown", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        for widget in (label, self._text, buttons):
            layout.addWidget(widget)
        self.resize(720, 460)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self._text.toPlainText())
