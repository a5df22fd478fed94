"""Grader `MODULE:FUNCTION`: the user's own Python function."""

import importlib
import logging
import re
from collections.abc import Callable
from dataclasses import asdict
from numbers import Real
from typing import Any

from rb_studio.environments.graders.base import Grader, unknown
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Truth
from rb_studio.records.task import Task

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def is_entry_point(name: str) -> bool:
    """Whether a grader's name has the form `module:function`."""
    return _NAME.fullmatch(name) is not None


def entry_point(name: str) -> Grader:
    """Import `module:function` and wrap it as a grader; it runs in this process.

    The function is called as `f(answer, expected, task)` with the task as a dict, and returns a bool
    or a reward in 0..1, where 1 is success. Whatever it raises makes the truth unknown.

    Raises
    ------
    UsageError
        When the module or the function cannot be found.
    """
    function = _resolved(name)

    def grade(answer: str | None, expected: Any, task: Task) -> Truth:
        try:
            result = function(answer, expected, asdict(task))
        except Exception as fault:  # noqa: BLE001 - foreign code may raise anything; the run must go on
            _log.warning("the grader %s failed on %s", name, task.key, exc_info=True)
            return unknown(name, f"the grader {name} raised {type(fault).__name__}: {fault}")
        return _truth(name, result)

    return grade


def _resolved(name: str) -> Callable[..., object]:
    module_name, _, attribute = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as fault:  # a user's module may raise anything while it is imported
        raise UsageError(
            f"the grader {name} cannot be imported ({type(fault).__name__}: {fault}); "
            f"put the folder of {module_name} on PYTHONPATH or install it"
        ) from fault
    function = getattr(module, attribute, None)
    if not callable(function):
        raise UsageError(f"the module {module_name} has no function {attribute} to grade with")
    return function  # type: ignore[no-any-return]


def _truth(name: str, result: object) -> Truth:
    value = result.item() if hasattr(result, "item") else result
    if isinstance(value, bool):
        return Truth(value, float(value), source=name)
    if isinstance(value, Real) and 0.0 <= float(value) <= 1.0:
        return Truth(float(value) == 1.0, float(value), source=name)
    return unknown(name, f"the grader {name} returned {value!r:.60} instead of a bool or a number in 0..1")
