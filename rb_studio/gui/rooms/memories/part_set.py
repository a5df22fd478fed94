"""The parts the room has, and telling all of them."""

from collections.abc import Callable, Mapping
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
from rb_studio.gui.rooms.memories.labels_part import LabelsPart
from rb_studio.gui.rooms.memories.map_part import MapPart
from rb_studio.gui.rooms.memories.origin_part import OriginPart
from rb_studio.gui.rooms.memories.parts import RoomPart
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
    SimilarPart,
    TokensPart,
    WhatIfPart,
    ComparePart,
    LabelsPart,
    DuplicatesPart,
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
    """The room's parts, made once; each call goes to all of them in the order of `PARTS`."""

    def __init__(self, room: "MemoriesRoom") -> None:
        self._room = room
        self.all: tuple[RoomPart, ...] = tuple(make(room) for make in PARTS)
        for part in self.all:
            panel = part.widget()
            if part.tab is not None and panel is not None:
                room.side.add(part.tab, panel)

    def connect(self) -> None:
        """The room is whole: parts may connect to what it has."""
        for part in self.all:
            part.connect(self._room)
        self._room.side.detail_shown.connect(self.item_shown)

    def commands(self) -> list[Command]:
        """Every function of the parts."""
        return [command for part in self.all for command in part.commands()]

    def changed(self, change: ChangeRecord) -> None:
        for part in self.all:
            part.changed(change)

    def bank_shown(self, bank: int | None) -> None:
        for part in self.all:
            part.bank_shown(bank)

    def item_shown(self, detail: Detail | None) -> None:
        for part in self.all:
            part.item_shown(detail)

    def show_place(self, target: Mapping[str, Any]) -> None:
        for part in self.all:
            part.show_place(target)

    def place_to_keep(self) -> dict[str, Any]:
        """What each part with a name wants to come back to."""
        return {_name(part): part.place_to_keep() for part in self.all if _name(part)}

    def restore_place(self, kept: object) -> None:
        """Come back to what `place_to_keep` gave; what is damaged is left out."""
        for part in self.all:
            own = kept.get(_name(part)) if isinstance(kept, dict) and _name(part) else None
            if isinstance(own, dict):
                part.restore_place(own)

    def closing(self) -> None:
        for part in self.all:
            part.closing()


def _name(part: RoomPart) -> str:
    return part.tab.name if part.tab is not None else part.name
