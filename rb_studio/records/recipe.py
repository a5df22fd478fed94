"""What rebuilds a figure: where it comes from, what of it is drawn, and how its intervals were drawn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rb_studio.records.errors import UsageError
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.records.replayed import Replayed

VERSION = 1
CURVES, STREAM, STEPS, LOSS, GAIN, CHANGES = ("curves", "stream", "steps", "loss", "gain", "changes")
POSITIONS, DIFFICULTY, BUCKETS, PHASES = ("positions", "difficulty", "buckets", "phases")
COMPARISONS, FRONTIER = "comparisons", "frontier"
FIGURES = (CURVES, STREAM, STEPS, LOSS, GAIN, CHANGES, POSITIONS, DIFFICULTY, BUCKETS, PHASES, COMPARISONS, FRONTIER)
OF_ONE_K = (STREAM, POSITIONS, DIFFICULTY, PHASES)
AXES = ("k", "tokens", "cost", "time")
DRAWN, PAPER_84, PAPER_174, SLIDE = PRESETS = ("drawn", "paper-84", "paper-174", "slide")


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How often tasks are drawn again, with which seed, for intervals of which level."""

    resamples: int = 2_000
    seed: int = 0
    level: float = 0.95

    def sentence(self) -> str:
        """For captions."""
        seed = f", seed {self.seed}" if self.seed else ""
        return f"bars are {100 * self.level:g} % intervals, {self.resamples:,} bootstrap resamples of tasks{seed}"


@dataclass(frozen=True, slots=True)
class RunsFrom:
    """The runs of a figure by what they are, so that it is found again in a merged or newly imported file.

    Either a `sweep` by the hash of what was asked for (and when it was `made`, where it was asked for twice), or single
    `runs` by their hashes. `apart` draws each of them by itself. `results` counts the results there were, to tell when
    others have come since.
    """

    sweep: str | None = None
    made: str | None = None
    runs: tuple[str, ...] = ()
    apart: bool = False
    results: int | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """A figure from its runs to its look.

    `arms` are those in the figure by their keys, in the order they are drawn; those in `hidden` are not. `names` are
    the names given to them, `places` the numbers of their colours. `metrics` are those drawn, empty for all. `k` is
    that of a figure at one. `truth` is `true`, `judged` or `both`. `preset` (of `PRESETS`, empty for the usual one),
    `log2`, `panels` (small multiples) and `paper` are for whoever draws. `reference` is the key of the arm that
    others are compared with, empty for the usual one of each.
    """

    source: RunsFrom
    figure: str = CURVES
    x: str = "k"
    k: int | None = None
    log2: bool = False
    metrics: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    truth: str = "both"
    precedence: Precedence = USUAL
    paper: bool = False
    split: str = "test"
    bootstrap: Bootstrap = Bootstrap()
    preset: str = ""
    panels: bool = False
    reference: str = ""
    replayed: Replayed | None = None
    version: int = VERSION

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain values."""
        return {
            **asdict(self),
            "precedence": list(self.precedence.order),
            "names": dict(self.names),
            "places": dict(self.places),
        }

    @classmethod
    def from_json(cls, data: Any) -> "Recipe":
        """A recipe from plain values.

        Raises
        ------
        UsageError
            This is no recipe, one of a newer version, or a part of it cannot be.
        """
        if not isinstance(data, dict) or not isinstance(data.get("source"), dict):
            raise UsageError("this is no recipe of a figure: it names no source")
        if data.get("version") != VERSION:
            raise UsageError(f"the recipe has version {data.get('version')}, and this program reads version {VERSION}")
        unknown = set(data) - {one.name for one in fields(cls)}
        if unknown:
            raise UsageError(f"the recipe has parts nobody knows: {', '.join(sorted(unknown))}")
        try:
            return _checked(cls(**{**data, **_parts(data)}))
        except (TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"the recipe cannot be read ({error})") from error


def _parts(data: Mapping[str, Any]) -> dict[str, Any]:
    source = data["source"]
    lists = {name: _words(data.get(name, ())) for name in ("metrics", "arms", "hidden")}
    return {
        **lists,
        "source": RunsFrom(**{**source, "runs": _words(source.get("runs", ()))}),
        "names": {str(key): str(name) for key, name in data.get("names", {}).items()},
        "places": {str(key): int(place) for key, place in data.get("places", {}).items()},
        "precedence": Precedence(_words(data.get("precedence", USUAL.order))),
        "bootstrap": Bootstrap(**data.get("bootstrap", {})),
        "replayed": Replayed.from_json(data.get("replayed")),
    }


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{value!r} is no list of words")
    return tuple(value)


def _checked(recipe: Recipe) -> Recipe:
    for name, value, known in (
        ("figure", recipe.figure, FIGURES),
        ("axis", recipe.x, AXES),
        ("truth", recipe.truth, ("true", "judged", "both")),
        ("split", recipe.split, ("test", "train", "all")),
        ("preset", recipe.preset or DRAWN, PRESETS),
    ):
        if value not in known:
            raise UsageError(f"the recipe's {name} {value} is unknown: choose {', '.join(known)}")
    drawn = recipe.bootstrap
    whole = isinstance(drawn.resamples, int) and isinstance(drawn.seed, int) and isinstance(drawn.level, float)
    if not whole or not 1 <= drawn.resamples <= 1_000_000 or not 0 < drawn.level < 1 or drawn.seed < 0:
        raise UsageError("the recipe's bootstrap needs 1 to 1,000,000 resamples, a seed from 0 and a level within 0..1")
    if any(place < 0 for place in recipe.places.values()):
        raise UsageError("the recipe's places, which stand for colours, count from 0")
    if not recipe.source.sweep and not recipe.source.runs:
        raise UsageError("this is no recipe of a figure: it names no sweep and no runs")
    return recipe
