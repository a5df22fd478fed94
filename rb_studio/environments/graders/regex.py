"""Grader `regex`: a Python regular expression finds a match in the answer.

Python's engine cannot be interrupted, and some patterns take exponential time, so the search runs in
a short-lived process of its own that is killed when its time is up.
"""

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

from rb_studio.environments.graders import regex_worker
from rb_studio.environments.graders.base import CannotGrade, comparing

MAX_PATTERN = 1_000
MAX_ANSWER = 20_000
SECONDS = 3.0


def compare_regex(answer: str, expected: Any) -> tuple[bool, str]:
    """`re.search(expected, answer)` within limits; write `(?i)`, `(?s)`, `^..$` as you need them.

    Raises `CannotGrade` for a pattern that is no text, too long, invalid or too slow, and for an
    answer of more than `MAX_ANSWER` characters.
    """
    fault = _shape_fault(expected)
    if fault is not None:
        raise CannotGrade(fault)
    if len(answer) > MAX_ANSWER:
        raise CannotGrade(f"the answer has {len(answer)} characters; a regex is tried on at most {MAX_ANSWER}")
    result = _search(expected, answer)
    if "error" in result:
        raise CannotGrade(f"the pattern {expected[:60]!r} is invalid: {result['error']}")
    return bool(result["found"]), ""


def pattern_fault(expected: Any) -> str | None:
    """Why an expected value can never be tried, None for a pattern that can; nothing is searched."""
    fault = _shape_fault(expected)
    if fault is not None:
        return fault
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a pattern that newer Pythons read differently is still a pattern
            re.compile(expected)
    except (re.error, OverflowError, RecursionError) as error:
        return f"the pattern {expected[:60]!r} is invalid: {error}"
    return None


def _shape_fault(expected: Any) -> str | None:
    if not isinstance(expected, str) or not expected:
        return "the expected value of the grader regex must be a pattern"
    if len(expected) > MAX_PATTERN:
        return f"the pattern has {len(expected)} characters; at most {MAX_PATTERN} are allowed"
    return None


def _search(pattern: str, answer: str) -> dict[str, Any]:
    command = [sys.executable, "-I", "-S", str(Path(regex_worker.__file__))]
    request = json.dumps({"pattern": pattern, "text": answer})
    try:
        done = subprocess.run(command, input=request, capture_output=True, text=True, timeout=SECONDS, check=True)
    except subprocess.TimeoutExpired:
        raise CannotGrade(
            f"the pattern {pattern[:60]!r} took more than {SECONDS:g} s on this answer; simplify it"
        ) from None
    except (OSError, subprocess.CalledProcessError) as fault:
        raise CannotGrade(f"the process that tries patterns failed: {fault}") from fault
    result: dict[str, Any] = json.loads(done.stdout)
    return result


regex = comparing("regex", compare_regex)
