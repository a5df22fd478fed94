"""What the compared rollouts were given from memory: items by place, and the injected texts word by word."""

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories import markup
from rb_studio.gui.rooms.trajectories.compare_reads import DIFFERENT, LETTERS, MARKS, SAME, Compared
from rb_studio.gui.rooms.trajectories.plain import DASH
from rb_studio.gui.rooms.trajectories.safe_browser import SafeBrowser
from rb_studio.gui.theme import Colours, Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.table_model import TableModel
from rb_studio.gui.widgets.word_diff import Piece
from rb_studio.jobs.compare import RetrievedItem

NO_MEMORY = "None of these rollouts was given memory."
BY_LOT = "left out by lot"


class MemoryDifferences(QWidget):
    """Items above, texts below; Enter on an item shows it in Memories (`table.opened`)."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._compared: Compared | None = None
        self._none = QLabel(NO_MEMORY)
        self._none.setProperty("role", "muted")
        self.table = DenseTable("Retrieved items")
        self._model = TableModel([])
        self.blocks = SafeBrowser(theme, "Injected texts compared")
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.table)
        self._split.addWidget(self.blocks)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self._none)
        layout.addWidget(self._split, 1)

    @property
    def title(self) -> str:
        """How the tab is called: with how many items differ."""
        items = self._compared.found.retrieved if self._compared is not None else ()
        differ = sum(not item.same for item in items)
        return f"&Memory ({differ} of {len(items)} items differ)" if items else "&Memory (no items)"

    def show_comparison(self, compared: Compared) -> None:
        """Other rollouts."""
        self._compared = compared
        found = compared.found
        given = bool(found.retrieved) or any(block.strip() for block in found.blocks)
        self._none.setVisible(not given)
        self._split.setVisible(given)
        before, self._model = self._model, _model(len(found.sides))
        self._model.set_rows(found.retrieved)
        self.table.setModel(self._model)
        before.deleteLater()
        self.table.fit_columns([7, 34, *[9] * len(found.sides)])
        self.blocks.show_html(blocks_html(found.blocks, compared.blocks, self._theme.colours), keep=False)

    def item(self) -> RetrievedItem | None:
        """The item the keyboard is at."""
        index = self.table.currentIndex()
        found: RetrievedItem | None = self._model.row(index) if index.isValid() else None
        return found

    def redraw(self) -> None:
        """Other colours."""
        self.blocks.redraw()
        compared = self._compared
        if compared is not None:
            self.blocks.show_html(blocks_html(compared.found.blocks, compared.blocks, self._theme.colours))


def _model(sides: int) -> TableModel:
    places = [
        (LETTERS[side], lambda item, side=side: place_word(item.places[side]), _place(side)) for side in range(sides)
    ]
    return TableModel(
        [
            ("same", lambda item: MARKS[SAME if item.same else DIFFERENT], lambda item: str(item.same)),
            ("item", lambda item: item.title or f"no bank holds it any more ({item.uid[:8]})", lambda item: item.title),
            *places,
        ]
    )


def _place(side: int) -> Callable[[RetrievedItem], str]:
    return lambda item: "" if item.places[side] is None else f"{item.places[side]:05d}"


def place_word(place: int | None) -> str:
    """Where an item stood in the prompt."""
    return DASH if place is None else BY_LOT if place == 0 else str(place)


def blocks_html(blocks: Sequence[str], against: Sequence[Sequence[Piece]], colours: Colours) -> str:
    """The first injected text, and what each other one has instead: added words underlined, removed ones struck."""
    first = blocks[0]
    parts = [markup.label(f"Injected into {LETTERS[0]}", colours)]
    parts.append(markup.box(first, colours) if first.strip() else markup.muted("nothing", colours))
    for place, (block, pieces) in enumerate(zip(blocks[1:], against, strict=True), 1):
        parts.append(markup.label(f"{LETTERS[place]} against {LETTERS[0]}", colours))
        if block == first:
            parts.append(markup.muted("the same", colours))
        elif not block.strip():
            parts.append(markup.muted("nothing was injected", colours))
        else:
            parts.append(f"<p>{''.join(_piece(piece, colours) for piece in pieces)}</p>")
    return "".join(parts)


def _piece(piece: Piece, colours: Colours) -> str:
    text = escape(piece.text).replace("\n", "<br>")
    if piece.kind == "added":
        return f'<u style="color:{colours.success}">{text}</u>'
    return f'<s style="color:{colours.failure}">{text}</s>' if piece.kind == "removed" else text
