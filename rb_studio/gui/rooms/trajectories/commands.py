"""The room's commands: every function by keyboard and in the palette."""

from collections.abc import Callable, Iterator
from functools import partial

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.trajectories.actions import Actions
from rb_studio.gui.rooms.trajectories.facet_bar import TITLES as FACETS
from rb_studio.gui.rooms.trajectories.list_presenter import GROUPS

MENU, EDIT, VIEW, WHERE = "Trajectory", "Edit", "View", "trajectories"
NO_ROLLOUT = "No rollout is open."
_TABS = (
    ("page", "Show the page or observation", "O"),
    ("changes", "Show changes of the page", "D"),
    ("prompt", "Show the prompt as sent", "P"),
    ("reply", "Show the raw reply", "R"),
    ("fields", "Show all fields of the step", "A"),
    ("patch", "Show the final patch", ""),
)


def commands_of(do: Actions) -> list[Command]:
    """All commands of the room."""
    return [*_stepping(do), *_showing(do), *_finding(do), *_listing(do), *_elsewhere(do)]


def _stepping(do: Actions) -> Iterator[Command]:
    for name, title, act, keys, icon in (
        ("play", "&Play or pause", do.play, "Space", "run"),
        ("next", "&Next step", do.on, "J|Right", "next"),
        ("back", "Step &back", do.back, "K|Left", "previous"),
        ("first", "&First step", do.first, "Home", "first"),
        ("last", "&Last step", do.last, "End", "last"),
        ("goto", "&Go to step\u2026", do.go_to_step, "G", ""),
        ("rollout.next", "Next rollout", do.next_rollout, "]", ""),
        ("rollout.back", "Previous rollout", do.previous_rollout, "[", ""),
    ):
        yield _with_rollout(do, name, title, act, 0, keys, icon)
    yield _always("follow", "Follow the newest step", do.toggle_follow, 0, "F", do.follows)


def _showing(do: Actions) -> Iterator[Command]:
    for name, title, keys in _TABS:
        yield _with_rollout(do, f"tab.{name}", title, partial(do.show_tab, name), 1, keys)
    yield _with_rollout(do, "before", "Before, after or both", do.next_mode, 1, "B")
    yield _with_rollout(do, "text", "Page drawn or as text", do.toggle_text, 1, "X")
    yield _with_rollout(do, "memory", "Go to the memory in the prompt", do.show_memory, 1, "Y")
    yield _with_rollout(do, "reasoning", "Show or hide the model's reasoning", do.toggle_reasoning, 1)
    yield _always("list", "Rollout list", do.toggle_list, 1, "L", do.list_shown, VIEW)
    yield _always("details", "Verdict and memory beside the step", do.toggle_details, 1, "I", do.details_shown, VIEW)


def _finding(do: Actions) -> Iterator[Command]:
    yield _with_rollout(do, "find", "&Find in this rollout\u2026", do.find, 2, "/", "search", EDIT)
    yield _with_rollout(do, "find.next", "Next step with it", do.next_hit, 2, "N", menu=EDIT)
    yield _with_rollout(do, "find.back", "Previous step with it", do.previous_hit, 2, "Shift+N", menu=EDIT)


def _listing(do: Actions) -> Iterator[Command]:
    yield _always("filter", "Filter rollouts\u2026", do.focus_filter, 3, "Ctrl+F", menu=EDIT)
    yield _always("filter.clear", "Clear the filter", do.clear_filter, 3, menu=EDIT)
    for key, title in FACETS.items():
        yield _always(f"facet.{key}", f"Filter by {title.lower()}\u2026", partial(do.open_facet, key), 3, menu=EDIT)
    yield _with_rollout(do, "only.run", "Only this run", do.only_run, 3, menu=EDIT)
    yield _with_rollout(do, "only.task", "Only this task", do.only_task, 3, menu=EDIT)
    for key, title in GROUPS.items():
        name = f"Group by {title.lower()}" if key else "List without groups"
        yield _always(f"group.{key or 'none'}", name, partial(do.set_group, key), 2, menu=VIEW)
    yield _always("fold", "Fold all groups", partial(do.fold_all, True), 3, menu=VIEW)
    yield _always("unfold", "Open all groups", partial(do.fold_all, False), 3, menu=VIEW)
    yield _always("columns", "Columns of the list\u2026", do.choose_columns, 3, menu=VIEW)


def _elsewhere(do: Actions) -> Iterator[Command]:
    copy = do.copy_step
    yield _with_rollout(do, "copy", "&Copy the step as Markdown", copy, 5, "Ctrl+Shift+C", "copy", EDIT)
    yield _always("copy.rows", "Copy the chosen rows", do.copy_rows, 5, menu=EDIT)
    yield Command(
        f"{WHERE}.resume",
        "&Resume this run",
        do.resume,
        MENU,
        5,
        where=WHERE,
        enabled=do.can_resume,
        why_not="The run of this rollout is not interrupted.",
    )
    yield Command(
        f"{WHERE}.item",
        "Show the retrieved memory in Memories",
        do.show_item,
        MENU,
        5,
        icon="memories",
        where=WHERE,
        enabled=do.has_items,
        why_not="No memory was retrieved for this rollout.",
    )


def _with_rollout(
    do: Actions,
    name: str,
    title: str,
    act: Callable[[], None],
    group: int,
    keys: str = "",
    icon: str = "",
    menu: str = MENU,
) -> Command:
    return Command(
        f"{WHERE}.{name}",
        title,
        act,
        menu,
        group,
        keys,
        icon,
        where=WHERE,
        enabled=do.has_rollout,
        why_not=NO_ROLLOUT,
    )


def _always(
    name: str,
    title: str,
    act: Callable[[], None],
    group: int,
    keys: str = "",
    checked: Callable[[], bool] | None = None,
    menu: str = MENU,
) -> Command:
    return Command(f"{WHERE}.{name}", title, act, menu, group, keys, where=WHERE, checked=checked)
