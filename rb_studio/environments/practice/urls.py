"""Addresses of the shop: a path and its query, in one canonical spelling."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, quote_plus, urlsplit


@lru_cache(maxsize=4096)
def parse_url(url: str) -> tuple[str, Mapping[str, str]]:
    """Path and query of an address of the shop; the last of repeated parameters counts."""
    parts = urlsplit(url)
    return parts.path.rstrip("/") or "/", dict(parse_qsl(parts.query))


def make_url(path: str, query: Mapping[str, str]) -> str:
    """The address of a path with the parameters that are not empty."""
    pairs = [f"{name}={quote_plus(value)}" for name, value in query.items() if value]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def with_query(url: str, **changes: str) -> str:
    """The same address with some parameters set, or removed when empty."""
    path, query = parse_url(url)
    return make_url(path, {**query, **changes})
