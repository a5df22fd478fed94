"""Graders by name."""

from rb_studio.environments.graders.base import Grader, unknown
from rb_studio.environments.graders.contains import contains
from rb_studio.environments.graders.entry_point import entry_point, is_entry_point
from rb_studio.environments.graders.exact import exact
from rb_studio.environments.graders.llm import Ask, llm_grader
from rb_studio.environments.graders.number import number
from rb_studio.environments.graders.regex import regex
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Truth
from rb_studio.records.task import Task

GRADERS = ("exact", "contains", "number", "regex", "llm", "none")
_PLAIN: dict[str, Grader] = {"exact": exact, "contains": contains, "number": number, "regex": regex}


def grader(name: str, llm: Ask | None = None) -> Grader:
    """The grader of a name: one of `GRADERS` or `module:function`.

    Raises
    ------
    UsageError
        For an unknown name, for `llm` without a model, for a function that cannot be imported.
    """
    check_grader_name(name)
    if name in _PLAIN:
        return _PLAIN[name]
    if name == "none":
        return _ungraded
    if name == "llm":
        if llm is None:
            raise UsageError("the grader llm needs a model: name one for the role grader in the settings")
        return llm_grader(llm)
    return entry_point(name)


def check_grader_name(name: str) -> None:
    """Raise `UsageError` unless `name` can be a grader; nothing is imported."""
    if name not in GRADERS and not is_entry_point(name):
        raise UsageError(f"there is no grader {name!r}; choose {', '.join(GRADERS)} or MODULE:FUNCTION")


def _ungraded(answer: str | None, expected: object, task: Task) -> Truth:
    return unknown("none", "this suite is not graded")
