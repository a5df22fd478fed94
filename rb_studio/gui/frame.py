"""What the window offers its rooms: session, theme, commands, jobs, messages. Handed in, never global."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rb_studio.gui.commands.registry import Registry
    from rb_studio.gui.jobs import JobControl
    from rb_studio.gui.session import Session
    from rb_studio.gui.theme import Theme
    from rb_studio.models.settings import Settings


class Dialogs(Protocol):
    """Questions to the person; tests answer them without a dialog."""

    def open_files(self, title: str, pattern: str) -> list[Path]: ...
    def open_folder(self, title: str) -> Path | None: ...
    def save_file(self, title: str, proposal: str, pattern: str) -> Path | None: ...
    def ask(self, question: str, detail: str, answers: list[str]) -> str | None: ...
    def ask_text(self, title: str, label: str, text: str) -> str | None: ...


@dataclass
class Frame:
    """The services of one window.

    `toast` shows a short message with an optional (label, action) button; `banner` is for what stays wrong.
    """

    session: "Session"
    theme: "Theme"
    registry: "Registry"
    jobs: "JobControl"
    dialogs: Dialogs
    settings: Callable[[], "Settings"]
    toast: Callable[..., None]
    open_paths: Callable[[list[Path]], None]
    extras: dict[str, object] = field(default_factory=dict)


def load_settings() -> "Settings":
    """The user's settings, read when a job needs them."""
    from rb_studio.models import settings

    return settings.load()
