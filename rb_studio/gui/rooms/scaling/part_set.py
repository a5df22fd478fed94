"""The parts the room has, in the order of their tabs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.scaling.comparison_part import ComparisonPart
from rb_studio.gui.rooms.scaling.lab_part import LabPart
from rb_studio.gui.rooms.scaling.parts import Part
from rb_studio.gui.rooms.scaling.queue_part import QueuePart
from rb_studio.gui.rooms.scaling.sweep_part import SweepPart

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.view import ScalingRoom

PARTS: tuple[Callable[["ScalingRoom"], Part], ...] = (ComparisonPart, LabPart, QueuePart, SweepPart)
