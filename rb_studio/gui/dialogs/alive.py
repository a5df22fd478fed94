"""Answers that come after a dialog is gone."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import isValid


def while_alive(owner: QObject, act: Callable[..., Any]) -> Callable[..., None]:
    """The same call, which does nothing once `owner` was deleted."""

    def guarded(*arguments: Any) -> None:
        if isValid(owner):
            act(*arguments)

    return guarded
