"""Everything the Scaling room can be asked for itself; its parts have more."""

from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.scaling.export import KINDS, NUMBERS
from rb_studio.gui.rooms.scaling.figures import FIGURES
from rb_studio.gui.rooms.scaling.offered import ROOM
from rb_studio.gui.rooms.scaling.options import TRUTHS
from rb_studio.jobs.curves import AXES
from rb_studio.records.recipe import PRESETS

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.view import ScalingRoom

WHERE = "scaling"
NOTHING = "Nothing is drawn yet."
NO_PICTURE = "No figure is in front with something drawn in it; comparisons can be exported as CSV or LaTeX."
NO_MORE = "No arm has such a k."
OVER_K = "The paper gives its figures over k only."


def scaling_commands(room: "ScalingRoom") -> list[Command]:
    """The commands of one room."""
    bindings = {
        "scaling.run": Binding(room.start_run),
        "scaling.sweep": Binding(room.start_sweep),
        **{f"scaling.figure.{name}": Binding(partial(room.tabs.show_figure, name)) for name in FIGURES},
        **_choices(room, "over", "x", AXES),
        **_choices(room, "truth", "truth", TRUTHS),
        **_choices(room, "preset", "preset", PRESETS),
        **{f"scaling.{name}": _switch(room, name) for name in ("log2", "panels")},
        "scaling.paper": _switch(room, "paper")._replace(enabled=lambda: room.presenter.x == "k", why_not=OVER_K),
        "scaling.k.more": Binding(partial(room.step_k, 1), partial(room.has_k, 1), NO_MORE),
        "scaling.k.less": Binding(partial(room.step_k, -1), partial(room.has_k, -1), NO_MORE),
        "scaling.show_all": Binding(room.show_all),
        "scaling.only": Binding(room.draw_only, room.has_arm, "Choose an arm in the list."),
        "scaling.all_arms": Binding(room.draw_all),
        "scaling.pane": Binding(room.next_pane),
        "scaling.refresh": Binding(room.refresh),
        **{f"scaling.export.{kind}": _export(room, kind) for kind in KINDS},
        "scaling.rename": Binding(room.rename_arms, room.has_arms, NOTHING),
        "scaling.copy_picture": Binding(room.files.copy_picture, room.files.has_picture, NO_PICTURE),
        "scaling.copy_numbers": Binding(room.files.copy_numbers, room.files.has_numbers, NOTHING),
    }
    return bind(ROOM, WHERE, bindings)


def _choices(room: "ScalingRoom", name: str, option: str, values: tuple[str, ...]) -> dict[str, Binding]:
    """One of several: the present one is checked."""

    def present(value: str) -> bool:
        return bool(getattr(room.presenter.options, option) == value)

    return {
        f"scaling.{name}.{value}": Binding(partial(room.choose, option, value), checked=partial(present, value))
        for value in values
    }


def _switch(room: "ScalingRoom", option: str) -> Binding:
    def on() -> bool:
        return bool(getattr(room.presenter.options, option))

    return Binding(partial(room.turn, option), checked=on)


def _export(room: "ScalingRoom", kind: str) -> Binding:
    can = {**dict.fromkeys(NUMBERS, room.files.has_numbers), "recipe": room.files.has_recipe}
    return Binding(
        partial(room.files.export, kind),
        can.get(kind, room.files.has_picture),
        NOTHING if kind in can else NO_PICTURE,
    )
