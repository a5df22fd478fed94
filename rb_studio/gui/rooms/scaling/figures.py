"""The room's own figures: which tab each stands in, what it is called, and its lines."""

from dataclasses import dataclass

from rb_studio.jobs.along import BUCKET_SHARE, BUCKET_SUCCESS, PHASE_TOKENS, POSITION_GAIN
from rb_studio.jobs.curves import PASS_HAT_K
from rb_studio.jobs.panels import FIXES, MARGINAL_GAIN, REGRESSIONS, SELECTION_LOSS
from rb_studio.jobs.recipe import USUAL_LINES
from rb_studio.jobs.streams import CUMULATIVE, STEPS
from rb_studio.records import recipe


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab with the figures that can stand in it."""

    name: str
    title: str
    words: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure is called and which lines it has; `nothing` says what it takes where it is empty."""

    title: str
    metrics: tuple[str, ...]
    nothing: str = "Nothing of these runs can be drawn yet."


# What a reader asks first comes first: how much success, by what, on which tasks, and what it costs.
TABS = (
    Tab("curves", "&Curves", "curves", (recipe.CURVES,)),
    Tab("gains", "Gains", "what choosing loses and rollouts gain", (recipe.LOSS, recipe.GAIN, recipe.CHANGES)),
    Tab("stream", "Stream", "success over the stream", (recipe.STREAM, recipe.POSITIONS)),
    Tab("difficulty", "Difficulty", "success by difficulty", (recipe.DIFFICULTY, recipe.BUCKETS)),
    Tab("steps", "Steps", "steps", (recipe.STEPS,)),
    Tab("phases", "Phases", "tokens by phase", (recipe.PHASES,)),
)
FIGURES = {
    recipe.CURVES: Figure("Scaling curves", ("best_of_k", "pass_at_k", "pass_at_1", PASS_HAT_K)),
    recipe.LOSS: Figure("Selection loss", (SELECTION_LOSS,)),
    recipe.GAIN: Figure(
        "Marginal gain", (MARGINAL_GAIN,), "A gain per further rollout takes an arm that was run with several k."
    ),
    recipe.CHANGES: Figure(
        "Fixes and regressions",
        (FIXES, REGRESSIONS),
        "Fixes and regressions are of arms whose passes refine each other, as sequential scaling does; none is here.",
    ),
    recipe.STREAM: Figure("Success over the stream", (CUMULATIVE,)),
    recipe.POSITIONS: Figure(
        "Gain by position",
        (POSITION_GAIN,),
        "A gain by position takes an arm with memory and one without, over the same tasks at the same k.",
    ),
    recipe.DIFFICULTY: Figure("Success by difficulty", (BUCKET_SUCCESS,)),
    recipe.BUCKETS: Figure("Tasks by how often each arm solved them", (BUCKET_SHARE,)),
    recipe.STEPS: Figure("Steps per rollout", tuple(STEPS)),
    recipe.PHASES: Figure("Tokens by phase", (PHASE_TOKENS,), "No tokens of these runs are known by phase."),
}
TAB_OF = {figure: tab for tab in TABS for figure in tab.figures}
HIDDEN_AT_FIRST = (PASS_HAT_K, "steps_solved", "steps_failed")
OVER = (recipe.CURVES, recipe.LOSS, recipe.GAIN, recipe.CHANGES, recipe.STEPS)  # rollouts, tokens, cost or time


def usual_but_hidden(hidden: set[str], figure: str) -> list[str]:
    """The lines of a figure that usually are drawn and are hidden."""
    return [one for one in USUAL_LINES.get(figure, ()) if one in hidden]
