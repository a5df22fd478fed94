"""What a run will use, told from rollouts that were made before."""

import sqlite3
from dataclasses import dataclass

from rb_studio.gui.dialogs.run_form import RunFacts, RunForm
from rb_studio.models.profile import Profile
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
    from rb_studio.jobs.estimates import identity
    from rb_studio.models import registry
    from rb_studio.models.keys import KeyStore
    from rb_studio.models.prices import priced

    try:
        profile = registry.profile(form.actor(facts), facts.settings)
    except RbStudioError:
        return None
    actor = identity(profile)
    spent = spending(conn, form.suite, actor, memory=form.memory) or spending(conn, form.suite, actor)
    remote = profile.name != "practice" and not profile.on_this_computer
    return Basis(priced(profile), spent, remote and KeyStore().source(profile) is None)


def sentence(basis: Basis | None, rollouts: int) -> str:
    """The estimate in a line."""
    from rb_studio.jobs import estimates

    if basis is None:
        return UNKNOWN
    if basis.spent is None or not rollouts:
        return f"{UNKNOWN} {estimates.prices(basis.profile)}"
    return estimates.of_rollouts(basis.spent, basis.profile, rollouts).sentence()


def key_note(basis: Basis | None) -> str:
    """A key that may be missing."""
    if basis is None or not basis.key_missing:
        return ""
    return f"No key is known for {basis.profile.host}: set {basis.profile.key_env}, or enter one under Settings."
