"""Limits that cannot take effect: what nobody counts or prices exceeds nothing."""

import sqlite3
from collections.abc import Sequence

from rb_studio.jobs.plan import make_setup
from rb_studio.jobs.request import RunRequest
from rb_studio.models.prices import priced
from rb_studio.models.settings import Settings
from rb_studio.records.arm import Limits
from rb_studio.store.rows import select_in


def without_prices(request: RunRequest, settings: Settings) -> list[str]:
    """What to say before a job whose cost is limited and whose actor has no prices."""
    actor = make_setup(request, settings, {}).profiles["actor"]
    known = priced(actor)
    if request.limits.cost is None or actor.name == "practice" or None not in (known.price_in, known.price_out):
        return []
    return [
        f"--max-cost limits nothing: no prices are known for {actor.model!r} at {actor.host}; "
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
