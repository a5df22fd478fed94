"""The parts the room has, and telling those that listen."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

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
from rb_studio.gui.rooms.memories.parts import PanelPart, Part
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
from rb_studio.gui.rooms.part_set import PartSet as RoomPartSet
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

PARTS: tuple[Callable[["MemoriesRoom"], Part], ...] = (
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


class PartSet(RoomPartSet[Part]):
    """The room's parts; what happens is told to those that listen."""

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(make(room) for make in PARTS)
        for part in self.all:
            if isinstance(part, PanelPart):
                room.side.add(part.tab, part.slot)

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
        kept = {part.name: part.kept for part in self.all if isinstance(part, PanelPart)}
        return {**kept, **{part.name: part.place_to_keep() for part in self._listening() if part.name}}

    def restore_place(self, kept: object) -> None:
        """Come back to what `place_to_keep` gave, a panel's part when it is made; what is damaged is left out."""
        for part in self.all:
            own = kept.get(part.name) if isinstance(kept, dict) and part.name else None
            if isinstance(own, dict) and part.listens:
                part.restore_place(own)
            elif isinstance(own, dict) and isinstance(part, PanelPart):
                part.kept = own

    def closing(self) -> None:
        for part in self._listening():
            part.closing()

    def _listening(self) -> list[Part]:
        return [part for part in self.all if part.listens]
