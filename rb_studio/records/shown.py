"""Text from anywhere as it can be shown in one line: nothing in it moves, hides or ends what stands around it."""

import unicodedata

# Other: controls, surrogates, what is not assigned; and what formats: overrides of direction, joiners.
_UNSEEN = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")


def one_line(text: str, longest: int | None = None) -> str:
    """The text without breaks, controls, overrides of direction and halves of characters; `longest` cuts it short."""
    seen = "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in text)
    line = " ".join(seen.split())
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
