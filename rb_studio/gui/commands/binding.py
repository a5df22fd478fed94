"""Commands out of what a room declares and what it can do: names, menus and keys are told in one place."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.commands.registry import Command


def _yes() -> bool:
    return True


class Binding(NamedTuple):
    """What a declared command does, and whether it can; the fields are those of `Command`."""

    do: Callable[[], None]
    enabled: Callable[[], bool] = _yes
    why_not: str | Callable[[], str] = ""
    checked: Callable[[], bool] | None = None
    shown_title: Callable[[], str] | None = None


def bind(offered: Iterable[Declared], where: str, bindings: Mapping[str, Binding]) -> list[Command]:
    """The commands in the order they are declared.

    Raises
    ------
    ValueError
        A command is declared and bound to nothing, or bound and not declared.
    """
    declared = {one.id: one for one in offered}
    if declared.keys() != bindings.keys():
        raise ValueError(f"declared or bound, not both: {', '.join(sorted(declared.keys() ^ bindings.keys()))}")
    return [
        Command(
            one.id,
            one.title,
            menu=one.menu,
            group=one.group,
            shortcut=one.shortcut,
            icon=one.icon,
            where=where,
            **bindings[one.id]._asdict(),
        )
        for one in declared.values()
    ]
