"""Places in a text as Python counts them and as Qt does, for whom a character beyond the first 65,536 is two."""

import re
from bisect import bisect_left

_WIDE = re.compile("[\U00010000-\U0010ffff]")


class Units:
    """Both counts of one text."""

    def __init__(self, text: str) -> None:
        self._wide = [] if text.isascii() else [found.start() for found in _WIDE.finditer(text)]
        self._wide_units = [place + number for number, place in enumerate(self._wide)]

    def of(self, place: int) -> int:
        """Qt's count of a place of the text."""
        return place + bisect_left(self._wide, place)

    def place(self, unit: int) -> int:
        """The place of the text behind Qt's count."""
        return unit - bisect_left(self._wide_units, unit)
