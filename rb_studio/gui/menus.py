"""The menu bar: a rendering of the registry, and the files opened lately."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from rb_studio.gui.commands.registry import MENUS, SUBMENU, Command, Registry

SHOWN = 10
AT_ONCE = ("File", "Edit", "View", "Run", "Help")


class Recent:
    """The workspaces opened lately, newest first."""

    def __init__(self, stored: QSettings) -> None:
        self._stored = stored

    def paths(self) -> list[Path]:
        """At most ten."""
        stored = self._stored.value("recent", [])
        names = [stored] if isinstance(stored, str) else stored if isinstance(stored, list) else []
        return [Path(name) for name in names if name]

    def remember(self, path: Path) -> None:
        """Put a path first."""
        kept = [str(path), *(str(other) for other in self.paths() if other != path)]
        self._stored.setValue("recent", kept[:SHOWN])

    def clear(self) -> None:
        """Forget them all."""
        self._stored.remove("recent")


class Menus(QObject):
    """Fills the menus when commands come and go; the files opened lately when they are looked at."""

    def __init__(self, bar: QMenuBar, registry: Registry, recent: Recent, open_path: Callable[[Path], None]) -> None:
        super().__init__(bar)
        self._registry, self._recent, self._open_path = registry, recent, open_path
        self._menus: dict[str, QMenu] = {}
        for name in MENUS:
            self._menus[name] = QMenu(f"&{name}", bar)
            bar.addMenu(self._menus[name]).setVisible(name in AT_ONCE)
        self._lately = QMenu("Open &recent", self._menus["File"])
        self._lately.setToolTipsVisible(True)
        self._lately.aboutToShow.connect(self._fill_recent)

    def follow(self) -> None:
        """Fill the menus now and whenever a room brings commands along."""
        self._registry.added.connect(self.fill)
        self._registry.entered.connect(self._show)
        self.fill()

    def fill(self) -> None:
        """Every menu anew."""
        by_menu: dict[str, list[Command]] = {name: [] for name in MENUS}
        for command in self._registry.all():
            by_menu.setdefault(command.menu, []).append(command)
        for name, commands in by_menu.items():
            self._refill(name, sorted(commands, key=lambda command: command.group))
        self._show()

    def _show(self, _room: str = "") -> None:
        """No menu without anything in it that is offered here."""
        present = {command.menu for command in self._registry.commands()}
        offered = present | {name.partition(SUBMENU)[0] for name in present}
        for name, menu in self._menus.items():
            menu.menuAction().setVisible(name in offered)

    def _refill(self, name: str, commands: list[Command]) -> None:
        menu = self._menu(name)
        menu.clear()
        last = commands[0].group if commands else 0
        for command in commands:
            if command.group != last:
                menu.addSeparator()
            menu.addAction(self._registry.action(command.id))
            last = command.group
            if command.id == "file.open":
                menu.addMenu(self._lately)

    def _menu(self, name: str) -> QMenu:
        """A menu of the bar, or the submenu at the end of one."""
        above, submenu, title = name.rpartition(SUBMENU)
        if not submenu:
            return self._menus[name]
        if name not in self._menus:
            self._menus[name] = QMenu(title, self._menus[above])
        self._menus[above].addMenu(self._menus[name])
        return self._menus[name]

    def _fill_recent(self) -> None:
        menu, paths = self._lately, self._recent.paths()
        menu.clear()
        for number, path in enumerate(paths, 1):
            action = menu.addAction(f"&{number % SHOWN} {_shown(path.name)}")
            action.setToolTip(str(path))
            action.setEnabled(path.exists())
            action.triggered.connect(partial(self._open, path))
        if not paths:
            menu.addAction("No workspace was opened yet").setEnabled(False)
            return
        menu.addSeparator()
        clear: QAction = menu.addAction("&Clear the list")
        clear.triggered.connect(self._clear)

    def _open(self, path: Path, _checked: bool = False) -> None:
        self._open_path(path)

    def _clear(self, _checked: bool = False) -> None:
        self._recent.clear()


def _shown(name: str) -> str:
    """A file's name as a menu shows it."""
    return name.replace("&", "&&")
