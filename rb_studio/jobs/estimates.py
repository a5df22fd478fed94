"""Cost first: what asking a model will take, told from calls and rollouts stored before; unknown is said to be."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, reduce
from typing import TypeVar

from rb_studio.models.prices import priced
from rb_studio.models.profile import Profile
from rb_studio.models.registry import chat_model
from rb_studio.records.calls import Usage
from rb_studio.store.spending import CallMeans, Spending, call_means

PRACTICE = "practice"
FREE = "free, because it is simulated"
CHARACTERS_A_TOKEN = 4
"""A rule of thumb for English text, where nothing better is known."""
T = TypeVar("T", int, float)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What some calls will take: tokens, US dollars, seconds of calls one after another; None is unknown.

    `calls` is None where the number of calls is unknown itself. `basis` says what it stands on, empty for nothing.
    `free` tells of the simulated model, `mend` how an unknown cost becomes known. `unit` is what the seconds are of.
    `prompts` are tokens of requests, guessed from their length where nothing is stored.
    """

    calls: int | None
    tokens: int | None
    cost: float | None
    seconds: float | None
    basis: str
    free: bool = False
    mend: str = ""
    unit: str = "calls"
    prompts: int | None = None

    def sentence(self) -> str:
        """The estimate in a line."""
        counted = [] if self.calls is None else [f"{self.calls:,} call{'' if self.calls == 1 else 's'}"]
        if not self.basis:
            read = [] if self.prompts is None else [f"about {_short(self.prompts)} tokens to read, by their length"]
            told = "".join(f"{part}; " for part in (*counted, *read))
            free = f", {FREE}" if self.free else ""
            sentence = f"{told}tokens and cost unknown, as nothing like it is stored yet{free}."
            return sentence[0].upper() + sentence[1:]
        parts = [*counted, self._tokens(), self._cost()]
        if self.seconds is not None and self.seconds >= 60:
            parts.append(f"{_time(self.seconds)} of {self.unit}")
        return f"Estimate: {', '.join(parts)} ({self.basis})."

    def _tokens(self) -> str:
        return "tokens not counted by the endpoint" if self.tokens is None else f"about {_short(self.tokens)} tokens"

    def _cost(self) -> str:
        if self.free:
            return FREE
        if self.cost is None:
            return f"cost unknown ({self.mend})" if self.mend else "cost unknown"
        return f"about ${self.cost:,.2f}" if self.cost >= 0.005 or not self.cost else f"about ${self.cost:.2g}"


def estimate(
    conn: sqlite3.Connection, role: str, profile: Profile, calls: int, *, characters: int | None = None
) -> Estimate:
    """What so many calls of a role by a profile will take, from the mean of those it made before.

    Parameters
    ----------
    characters
        How long a request is, where it is known. Without stored calls its tokens are guessed from it, at four
        characters each; what the answer will take stays unknown then, and with it sum and cost.
    """
    known = call_means(conn, role, identity(profile))
    if known.calls:
        return of_calls(known, profile, calls, f"from {_counted(known.calls, f'stored {role} call')}")
    if not characters:
        return _unknown(profile, calls)
    prompts = calls * -(-characters // CHARACTERS_A_TOKEN)
    return replace(_unknown(profile, calls), prompts=prompts)


def of_calls(known: CallMeans, profile: Profile, calls: int, basis: str) -> Estimate:
    """What so many calls will take if they are as those were."""
    prompt, completion = known.prompt_tokens, known.completion_tokens
    tokens = None if prompt is None or completion is None else round((prompt + completion) * calls)
    cost = _cost(priced(profile), known.cost, prompt, completion)
    seconds = None if known.seconds is None else known.seconds * calls
    each = None if cost is None else cost * calls
    return Estimate(calls, tokens, each, seconds, basis, *_told(priced(profile)))


def of_rollouts(spent: Spending | None, profile: Profile, rollouts: int) -> Estimate:
    """What so many rollouts, with the judging and distilling beside them, take if they are as those before were."""
    if spent is None or not rollouts:
        return _unknown(profile, None)
    cost = _cost(priced(profile), spent.cost, spent.prompt_tokens, spent.completion_tokens)
    return Estimate(
        calls=None if spent.calls is None else round(spent.calls * rollouts),
        tokens=None if spent.tokens is None else round(spent.tokens * rollouts),
        cost=None if cost is None else cost * rollouts,
        seconds=None if spent.seconds is None else spent.seconds * rollouts,
        basis=f"from {_counted(spent.rollouts, 'stored rollout')}",
        free=profile.name == PRACTICE,
        mend=_mend(priced(profile)),
        unit="rollouts",
    )


def together(parts: Iterable[Estimate]) -> Estimate:
    """Several estimates in one: unknown as soon as a part is."""
    return reduce(_joined, parts)


def prices(profile: Profile) -> str:
    """What is known without any call: whether it costs anything, and how much a token."""
    profile = priced(profile)
    if profile.name == PRACTICE:
        return f"It is {FREE}."
    if profile.price_in is None or profile.price_out is None:
        return f"The profile {profile.name} has no prices."
    return f"A million tokens cost ${profile.price_in:,.2f} in prompts and ${profile.price_out:,.2f} in answers."


def identity(profile: Profile) -> str:
    """How arms name the model of a profile."""
    return _practice() if profile.name == PRACTICE else profile.identity


@cache
def _practice() -> str:
    model = chat_model(Profile(PRACTICE))
    try:
        return model.identity
    finally:
        model.close()


def _unknown(profile: Profile, calls: int | None) -> Estimate:
    return Estimate(calls, None, 0.0 if profile.name == PRACTICE else None, None, "", *_told(priced(profile)))


def _told(profile: Profile) -> tuple[bool, str]:
    return profile.name == PRACTICE, _mend(profile)


def _mend(profile: Profile) -> str:
    known = profile.name == PRACTICE or None not in (profile.price_in, profile.price_out)
    return "" if known else f"give the profile {profile.name} its prices"


def _cost(profile: Profile, stored: float | None, prompt: float | None, completion: float | None) -> float | None:
    """What one takes: what was paid then, else by the profile's prices."""
    if profile.name == PRACTICE:
        return 0.0
    if stored is not None or prompt is None or completion is None:
        return stored
    return profile.cost(Usage(round(prompt), round(completion)))


def _joined(one: Estimate, other: Estimate) -> Estimate:
    bases = dict.fromkeys(basis for basis in (one.basis, other.basis) if basis)
    return Estimate(
        calls=_sum(one.calls, other.calls),
        tokens=_sum(one.tokens, other.tokens),
        cost=_sum(one.cost, other.cost),
        seconds=_sum(one.seconds, other.seconds),
        basis="; ".join(bases),
        free=one.free and other.free,
        mend=one.mend or other.mend,
        unit=one.unit,
        prompts=_sum(one.prompts, other.prompts),
    )


def _sum(one: T | None, other: T | None) -> T | None:
    return None if one is None or other is None else one + other


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _short(number: float) -> str:
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.0f}"


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min"
