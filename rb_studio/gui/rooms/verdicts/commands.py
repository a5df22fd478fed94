"""Everything the Verdicts room can be asked for."""

from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.verdicts.reading import PAIRS

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom

WHERE = "verdicts"
NOTHING = "Choose a rollout in the list."
CELLS = {
    "all": ("List all rollouts", {}),
    "false_success": ("List false successes", {"judge": "success", "truth": "failure"}),
    "false_failure": ("List false failures", {"judge": "failure", "truth": "success"}),
    "unknown": ("List unknown verdicts", {"judge": "unknown"}),
    "overruled": ("List rollouts a person judged success", {"human": "success"}),
    "refused": ("List rollouts a person judged failure", {"human": "failure"}),
}


def verdict_commands(room: "VerdictsRoom") -> list[Command]:
    """The commands of one room."""
    return [
        *[_judge(room, status) for status in ("success", "failure", "unknown")],
        *[
            Command(f"verdicts.list.{name}", title, partial(room.list_cell, sides), "Trajectory", 2, where=WHERE)
            for name, (title, sides) in CELLS.items()
        ],
        *[_pair(room, pair) for pair in PAIRS],
        Command("verdicts.find", "&Find rollouts", room.focus_filter, "Edit", 3, "Ctrl+F", "search", WHERE),
        Command("verdicts.refresh", "&Read again", room.presenter.refresh, "View", 4, "F5", where=WHERE),
        Command("verdicts.pane", "Next pane", room.next_pane, "View", 4, "F6", where=WHERE),
        Command("verdicts.prompt", "Show the judge's prompt", room.show_prompt, "View", 4, "Ctrl+P", where=WHERE,
                enabled=room.has_rollout, why_not=NOTHING),
        Command("verdicts.open", "&Open the rollout", room.opening.current, "Trajectory", 0, "Ctrl+Return",
                "trajectories", WHERE, room.has_rollout, NOTHING),
        Command("verdicts.open_all", "Open the &listed rollouts", room.opening.listed, "Trajectory", 0,
                "Ctrl+Shift+Return", "trajectories", WHERE, room.has_list, "The list is empty."),
        Command("verdicts.copy", "Copy the list as a table", room.copy_list, "Edit", 3, icon="copy", where=WHERE,
                enabled=room.has_list, why_not="The list is empty."),
        Command("verdicts.copy_rates", "Copy the rates as a table", room.copy_rates, "Edit", 3, icon="copy",
                where=WHERE),
    ]  # fmt: skip


def _judge(room: "VerdictsRoom", status: str) -> Command:
    return Command(
        f"verdicts.judge.{status}",
        f"Judge as {status}",
        partial(room.judge, status),
        "Trajectory",
        1,
        status[0].upper(),
        status,
        WHERE,
        room.can_judge,
        NOTHING,
    )


def _pair(room: "VerdictsRoom", pair: str) -> Command:
    def present() -> bool:
        return room.presenter.pair == pair

    choose = partial(room.presenter.choose_pair, pair)
    return Command(f"verdicts.pair.{pair}", f"Compare {pair}", choose, "View", 2, where=WHERE, checked=present)
