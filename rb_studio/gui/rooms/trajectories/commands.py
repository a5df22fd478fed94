"""What the room's commands do; how they are called, and their keys, stand in the `offered_` files."""

from collections.abc import Mapping
from functools import partial

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.trajectories import offered_list, offered_player
from rb_studio.gui.rooms.trajectories.actions import Actions
from rb_studio.gui.rooms.trajectories.facet_bar import TITLES as FACETS
from rb_studio.gui.rooms.trajectories.levels import KINDS, Level
from rb_studio.gui.rooms.trajectories.list_actions import ListActions
from rb_studio.gui.rooms.trajectories.list_presenter import GROUPS

WHERE = "trajectories"
NO_ROLLOUT = "No rollout is open."
NOT_STEPPING = "No rollout is open, or something else is shown in its place."
NOT_INTERRUPTED = "The run of this rollout is not interrupted."
NONE_SELECTED = "No more than the step on screen is selected."
BLIND = "It would tell what is hidden while you judge blind (U)."
NO_PATCH = "This rollout has no patch."
NO_ITEMS = "No memory was retrieved for this rollout."
_TABS = ("page", "changes", "state", "prompt", "reply", "fields", "patch")


def player_commands(do: Actions) -> list[Command]:
    """Stepping through a rollout and looking at it."""
    return bind(offered_player.OFFERED, WHERE, {**_stepping(do), **_showing(do)})


def list_commands(do: ListActions) -> list[Command]:
    """The list of rollouts."""
    with_rollout = (do.has_rollout, NO_ROLLOUT)
    bindings = {
        "trajectories.filter": Binding(do.focus_filter),
        "trajectories.filter.clear": Binding(do.clear_filter),
        **{
            f"trajectories.facet.{key}": Binding(partial(do.open_facet, key), partial(do.facet_offered, key), BLIND)
            for key in FACETS
        },
        "trajectories.only.run": Binding(do.only_run, *with_rollout),
        "trajectories.only.task": Binding(do.only_task, *with_rollout),
        "trajectories.copy.rows": Binding(do.copy_rows),
        **{f"trajectories.group.{key or 'none'}": Binding(partial(do.set_group, key)) for key in GROUPS},
        "trajectories.fold": Binding(partial(do.fold_all, True)),
        "trajectories.unfold": Binding(partial(do.fold_all, False)),
        "trajectories.columns": Binding(do.choose_columns),
    }
    return bind(offered_list.OFFERED, WHERE, bindings)


def _stepping(do: Actions) -> Mapping[str, Binding]:
    stepping = (do.steps_shown, NOT_STEPPING)
    return {
        "trajectories.play": Binding(do.play, *stepping),
        "trajectories.next": Binding(do.on, *stepping),
        "trajectories.back": Binding(do.back, *stepping),
        "trajectories.first": Binding(do.first, *stepping),
        "trajectories.last": Binding(do.last, *stepping),
        "trajectories.goto": Binding(do.go_to_step, *stepping),
        "trajectories.rollout.next": Binding(do.next_rollout, *stepping),
        "trajectories.rollout.back": Binding(do.previous_rollout, *stepping),
        "trajectories.select.next": Binding(partial(do.extend, 1), *stepping),
        "trajectories.select.back": Binding(partial(do.extend, -1), *stepping),
        "trajectories.select.none": Binding(
            do.unselect, do.has_selection, "No more than the step on screen is selected."
        ),
        "trajectories.follow": Binding(do.toggle_follow, checked=do.follows),
        "trajectories.resume": Binding(do.resume, do.can_resume, NOT_INTERRUPTED),
        "trajectories.item": Binding(do.show_item, do.has_items, partial(_no_items, do)),
    }


def _showing(do: Actions) -> Mapping[str, Binding]:
    with_rollout = (do.has_rollout, NO_ROLLOUT)
    return {
        **{
            f"trajectories.tab.{name}": Binding(
                partial(do.show_tab, name), partial(do.tab_offered, name), partial(_no_tab, do, name)
            )
            for name in _TABS
        },
        "trajectories.before": Binding(do.next_mode, *with_rollout),
        "trajectories.text": Binding(do.toggle_text, *with_rollout),
        "trajectories.memory": Binding(
            do.show_memory, partial(do.tab_offered, "prompt"), partial(_no_tab, do, "prompt")
        ),
        "trajectories.level.next": Binding(do.next_level),
        **{
            f"trajectories.level.{level}": Binding(partial(do.set_level, level), checked=partial(do.is_level, level))
            for level in map(str, Level)
        },
        **{
            f"trajectories.kind.{kind}": Binding(partial(do.toggle_kind, kind), checked=partial(do.kind_shown, kind))
            for kind in KINDS
        },
        "trajectories.list": Binding(do.toggle_list, checked=do.list_shown),
        "trajectories.details": Binding(do.toggle_details, checked=do.details_shown),
    }


def _no_items(do: Actions) -> str:
    """Why no retrieved item can be shown."""
    return BLIND if do.has_rollout() and not do.tab_offered("prompt") else NO_ITEMS


def _no_tab(do: Actions, name: str) -> str:
    """Why a tab of the step is not there."""
    return (NO_PATCH if name == "patch" else BLIND) if do.has_rollout() else NO_ROLLOUT
