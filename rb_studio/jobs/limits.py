"""Limits that cannot take effect: what nobody counts or prices exceeds nothing."""

import sqlite3
from collections.abc import Sequence

from rb_studio.jobs.plan import make_setup
from rb_studio.jobs.request import RunRequest
from rb_studio.models.prices import priced
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.arm import Limits
from rb_studio.records.errors import UsageError
from rb_studio.store.rows import select_in


def without_prices(request: RunRequest, settings: Settings) -> list[str]:
    """What to say before a job whose cost is limited and whose actor has no prices."""
    actor = make_setup(request, settings, {}).profiles["actor"]
    return [] if request.limits.cost is None else _unpriced("--max-cost", actor)


def check_spend_limit(request: RunRequest, settings: Settings, limit: float | None) -> None:
    """Raise `UsageError` for a spend limit that could not be held, as a model that is asked has no prices."""
    asked = make_setup(request, settings, {}).profiles.values() if limit is not None else ()
    for said in (sentence for profile in asked for sentence in _unpriced("--spend-limit", profile)):
        raise UsageError(said)


def _unpriced(option: str, profile: Profile) -> list[str]:
    known = priced(profile)
    if profile.name == "practice" or None not in (known.price_in, known.price_out):
        return []
    return [
        f"{option} limits nothing: no prices are known for {profile.model!r} at {profile.host}; "
        "give them with `rb-studio profiles set NAME --price-in USD --price-out USD`"
    ]


def without_usage(conn: sqlite3.Connection, runs: Sequence[int], limits: Limits) -> list[str]:
    """What to say after a job whose tokens or cost are limited and whose endpoint left tokens uncounted."""
    given = {"--max-tokens": limits.tokens, "--max-cost": limits.cost}
    named = " and ".join(name for name, value in given.items() if value is not None)
    counted = (
        "SELECT count(*) AS calls, sum(tokens_prompt IS NULL OR tokens_completion IS NULL) AS unknown FROM llm_call "
        "WHERE role = 'actor' AND failure IS NULL AND run IN ({})"
    )
    rows = list(select_in(conn, counted, runs)) if named else []
    calls, unknown = (sum(row[name] or 0 for row in rows) for name in ("calls", "unknown"))
    if not unknown:
        return []
    return [f"{named} could not count {unknown:,} of {calls:,} calls: the endpoint reported no usage for them"]
