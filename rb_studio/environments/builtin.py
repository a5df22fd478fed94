"""Suites that need no import."""

from rb_studio.records.errors import UsageError
from rb_studio.records.task import SuiteContent

BUILTIN_SUITES = ("practice", "miniwob", "repair")


def builtin_suite(name: str) -> SuiteContent:
    """Tasks and gradings of a built-in suite.

    Raises
    ------
    UsageError
        For a suite that is not built in, or not in this version.
    """
    if name == "practice":
        from rb_studio.environments.practice import practice_suite

        return practice_suite()
    if name in BUILTIN_SUITES:
        raise UsageError(f"the built-in suite {name} is not in this version; practice is, or import a task file")
    raise UsageError(f"there is no built-in suite {name!r}; import one with `rb-studio tasks WS import FILE`")
