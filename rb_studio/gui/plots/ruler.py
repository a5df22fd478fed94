"""How wide text is and where it breaks, in points."""

from PySide6.QtGui import QRawFont

from rb_studio.gui.plots.sheet import FAMILIES, FINE, font_of, measure


def usable_family() -> str:
    """The first usual family with TrueType outlines, or else what Qt takes for any family."""
    for family in FAMILIES:
        raw = QRawFont.fromFont(font_of(family, 16))
        if raw.isValid() and raw.familyName() == family and raw.fontTable("glyf").size():
            return family
    return font_of(FAMILIES[-1], 16).defaultFamily()


class Ruler:
    """Measures one size of one family."""

    def __init__(self, family: str, size: float) -> None:
        self._metrics = measure(family, size)
        self.line = self._metrics.lineSpacing() / FINE
        self.rise = self._metrics.ascent() / FINE

    def width(self, text: str) -> float:
        """How wide a line is."""
        return self._metrics.horizontalAdvance(text) / FINE

    def wrapped(self, text: str, width: float) -> list[str]:
        """The text in lines that are no wider; a word that is wider is broken."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if self.width(longer) <= width:
                lines[-1] = longer
                continue
            lines += [*self._broken(word, width)] if lines[-1] else []
            if not lines[0]:
                lines = self._broken(word, width)
        return lines

    def _broken(self, word: str, width: float) -> list[str]:
        parts = [""]
        for letter in word:
            if parts[-1] and self.width(parts[-1] + letter) > width:
                parts.append("")
            parts[-1] += letter
        return parts
