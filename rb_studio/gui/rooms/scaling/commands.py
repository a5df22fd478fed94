"""Everything the Scaling room can be asked for."""

from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.plots.names import AXIS_NAMES
from rb_studio.gui.plots.styles import LABELS
from rb_studio.gui.rooms.scaling.export import KINDS, NUMBERS
from rb_studio.gui.rooms.scaling.offered import FILES
from rb_studio.jobs.curves import AXES
from rb_studio.records.recipe import PRESETS

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.view import ScalingRoom

WHERE = "scaling"
NOTHING = "Nothing is drawn yet."
NO_PICTURE = "No figure is in front with something drawn in it; comparisons can be exported as CSV or LaTeX."
KIND_TITLES = {"latex": "Export as LaTeX table\u2026", "recipe": "Export the recipe\u2026"}
TABS = ("curves", "success over the stream", "steps")


def scaling_commands(room: "ScalingRoom") -> list[Command]:
    """The commands of one room."""
    return [
        Command("scaling.run", "Start a run\u2026", room.start_run, "Plot", 0, icon="run", where=WHERE),
        Command(
            "scaling.sweep", "New s&weep\u2026", room.start_sweep, "Plot", 0, icon="run", where=WHERE
        ),
        *[_tab(room, place, name) for place, name in enumerate(TABS)],
        *[_axis(room, axis) for axis in AXES],
        Command("scaling.show_all", "Show &all of the figure", room.show_all, "Plot", 3, "Ctrl+0", where=WHERE),
        Command("scaling.only", "Draw &only this arm", room.draw_only, "Plot", 3, "Ctrl+Shift+A", where=WHERE,
                enabled=room.has_arm, why_not="Choose an arm in the list."),
        Command("scaling.all_arms", "Draw all arms", room.draw_all, "Plot", 3, where=WHERE),
        Command("scaling.pane", "Next pane", room.next_pane, "Plot", 3, "F6", where=WHERE),
        Command("scaling.refresh", "&Read again", room.refresh, "Plot", 3, "F5", where=WHERE),
        *[_export(room, kind) for kind in KINDS],
        *[_preset(room, preset) for preset in PRESETS],
        Command("scaling.rename", "Re&name arms\u2026", room.rename_arms, "Plot", 5, "F2", where=WHERE,
                enabled=room.has_arms, why_not=NOTHING),
        Command("scaling.copy_picture", "Copy the picture", room.files.copy_picture, FILES, 6, "Ctrl+Shift+C", "copy",
                WHERE, room.files.has_picture, NO_PICTURE),
        Command("scaling.copy_numbers", "Copy the numbers", room.files.copy_numbers, FILES, 6, icon="copy",
                where=WHERE, enabled=room.files.has_numbers, why_not=NOTHING),
    ]  # fmt: skip


def _tab(room: "ScalingRoom", place: int, name: str) -> Command:
    return Command(
        f"scaling.tab.{place}",
        f"Show {name}",
        partial(room.show_tab, place),
        "Plot",
        1,
        f"Alt+{place + 1}",
        where=WHERE,
    )


def _axis(room: "ScalingRoom", axis: str) -> Command:
    def present() -> bool:
        return room.presenter.x == axis

    return Command(
        f"scaling.over.{axis}",
        f"Over {AXIS_NAMES[axis]}",
        partial(room.choose_x, axis),
        "Plot",
        2,
        where=WHERE,
        checked=present,
    )


def _export(room: "ScalingRoom", kind: str) -> Command:
    can = {**dict.fromkeys(NUMBERS, room.files.has_numbers), "recipe": room.files.has_recipe}
    return Command(
        f"scaling.export.{kind}",
        KIND_TITLES.get(kind, f"Export as {kind.upper()}\u2026"),
        partial(room.files.export, kind),
        FILES,
        4,
        "Ctrl+E" if kind == "png" else "",
        "export",
        WHERE,
        can.get(kind, room.files.has_picture),
        NOTHING if kind in can else NO_PICTURE,
    )


def _preset(room: "ScalingRoom", preset: str) -> Command:
    def present() -> bool:
        return room.presenter.preset == preset

    return Command(
        f"scaling.preset.{preset}",
        f"Size of files: {LABELS[preset]}",
        partial(room.presenter.choose_preset, preset),
        FILES,
        5,
        where=WHERE,
        checked=present,
    )
