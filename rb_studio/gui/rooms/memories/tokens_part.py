"""Counts the tokens of the blocks that are shown, a moment after they change, on another thread."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.preview import PreviewPanel

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

PAUSE = 120  # milliseconds


class TokensPart(Part):
    """Serves the preview of the editor and that of the what-if."""

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._waiting: dict[PreviewPanel, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)

    def joined(self) -> None:
        self._timer.timeout.connect(self._count)
        self._serve(self._room.side.editor.preview)
        self._room.side.panel_made.connect(self._made)

    def closing(self) -> None:
        self._timer.stop()

    def _made(self, name: str) -> None:
        if name == "what if":
            self._serve(self._room.side.what_if.block)

    def _serve(self, panel: PreviewPanel) -> None:
        panel.count_asked.connect(partial(self._ask, panel))

    def _ask(self, panel: PreviewPanel, text: str) -> None:
        self._waiting[panel] = text
        self._timer.start()

    def _count(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for panel, text in waiting.items():
            done = partial(panel.show_tokens, text)
            self._frame.session.background(partial(_counted, text), done)


def _counted(text: str) -> tuple[int, str]:
    from rb_studio.jobs.tokens import count_tokens, tokenizer_name

    return count_tokens(text), tokenizer_name()
