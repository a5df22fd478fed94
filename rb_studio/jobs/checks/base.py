"""A check, and all of them in the order they are shown."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    `mend` says what to do when it is not `ok`. Without an `essential` one the program does not work;
    the others only take something away.
    """

    name: str
    ok: bool
    detail: str
    mend: str = ""
    essential: bool = True

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


Checker = Callable[[], Iterable[Check]]


def run_checks() -> list[Check]:
    """Look at everything; touches no network beyond this computer."""
    from rb_studio.jobs.checks import models, qt, system

    checkers: tuple[tuple[str, Checker], ...] = (
        ("python", system.python),
        ("packages", system.packages),
        ("resources", system.resources),
        ("sqlite", system.sqlite),
        ("settings", system.settings_folder),
        ("qt", qt.drawing),
        ("display", qt.display),
        ("embedder", models.embedder),
        ("keyring", models.keyring),
        ("endpoints", models.endpoints),
        ("sandbox", system.sandbox),
        ("browser", system.browser),
    )
    found = [check for name, checker in checkers for check in _guarded(name, checker)]
    return [replace(check, mend="") if check.ok else check for check in found]


def _guarded(name: str, checker: Checker) -> list[Check]:
    try:
        return list(checker())
    except Exception as error:  # whatever is broken, the rest is still looked at
        log.debug("check %s", name, exc_info=True)
        return [Check(name, False, f"{type(error).__name__}: {error}", "reinstall rb-studio with its dependencies")]
