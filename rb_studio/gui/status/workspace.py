"""Workspace and network in the status bar."""

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget


class WorkspaceStatus(QWidget):
    """Which file is open, and whether anything left this computer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file = QLabel()
        self._network = QLabel()
        self._network.setProperty("role", "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        layout.addWidget(self._network)
        layout.addWidget(self._file)
        self.show_network("")

    def show_file(self, path: Path | None, why_read_only: str = "") -> None:
        """Name the open workspace, and why it can only be read."""
        if path is None:
            self._file.clear()
            self._file.setToolTip("")
            return
        self._file.setText(f"{path.name} (read-only)" if why_read_only else path.name)
        self._file.setToolTip(f"{path}\nRead-only: {why_read_only}." if why_read_only else str(path))

    def show_network(self, host: str) -> None:
        """Something was sent to an endpoint; empty while nothing was."""
        self._network.setText(f"network used: {host}" if host else "offline")
        told = f"Calls of this session went to {host}." if host else "No network was used since the window was opened."
        self._network.setToolTip(told)
