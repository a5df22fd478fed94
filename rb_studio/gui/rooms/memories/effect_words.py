"""What is said of an item's effect: figures, the kind of evidence, and what to do where nothing can be told."""

from rb_studio.records.effect import EffectEstimate, Evidence, ItemEffect

DASH = "\u2013"
MINUS = "\u2212"
BADGES: dict[Evidence, str] = {
    "none": "\u25cb no evidence",
    "observed": "\u25d4 observed",
    "held out": "\u25d1 held out",
    "left out": "\u25cf left out",
}
MEANS: dict[Evidence, str] = {
    "none": "Nothing can be told of this item\u2019s effect yet; that is not the same as no effect.",
    "observed": (
        "Observed: the same tasks with it and without it, as runs happened to have it, corrected for the other items "
        "given beside it. It cannot say that the item is the cause: what else differed between those runs may be."
    ),
    "held out": (
        "Held out: a lot decided at each retrieval whether the agent was given the item, so the difference is its "
        "doing. It cannot say which of these tasks it helps: it is the mean over them."
    ),
    "left out": (
        "Left out: the same tasks and seeds were run with this bank and with the bank less this item, nothing else "
        "changed. It cannot say what the item does at other tasks, or in another bank."
    ),
}
FLAGS = {"helps": "\u25b2 helps", "harms": "\u25bc harms", "": ""}
NEVER = "It was never retrieved in a finished task of this workspace, so there is nothing to compare."
ONLY_WITHHELD = "It was retrieved and never given: no rollout shows what happens with it."
NOT_ACTIVE = "It is {}, and only active items are ever retrieved: set it active first."
TOO_FEW = (
    "It was given in {with_} but too few tasks were also tried without it, by the same model and suite: a difference "
    "takes two tasks that were tried both ways."
)
UNGRADED = "It was given, but none of those rollouts was graded: without an outcome there is nothing to compare."
WHAT_TO_DO = (
    "To learn it: run tasks with a share of retrieved items withheld (Run\u2026, More, Withhold), which measures all "
    "items at once; or leave this one out and run the same tasks both ways."
)


def counted(value: int | None) -> str:
    """A number, a dash where it is not known."""
    return DASH if value is None else f"{value:,}"


def percent(rate: float | None) -> str:
    """A rate of success."""
    return DASH if rate is None else f"{100 * rate:.1f} %"


def points(difference: float | None) -> str:
    """A difference in success, in points of a hundred."""
    return DASH if difference is None else _signed(100 * difference)


def steps(difference: float | None) -> str:
    """A difference in steps."""
    return DASH if difference is None else _signed(difference)


def between(low: float | None, high: float | None, of: float = 100) -> str:
    """The 90 % interval."""
    return DASH if low is None or high is None else f"{_signed(of * low)} to {_signed(of * high)}"


def counts(effect: ItemEffect | None) -> tuple[str, str, str, str]:
    """Retrieved, injected, withheld, cited."""
    if effect is None:
        return "0", "0", "0", DASH
    return counted(effect.retrieved), counted(effect.injected), counted(effect.withheld), counted(effect.cited)


def why_not(effect: ItemEffect | None, state: str) -> str:
    """Why nothing can be told; empty where something can."""
    if effect is not None and effect.estimate.difference is not None:
        return ""
    if effect is None or not effect.retrieved:
        return NEVER if state == "active" else f"{NEVER} {NOT_ACTIVE.format(state)}"
    if not effect.injected:
        return ONLY_WITHHELD
    if not effect.rollouts:
        return UNGRADED
    return TOO_FEW.format(with_=rollouts(effect.rollouts))


def rollouts(number: int) -> str:
    """`1 rollout`, `40 rollouts`."""
    return f"{number:,} rollout{'' if number == 1 else 's'}"


def tasks(number: int) -> str:
    """`1 task`, `12 tasks`."""
    return f"{number:,} task{'' if number == 1 else 's'}"


def compared(known: EffectEstimate) -> str:
    """Success with the item beside success without it, with how much stands behind them."""
    with_, without = percent(known.with_rate), percent(known.baseline)
    if known.difference is None:
        return f"With it {with_} ({rollouts(known.n_with)})" if known.with_rate is not None else ""
    if known.evidence == "left out":
        return f"With it {with_}, without it {without}: {known.n_with:,} pairs of a task and seed, {tasks(known.tasks)}"
    return (
        f"With it {with_} (n {known.n_with:,}), the same {tasks(known.tasks)} without it {without} "
        f"(n {known.n_without:,})"
    )


def said(known: EffectEstimate) -> str:
    """The difference in a sentence, for those who do not see it drawn."""
    if known.difference is None:
        return "Difference in success: not estimable"
    flag = f", {known.flagged}" if known.flagged else ""
    return (
        f"Difference in success {points(known.difference)} points, 90 % interval "
        f"{between(known.low, known.high)}{flag}; {known.evidence}"
    )


def _signed(value: float) -> str:
    text = f"{abs(value):.1f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else MINUS}{text}"
