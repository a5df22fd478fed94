"""What the room's own commands do; how they are called, and their keys, stand in `offered`."""

from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.verdicts.offered import ROOM
from rb_studio.gui.rooms.verdicts.reading import PAIRS

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom

WHERE = "verdicts"
NOTHING = "Choose a rollout in the list."
HIDDEN = "You judge blind: switch it off first, with H."
NO_LIST = "The list is empty."
CELLS = {
    "all": {},
    "false_success": {"judge": "success", "truth": "failure"},
    "false_failure": {"judge": "failure", "truth": "success"},
    "unknown": {"judge": "unknown"},
    "overruled": {"human": "success"},
    "refused": {"human": "failure"},
}


def room_commands(room: "VerdictsRoom") -> list[Command]:
    """Every function of the room itself; its parts bring their own."""
    bindings = {
        "verdicts.find": Binding(room.acts.focus_filter),
        "verdicts.copy": Binding(room.acts.copy_list, room.has_list, NO_LIST),
        "verdicts.copy_rates": Binding(room.acts.copy_rates, room.sees, HIDDEN),
        **{f"verdicts.pair.{pair}": _pair(room, pair) for pair in PAIRS},
        "verdicts.refresh": Binding(room.presenter.refresh),
        "verdicts.pane": Binding(room.acts.next_pane),
        "verdicts.prompt": Binding(room.acts.show_prompt, room.sees_rollout, NOTHING),
        "verdicts.open": Binding(room.opening.current, room.has_rollout, NOTHING),
        "verdicts.open_all": Binding(room.opening.listed, room.has_list, NO_LIST),
        **{
            f"verdicts.list.{name}": Binding(partial(room.acts.list_cell, sides), room.sees, HIDDEN)
            for name, sides in CELLS.items()
        },
    }
    return bind(ROOM, WHERE, bindings)


def _pair(room: "VerdictsRoom", pair: str) -> Binding:
    def present() -> bool:
        return room.presenter.pair == pair

    return Binding(partial(room.presenter.choose_pair, pair), room.sees, HIDDEN, checked=present)
