"""The log: a rotating file without secrets, and a dock that shows its end."""

import logging
import logging.handlers
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QPlainTextEdit, QWidget

from rb_studio.models.redact import RedactingFilter

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FILE_BYTES, FILES, SHOWN_LINES = 1_000_000, 3, 2000


class _Relay(QObject):
    line = Signal(str)


class DockHandler(logging.Handler):
    """Passes records to the dock, from any thread."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.relay = _Relay()
        self.setFormatter(logging.Formatter(FORMAT))
        self.addFilter(RedactingFilter())

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one line over."""
        self.relay.line.emit(self.format(record))


class LogDock(QDockWidget):
    """The last lines of the log, hidden until asked for."""

    def __init__(self, handler: DockHandler, parent: QWidget | None = None) -> None:
        super().__init__("Log", parent)
        self.setObjectName("log dock")
        self.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self._text = QPlainTextEdit(readOnly=True, placeholderText="Nothing was logged since the start.")
        self._text.setMaximumBlockCount(SHOWN_LINES)
        self._text.setAccessibleName("Log")
        self.setWidget(self._text)
        self.setFocusProxy(self._text)
        handler.relay.line.connect(self._text.appendPlainText)
        self.hide()

    def tail(self) -> str:
        """What the dock shows."""
        return self._text.toPlainText()


def start_logging(folder: Path) -> tuple[tuple[DockHandler, *tuple[logging.Handler, ...]], str]:
    """Log to a dock and to a file in `folder`; returns the handlers for `stop_logging`, and why there is no file."""
    dock = DockHandler()
    handlers: list[logging.Handler] = [dock]
    fault = ""
    try:
        handlers.append(_file_handler(folder))
    except OSError as error:
        fault = error.strerror or str(error)
    root = logging.getLogger("rb_studio")
    root.setLevel(logging.INFO)
    for handler in handlers:
        root.addHandler(handler)
    return (dock, *handlers[1:]), fault


def _file_handler(folder: Path) -> logging.Handler:
    folder.mkdir(parents=True, exist_ok=True)
    file = logging.handlers.RotatingFileHandler(
        folder / "rb-studio.log", maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8"
    )
    file.setFormatter(logging.Formatter(FORMAT))
    file.addFilter(RedactingFilter())
    return file


def stop_logging(*handlers: logging.Handler) -> None:
    """Detach and close handlers."""
    root = logging.getLogger("rb_studio")
    for handler in handlers:
        root.removeHandler(handler)
        handler.close()
