"""The thresholds of duplicates with the measurement behind them: labelled pairs, and what was found among them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_studio.models.protocol import Embedder
from rb_studio.records.item_text import ItemText, embedded_text
from rb_studio.records.resources import root

if TYPE_CHECKING:
    from rb_studio.analysis.duplicates import Thresholds
    from rb_studio.analysis.operating_point import OperatingPoint, ScoredPair

LEAST_PRECISION = 0.95
_VARIANTS = ("reworded", "restated", "paraphrase", "other", "opposite")
_IN_WORDS = {
    "reworded": "lightly reworded",
    "restated": "restated in the same words",
    "paraphrase": "said in other words",
    "opposite": "of opposite advice",
    "other": "of other advice on the same topic",
    "unrelated": "unrelated",
}


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two items' texts and what they are to each other, by `analysis.operating_point.RELATIONS`."""

    relation: str
    a: ItemText
    b: ItemText


@dataclass(frozen=True, slots=True)
class Measured:
    """What the thresholds in use, and others, find among the labelled pairs by one embedder.

    `pairs` counts the labelled pairs by relation; `curve` has the same overlap with cosines from 0.5 up.
    """

    embedder: str
    pairs: dict[str, int]
    chosen: "OperatingPoint"
    curve: "tuple[OperatingPoint, ...]"

    def at(self, cosine: float) -> "OperatingPoint":
        """The measured point nearest to a cosine."""
        return min((self.chosen, *self.curve), key=lambda point: abs(point.thresholds.cosine - cosine))


def labelled_pairs() -> list[LabelledPair]:
    """The labelled pairs: each lesson with its variants, and with two lessons on other things."""
    families = [json.loads(line) for line in _file("families.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [ItemText(*family["item"]) for family in families]
    size = len(families) // len({family["domain"] for family in families})
    found = []
    for place, family in enumerate(families):
        found += [LabelledPair(name, texts[place], ItemText(*family[name])) for name in _VARIANTS]
        neighbour = place // size * size + (place + 1) % size
        found += [
            LabelledPair("unrelated", texts[place], texts[other])
            for other in (neighbour, (place + size) % len(families))
        ]
    return found


def scored(pairs: Sequence[LabelledPair], embedder: Embedder) -> "list[ScoredPair]":
    """The evidence of labelled pairs by an embedder."""
    from rb_studio.analysis.operating_point import ScoredPair
    from rb_studio.analysis.overlap import Overlap

    texts = [embedded_text(side) for pair in pairs for side in (pair.a, pair.b)]
    vectors, overlap = embedder.embed(texts), Overlap(texts)
    return [
        ScoredPair(pair.relation, float(vectors[2 * n] @ vectors[2 * n + 1]), overlap(2 * n, 2 * n + 1))
        for n, pair in enumerate(pairs)
    ]


def measure(embedder: Embedder) -> Measured:
    """Choose thresholds by the labelled pairs: the highest recall at a precision of at least 95 %."""
    from rb_studio.analysis.duplicates import Thresholds
    from rb_studio.analysis.operating_point import best_point, operating_point

    pairs = scored(labelled_pairs(), embedder)
    sure = Thresholds().sure
    cosines = [round(0.5 + step / 100, 2) for step in range(49)]
    overlaps = [round(step / 20, 2) for step in range(13)]
    grid = [
        operating_point(pairs, Thresholds(cosine, overlap, max(sure, cosine)))
        for cosine in cosines
        for overlap in overlaps
    ]
    chosen = best_point(grid, LEAST_PRECISION)
    curve = tuple(point for point in grid if point.thresholds.overlap == chosen.thresholds.overlap)
    return Measured(embedder.identity, dict(Counter(pair.relation for pair in pairs)), chosen, curve)


def write(found: Measured, path: Path) -> None:
    """Keep a measurement in a file."""
    path.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")


@cache
def shipped() -> Measured:
    """The measurement that comes with the program, of the packaged embedder."""
    data = json.loads(_file("operating_point.json").read_text(encoding="utf-8"))
    curve = tuple(map(_point, data["curve"]))
    return Measured(data["embedder"], data["pairs"], _point(data["chosen"]), curve)


def limits_for(cosine: float | None = None) -> "Thresholds":
    """The thresholds in use, with another cosine where given."""
    from rb_studio.analysis.duplicates import Thresholds

    limits = Thresholds()
    return limits if cosine is None else Thresholds(cosine, limits.overlap, max(cosine, limits.sure))


def described(embedder: str, cosine: float | None = None) -> str:
    """What the thresholds are known to find and to miss, in words."""
    limits, table = limits_for(cosine), shipped()
    total = sum(table.pairs.values())
    if embedder != table.embedder:
        return f"how well cosine {limits.cosine:.2f} tells duplicates was not measured for {embedder}"
    point = table.at(limits.cosine)
    if point.precision is None or point.recall is None:
        return f"at cosine {limits.cosine:.2f} none of {total} labelled pairs is found"
    found = ", ".join(
        f"{point.found[name]} of {count} {_IN_WORDS[name]}"
        for name, count in table.pairs.items()
        if point.found[name] or name == "paraphrase"
    )
    return (
        f"cosine {point.thresholds.cosine:.2f} with overlap {limits.overlap:.2f}, or cosine {limits.sure:.2f}: of "
        f"{total} labelled pairs precision {_percent(point.precision)}, recall {_percent(point.recall)}; "
        f"found are {found}"
    )


def _percent(rate: Any) -> str:
    return f"{100 * rate.value:.0f} % ({100 * rate.low:.0f} to {100 * rate.high:.0f})"


def _point(data: dict[str, Any]) -> "OperatingPoint":
    from rb_studio.analysis.duplicates import Thresholds
    from rb_studio.analysis.intervals import Estimate
    from rb_studio.analysis.operating_point import OperatingPoint

    precision, recall = (Estimate(**data[name]) if data[name] else None for name in ("precision", "recall"))
    return OperatingPoint(Thresholds(**data["thresholds"]), data["found"], precision, recall)


def _file(name: str) -> Path:
    return root() / "duplicates" / name
