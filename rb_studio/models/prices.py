"""The price table in the resources: what an endpoint charges, dated, or nothing."""

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from rb_studio.models.errors import SettingsError
from rb_studio.models.profile import Profile
from rb_studio.records import resources


def priced(profile: Profile, table: Path | None = None) -> Profile:
    """The profile with the table's prices where it has none of its own; unknown stays None."""
    if profile.price_in is not None or profile.price_out is not None:
        return profile
    for entry in _entries(table or resources.root() / "prices.toml"):
        if entry["host"] == profile.host and entry["model"] == profile.model:
            return replace(profile, price_in=float(entry["input"]), price_out=float(entry["output"]))
    return profile


@cache
def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        entries: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8")).get("price", [])
    except (OSError, ValueError) as error:
        raise SettingsError(f"the price table {path} cannot be read ({error}); mend or reinstall it") from error
    for entry in entries:
        missing = {"host", "model", "input", "output", "as_of"} - set(entry)
        if missing:
            raise SettingsError(f"a price in {path} lacks {', '.join(sorted(missing))}; add it or remove the entry")
    return entries
