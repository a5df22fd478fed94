"""Dialogs on screen, and the endpoint they may ask."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from shiboken6 import isValid

from tests.models.fake_server import Answer, FakeServer


@pytest.fixture
def shown(qapp: QApplication) -> Iterator[Callable[[QDialog], QDialog]]:
    """Opens a dialog; what is still open at the end is closed."""
    opened: list[QDialog] = []

    def show(dialog: QDialog) -> QDialog:
        opened.append(dialog)
        dialog.open()
        return dialog

    yield show
    for dialog in opened:
        if isValid(dialog):
            dialog.reject()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A loopback endpoint that always says ready."""
    with FakeServer(lambda _request: Answer("ready")) as running:
        yield running
