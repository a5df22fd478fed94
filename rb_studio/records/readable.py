"""Foreign text made fit to read: no terminal codes, invisible control characters made visible.

Offsets of notes are counted in this text, whoever shows it.
"""

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"} | {0x7F: "\u2421"}
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")
_VISIBLE = _CONTROL | _TURNS
_ODD = re.compile(f"[{''.join(map(re.escape, map(chr, _VISIBLE)))}]")


def readable(text: str) -> str:
    """The text without terminal codes; control characters and changes of writing direction are made visible."""
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_VISIBLE) if _ODD.search(text) else text
