"""Does what was injected hold the answer? Word for word, and only where that means something.

Letter case, white space, punctuation and how a number is written make no difference; an answer in other words is not
found, so a count of leaks is a lower bound.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rb_studio.analysis.overlap import normalised

SHORTEST = 3
ALTERNATIVES = "|OR|"
# Where graders keep answers: what else an expectation holds (addresses of pages, settings) is no text to give away.
ANSWERS = (
    *("answer", "value", "number", "exact", "includes"),
    *("reference_answers", "exact_match", "must_include", "fuzzy_match"),
)


def answers(expected: Any) -> tuple[str, ...]:
    """The texts a grading accepts as answers, in the order they stand there; none for tasks graded by state."""
    if isinstance(expected, Mapping):
        inner = [value for name, value in expected.items() if name in ANSWERS]
    elif isinstance(expected, list | tuple):
        inner = list(expected)
    else:
        return _texts(expected)
    return tuple(dict.fromkeys(text for value in inner for text in answers(value)))


@lru_cache(maxsize=512)
def telling(found: tuple[str, ...], task_text: str) -> tuple[str, ...]:
    """Answers whose occurrence tells something: three characters or more, and not in the task's own words."""
    return tuple(text for text in found if len(normalised(text)) >= SHORTEST and not holds(task_text, text))


def holds(text: str, answer: str) -> bool:
    """Whether a text holds an answer as whole words: `$1,234.50` holds `1234.5`, `Reno, NV` holds `reno nv`."""
    wanted, there = _plain(answer), _plain(text)
    if wanted and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", there) is not None:
        return True
    words = _words(wanted)
    return len(words) >= SHORTEST and f" {words} " in f" {_words(there)} "


@lru_cache(maxsize=512)
def _plain(text: str) -> str:
    """Tasks and their answers come again in every arm, and a text is asked for each of them."""
    return normalised(text)


@lru_cache(maxsize=512)
def _words(text: str) -> str:
    """Words and numbers with single spaces between; numbers without separators and without zeros at the end."""
    found = re.findall(r"\d+\.\d+|\w+", re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text))
    return " ".join([word.rstrip("0").rstrip(".") if "." in word else word for word in found])


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ()
    return tuple(part.strip() for part in str(value).split(ALTERNATIVES) if part.strip())
