"""The parts the room has, and telling all of them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.audit_part import AuditPart
from rb_studio.gui.rooms.memories.draft_part import DraftPart
from rb_studio.gui.rooms.memories.duplicates_part import DuplicatesPart
from rb_studio.gui.rooms.memories.editor_part import EditorPart
from rb_studio.gui.rooms.memories.effect_part import EffectPart
from rb_studio.gui.rooms.memories.embedding_part import EmbeddingPart
from rb_studio.gui.rooms.memories.experiments_part import ExperimentsPart
from rb_studio.gui.rooms.memories.files_part import FilesPart
from rb_studio.gui.rooms.memories.filters_part import FiltersPart
from rb_studio.gui.rooms.memories.history_part import HistoryPart
from rb_studio.gui.rooms.memories.labels_part import LabelsPart
from rb_studio.gui.rooms.memories.map_part import MapPart
from rb_studio.gui.rooms.memories.origin_part import OriginPart
from rb_studio.gui.rooms.memories.parts import PanelPart, RoomPart
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.replace_part import ReplacePart
from rb_studio.gui.rooms.memories.review_part import ReviewPart
from rb_studio.gui.rooms.memories.similar_part import SimilarPart
from rb_studio.gui.rooms.memories.snapshots_part import SnapshotsPart
from rb_studio.gui.rooms.memories.themes_part import ThemesPart
from rb_studio.gui.rooms.memories.tokens_part import TokensPart
from rb_studio.gui.rooms.memories.trash_part import TrashPart
from rb_studio.gui.rooms.memories.what_if_compare_part import ComparePart
from rb_studio.gui.rooms.memories.what_if_part import WhatIfPart
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

PARTS: tuple[Callable[["MemoriesRoom"], RoomPart], ...] = (
    EditorPart,
    DraftPart,
    OriginPart,
    HistoryPart,
    SimilarPart,
    TokensPart,
    WhatIfPart,
    DuplicatesPart,
    ComparePart,
    LabelsPart,
    MapPart,
    ThemesPart,
    SnapshotsPart,
    ReplacePart,
    ReviewPart,
    TrashPart,
    EmbeddingPart,
    AuditPart,
    FiltersPart,
    EffectPart,
    ExperimentsPart,
    FilesPart,
)


class PartSet:
    """The room's parts, made once; each call goes to all that listen, in the order of `PARTS`."""

    def __init__(self, room: "MemoriesRoom") -> None:
        self._room = room
        self._kept: dict[str, Mapping[str, Any]] = {}
        self.all: tuple[RoomPart, ...] = tuple(make(room) for make in PARTS)
        for part in self.all:
            if isinstance(part, PanelPart):
                room.side.add(part.tab, part.slot)
                part.slot.made.connect(partial(self._catch_up, part))

    def connect(self) -> None:
        """The room is whole: parts may connect to what it has."""
        for part in self.all:
            part.connect(self._room)
        self._room.side.detail_shown.connect(self.item_shown)

    def commands(self) -> list[Command]:
        """Every function of the parts."""
        return [command for part in self.all for command in part.commands()]

    def changed(self, change: ChangeRecord) -> None:
        for part in self._listening():
            part.changed(change)

    def bank_shown(self, bank: int | None) -> None:
        for part in self._listening():
            part.bank_shown(bank)

    def item_shown(self, detail: Detail | None) -> None:
        for part in self._listening():
            part.item_shown(detail)

    def show_place(self, target: Mapping[str, Any]) -> None:
        for part in self._listening():
            part.show_place(target)

    def place_to_keep(self) -> dict[str, Any]:
        """What each part with a name wants to come back to; for one that does not listen yet, what it came with."""
        kept = {part.name: self._kept.get(part.name, {}) for part in self.all if part.name}
        return {**kept, **{part.name: part.place_to_keep() for part in self._listening() if part.name}}

    def restore_place(self, kept: object) -> None:
        """Come back to what `place_to_keep` gave; what is damaged is left out."""
        for part in self.all:
            own = kept.get(part.name) if isinstance(kept, dict) and part.name else None
            if isinstance(own, dict) and part.listens:
                part.restore_place(own)
            elif isinstance(own, dict):
                self._kept[part.name] = own

    def closing(self) -> None:
        for part in self._listening():
            part.closing()

    def _listening(self) -> list[RoomPart]:
        return [part for part in self.all if part.listens]

    def _catch_up(self, part: RoomPart) -> None:
        """Its panel was made just now: what it was not told, at once."""
        kept, bank = self._kept.pop(part.name, None), self._room.bank()
        if kept is not None:
            part.restore_place(kept)
        if bank is not None:
            part.bank_shown(bank)
        part.item_shown(self._room.editing.detail)
