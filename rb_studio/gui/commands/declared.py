"""What a room tells of its commands before it is built."""

from typing import NamedTuple


class Declared(NamedTuple):
    """A command by what is shown of it; what it does, and whether it can, its room knows once it is built.

    `group` separates blocks of a menu.
    """

    id: str
    title: str
    menu: str
    shortcut: str = ""
    icon: str = ""
    group: int = 0
