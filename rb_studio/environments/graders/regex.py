"""Grader `regex`: a Python regular expression finds a match in the answer.

Python's engine cannot be interrupted, and some patterns take exponential time, so the search runs in
a short-lived process of its own that is killed when its time is up.
"""

import json
import subprocess
import sys
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
    if not isinstance(expected, str) or not expected:
        raise CannotGrade("the expected value of the grader regex must be a pattern")
    if len(expected) > MAX_PATTERN:
        raise CannotGrade(f"the pattern has {len(expected)} characters; at most {MAX_PATTERN} are allowed")
    if len(answer) > MAX_ANSWER:
        raise CannotGrade(f"the answer has {len(answer)} characters; a regex is tried on at most {MAX_ANSWER}")
    result = _search(expected, answer)
    if "error" in result:
        raise CannotGrade(f"the pattern {expected[:60]!r} is invalid: {result['error']}")
    return bool(result["found"]), ""


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
