"""What a run will use, told from rollouts that were made before."""

import sqlite3
from dataclasses import dataclass

from rb_studio.gui.dialogs.choice import counted
from rb_studio.gui.dialogs.run_form import RunFacts, RunForm, actor_identity
from rb_studio.models.profile import Profile
from rb_studio.records.calls import Usage
from rb_studio.records.errors import RbStudioError
from rb_studio.store.spending import Spending, spending

UNKNOWN = "Cost and tokens: unknown until a dry run."


@dataclass(frozen=True, slots=True)
class Basis:
    """What an estimate stands on: the acting profile with its prices, and what like rollouts used."""

    profile: Profile
    spent: Spending | None
    key_missing: bool = False


def read_basis(conn: sqlite3.Connection, form: RunForm, facts: RunFacts) -> Basis | None:
    """Look up rollouts of the same suite by the same model, of the same memory mode where there are any."""
    from rb_studio.models import registry
    from rb_studio.models.keys import KeyStore
    from rb_studio.models.prices import priced

    try:
        profile = registry.profile(form.actor(facts), facts.settings)
    except RbStudioError:
        return None
    actor = actor_identity(profile)
    spent = spending(conn, form.suite, actor, memory=form.memory) or spending(conn, form.suite, actor)
    remote = profile.name != "practice" and not profile.on_this_computer
    return Basis(priced(profile), spent, remote and KeyStore().source(profile) is None)


def sentence(basis: Basis | None, rollouts: int) -> str:
    """The estimate in a line."""
    if basis is None or basis.spent is None or not rollouts:
        return f"{UNKNOWN} {_prices(basis.profile)}".strip() if basis is not None else UNKNOWN
    spent = basis.spent
    tokens = spent.tokens
    parts = [
        f"about {_short(tokens * rollouts)} tokens" if tokens is not None else "tokens not counted by the endpoint"
    ]
    parts.append(_cost(basis, rollouts))
    if spent.seconds is not None and spent.seconds * rollouts >= 60:
        parts.append(f"{_time(spent.seconds * rollouts)} of rollouts")
    return f"Estimate: {', '.join(parts)} (from {counted(spent.rollouts, 'stored rollout')})."


def _prices(profile: Profile) -> str:
    """What is known without a rollout: whether it costs anything, and how much a token."""
    if profile.name == "practice":
        return "It is free, because it is simulated."
    if profile.price_in is None or profile.price_out is None:
        return f"The profile {profile.name} has no prices."
    return f"A million tokens cost ${profile.price_in:,.2f} in prompts and ${profile.price_out:,.2f} in answers."


def key_note(basis: Basis | None) -> str:
    """A key that may be missing."""
    if basis is None or not basis.key_missing:
        return ""
    return f"No key is known for {basis.profile.host}: set {basis.profile.key_env}, or enter one under Settings."


def _cost(basis: Basis, rollouts: int) -> str:
    profile, spent = basis.profile, basis.spent
    if profile.name == "practice":
        return "free, because it is simulated"
    cost = spent.cost if spent else None
    if cost is None and spent and spent.prompt_tokens is not None and spent.completion_tokens is not None:
        cost = profile.cost(Usage(round(spent.prompt_tokens), round(spent.completion_tokens)))
    if cost is None:
        return f"cost unknown (give the profile {profile.name} its prices)"
    return f"about ${cost * rollouts:,.2f}"


def _short(number: float) -> str:
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.0f}"


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min"
