"""Workspace, network and simulation in the status bar."""

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget


class WorkspaceStatus(QWidget):
    """Which file is open, and whether anything left this computer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file = QLabel()
        self._network = QLabel("offline: no network used")
        self._network.setProperty("role", "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        layout.addWidget(self._network)
        layout.addWidget(self._file)

    def show_file(self, path: Path, *, writable: bool) -> None:
        """Name the open workspace."""
        self._file.setText(path.name + ("" if writable else " (read-only)"))
        self._file.setToolTip(str(path))

    def show_network(self, host: str) -> None:
        """Something was sent to an endpoint."""
        self._network.setText(f"network used: {host}")
