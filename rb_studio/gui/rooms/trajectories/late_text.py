"""Texts of a step that take time to make: they are made off the GUI thread and shown when they come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rb_studio.gui.rooms.trajectories.long_text import Stretch
from rb_studio.gui.rooms.trajectories.opened import Opened


@dataclass(frozen=True, slots=True)
class LateText:
    """What a tab shows, with a sentence above it."""

    text: str
    stretches: tuple[Stretch, ...] = ()
    note: str = ""
    language: str = ""


def makers() -> Mapping[str, Callable[[Opened, int], LateText]]:
    """How the text of each such tab is made of a rollout and a step's number."""
    from rb_studio.gui.rooms.trajectories.state_of import state_of
    from rb_studio.gui.rooms.trajectories.step_changes import changes_of

    return {"changes": changes_of, "state": state_of}
