"""How figures are drawn: the choices that hold for all of them, kept over a restart."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from rb_studio.jobs.curves import JUDGED, TRUE
from rb_studio.records.recipe import AXES, DRAWN, PRESETS

BOTH = "both"
TRUTHS = (TRUE, JUDGED, BOTH)
DRAWING = ("log2", "panels", "paper", "preset")  # those that nothing is computed for


@dataclass(frozen=True, slots=True)
class Options:
    """The horizontal axis, the k of figures at one, whose success, and the look; None is the usual k."""

    x: str = "k"
    k: int | None = None
    truth: str = TRUE
    log2: bool = False
    panels: bool = False
    paper: bool = False
    preset: str = DRAWN

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Options":
        """As `to_json` gave them; what makes no sense is as usual."""
        return cls(**{one.name: kept[one.name] for one in fields(cls) if _sound(one.name, kept.get(one.name))})


def _sound(name: str, value: object) -> bool:
    known: dict[str, tuple[object, ...]] = {"x": AXES, "truth": TRUTHS, "preset": PRESETS}
    if name in known:
        return value in known[name]
    return isinstance(value, int) and not isinstance(value, bool) if name == "k" else isinstance(value, bool)
