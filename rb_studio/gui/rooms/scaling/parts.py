"""What a part of the room is told beyond what every room tells its parts.

A new part is a module of its own with a class after `Part`, its commands in a module `offered_<part>`, one line in
`part_set.PARTS` and one in `offered.OFFERED`. What it shows it reads through the room's session, off the GUI thread,
and only while its page is in front.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.part import RoomPart
from rb_studio.records.recipe import Recipe

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.figure_pane import FigurePane
    from rb_studio.gui.rooms.scaling.view import ScalingRoom
    from rb_studio.gui.widgets.dense_table import DenseTable
    from rb_studio.gui.widgets.kept_scroll import KeptScroll
    from rb_studio.records.curve import CurveSet, Point, Series


class Part(RoomPart):
    """A part that brings nothing: what a real one does not override."""

    title: str = ""
    """Of its tab, with its mnemonic; a part without a page has none."""
    words: str = ""
    """What its page shows, as the middle of a sentence."""

    def __init__(self, room: "ScalingRoom") -> None:
        super().__init__(room)

    def page(self) -> QWidget | None:
        """What stands in its tab."""
        return None

    def pane(self) -> "FigurePane | None":
        """The figure with its table on the page: what the room exports while the page is in front."""
        return None

    def table(self) -> "DenseTable | None":
        """What is copied and exported as numbers where the page has no figure."""
        return None

    def recipe(self) -> Recipe | None:
        """What rebuilds that figure; its `figure` is the name files go by."""
        return None

    def figure(self, recipe: Recipe) -> "Callable[[], CurveSet] | None":
        """What computes that figure on another thread; None where it is one of the room's pools, as a recipe says."""
        return None

    def arms(self) -> Sequence[str] | None:
        """What that figure draws, with the places of their colours; None for the arms of the room."""
        return None

    def notes(self) -> Sequence[str]:
        """What is to be said below its page, after the caption of its figure."""
        return ()

    def opens(self, series: "Series", point: "Point") -> bool:
        """Whether the part itself opens what stands behind a point of its figure."""
        return False

    def stops(self) -> Sequence[QWidget]:
        """What F6 walks through while the page is in front, in its order; the first takes the keyboard."""
        return ()

    def scrolls(self) -> "dict[str, KeptScroll]":
        """The scroll of its tables, by the names they are kept under."""
        return {}

    def figures_shown(self) -> None:
        """Other figures are shown, or other arms: `room.presenter.figures` and `.hidden_arms` have them."""

    def turned(self, front: bool) -> None:
        """Its page came to the front, or left it."""
