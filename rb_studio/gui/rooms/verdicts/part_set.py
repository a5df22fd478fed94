"""The parts the room has."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.verdicts.bench_part import BenchPart
from rb_studio.gui.rooms.verdicts.noise_part import NoisePart
from rb_studio.gui.rooms.verdicts.parts import Part
from rb_studio.gui.rooms.verdicts.prompt_part import PromptPart
from rb_studio.gui.rooms.verdicts.repair_part import RepairPart
from rb_studio.gui.rooms.verdicts.review_part import ReviewPart

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom

PARTS: tuple[Callable[["VerdictsRoom"], Part], ...] = (RepairPart, ReviewPart, BenchPart, NoisePart, PromptPart)
