"""Keep keys out of everything that is shown, logged or stored."""

import logging
import re
import threading

MASK = "[key removed]"
_SHORTEST = 8
_KEY_LIKE = (
    (re.compile(r"\b(?:sk|gsk|hf|xai|nvapi|ghp|gho|glpat|AIza)[-_]?[A-Za-z0-9*_\-.]{12,}"), MASK),
    (re.compile(r"\b(Bearer|Basic)\s+[^\s'\",;]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"(api[-_]?key[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&]{6,}", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"), MASK),
)
_known: set[str] = set()
_lock = threading.Lock()


class Secret:
    """A key that shows itself only through `reveal`; never in repr, str, format or a log line."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        remember(value)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[type["Secret"], tuple[str]]:
        return Secret, (self._value,)  # through __init__, so that the other process masks it too


def remember(key: str) -> None:
    """From now on `redact` removes exactly this string, whatever it looks like."""
    if len(key) >= _SHORTEST:
        with _lock:
            _known.add(key)


def redact(text: str) -> str:
    """The text with every known key and everything that looks like one masked."""
    with _lock:
        keys = sorted(_known, key=len, reverse=True)
    for key in keys:
        text = text.replace(key, MASK)
    for pattern, replacement in _KEY_LIKE:
        text = pattern.sub(replacement, text)
    return text


class RedactingFilter(logging.Filter):
    """Put it on a handler: it masks keys in messages, arguments and tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True
