"""Judging without being told: what is hidden while somebody reviews blind, in every room that asks."""

from PySide6.QtCore import QObject, Signal

JUDGE, TRUTH, ARM, MEMORY, MODEL = "judge", "truth", "arm", "memory", "model"
# Names of columns, facets, groups and tabs, and what each would tell.
TELLS = {
    **dict.fromkeys((JUDGE, "verdict", "used", "label", "cited", "status", "selected"), JUDGE),
    **dict.fromkeys((TRUTH, "success", "reward", "resolved"), TRUTH),
    **dict.fromkeys((ARM, "k", "scaling", "allocation", "sweep", "run_name"), ARM),
    **dict.fromkeys((MEMORY, "bank", "retrieved", "learned", "prompt", "fields"), MEMORY),
    **dict.fromkeys((MODEL, "profile", "actor", "simulated", "cost"), MODEL),
}


class Blind(QObject):
    """Whether verdicts, truth, arm, memory and model are hidden; it stays so until it is switched off.

    Signals
    -------
    changed
        They are hidden now, or shown again; carries which.
    """

    changed = Signal(bool)

    def __init__(self, on: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on = on

    @property
    def on(self) -> bool:
        return self._on

    def set(self, on: bool) -> None:
        """Hide, or show again."""
        if on != self._on:
            self._on = on
            self.changed.emit(on)

    def toggle(self) -> None:
        """The other way round."""
        self.set(not self._on)

    def hides(self, name: str) -> bool:
        """Whether a column, facet, group or tab of this name is not to be seen now.

        Columns of metadata have names with dots: such a one tells what any part of its name does.
        """
        return self._on and tells(name)


def tells(name: str) -> bool:
    """Whether a column, facet, group or tab of this name tells what is hidden from who judges blind."""
    return any(part in TELLS for part in name.lower().replace(":$", "").split("."))
