"""Profiles: where a model is, how it is asked and what it costs."""

import ipaddress
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from rb_studio.models.errors import ProfileError
from rb_studio.records.calls import Usage

DEFAULT_KEY_ENV = "OPENAI_API_KEY"
_ADDRESSED = re.compile(r"(?P<model>.+)@(?P<url>https?://\S+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = frozenset({"model", "messages", "stream", "stream_options", "seed", "temperature", "max_tokens", "input"})


@dataclass(frozen=True, slots=True)
class Profile:
    """One endpoint as it is used; never holds a key.

    Attributes
    ----------
    name
        How the user calls it; `practice` is the shipped simulated model.
    base_url
        Address up to and including the version, e.g. `http://localhost:8080/v1`.
    temperature, max_tokens
        Used where a call leaves them open; None leaves them to the endpoint.
    timeout
        Seconds for one attempt, its whole answer included.
    retries
        Further attempts after a rate limit, a server fault, a timeout or a lost connection.
    concurrency
        Calls in flight at once, over all that use the profile; what a run allows itself comes on top.
    price_in, price_out
        US dollars per million tokens; None is unknown, so the cost is unknown too.
    key_env
        Environment variable that holds the key.
    stream
        Ask for the answer piece by piece.
    extra
        Further request parameters, sent as they are (`{"top_p": 0.9}`).
    query_prefix
        For an embedder: what stands before the text of a task that memory is looked up for, as instruction-tuned
        models want it (`Instruct: ...\\nQuery: `). Stored texts never get it.

    Raises
    ------
    ProfileError
        A value cannot be; the sentence names profile, field and mend.
    """

    name: str
    base_url: str = ""
    model: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float = 120.0
    retries: int = 4
    concurrency: int = 64
    price_in: float | None = None
    price_out: float | None = None
    key_env: str = DEFAULT_KEY_ENV
    stream: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
    query_prefix: str = ""

    def __post_init__(self) -> None:
        if self.name == "practice":
            return
        self._check_address()
        self._check("timeout", 0 < self.timeout <= 86_400, "more than 0 and at most 86400 seconds")
        self._check("retries", 0 <= self.retries <= 20, "from 0 to 20")
        self._check("concurrency", 1 <= self.concurrency <= 1024, "from 1 to 1024")
        self._check("max_tokens", self.max_tokens is None or self.max_tokens > 0, "at least 1")
        self._check("temperature", self.temperature is None or 0 <= self.temperature <= 2, "from 0 to 2")
        for price in ("price_in", "price_out"):
            value = getattr(self, price)
            self._check(price, value is None or (value >= 0 and math.isfinite(value)), "0 or more dollars")
        self._check("key_env", _VARIABLE.fullmatch(self.key_env) is not None, "the name of an environment variable")
        taken = sorted(_OURS & set(self.extra))
        self._check("extra", not taken, f"free of {', '.join(taken)}, which rb-studio sets itself")

    @property
    def host(self) -> str:
        """Host and port; keys are bound to it."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def on_this_computer(self) -> bool:
        """Whether the address is loopback by its own words; no name is looked up."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def identity(self) -> str:
        """Model and endpoint, with everything of the profile that changes answers."""
        if self.name == "practice":
            return "practice"
        settings = {"temperature": self.temperature, "max_tokens": self.max_tokens, **self.extra}
        chosen = {name: value for name, value in settings.items() if value is not None}
        suffix = " " + json.dumps(chosen, sort_keys=True, default=str) if chosen else ""
        return f"{self.model}@{self.base_url}{suffix}"

    def cost(self, usage: Usage | None) -> float | None:
        """US dollars for these tokens; None where a price or a count is unknown."""
        if usage is None or usage.prompt is None or usage.completion is None:
            return None
        if self.price_in is None or self.price_out is None:
            return None
        return (usage.prompt * self.price_in + usage.completion * self.price_out) / 1e6

    def _check(self, name: str, valid: bool, expected: str) -> None:
        if not valid:
            raise ProfileError(f"profile {self._label!r}: {name} is {getattr(self, name)!r} but must be {expected}")

    def _check_address(self) -> None:
        parts = _split(self.base_url)
        what = f"profile {self._label!r}:"
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise ProfileError(f"{what} the base URL must look like http://localhost:8080/v1, not {_shown(parts)}")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ProfileError(f"{what} put the key into {self.key_env}, not into the base URL {_shown(parts)}")
        if not self.model.strip():
            raise ProfileError(f"{what} name a model (--model)")

    @property
    def _label(self) -> str:
        """The name without an address, which may hold what must not be shown."""
        return self.name.split("@http")[0]


PRACTICE = Profile("practice", model="practice")


def addressed(text: str) -> Profile | None:
    """The profile a `MODEL@BASE_URL` text stands for; None when the text has another form."""
    match = _ADDRESSED.fullmatch(text.strip())
    if match is None:
        return None
    url = match["url"].rstrip("/")
    return Profile(name=f"{match['model']}@{url}", base_url=url, model=match["model"])


def checked_name(name: str) -> str:
    """The name if a stored profile may carry it; ProfileError otherwise."""
    if name == "practice":
        raise ProfileError("`practice` is the shipped simulated model; choose another name for your profile")
    if not _NAME.fullmatch(name):
        raise ProfileError(f"{name!r} cannot name a profile: use letters, digits, dots, dashes and blanks")
    return name


def _split(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _shown(parts: Any) -> str:
    """The address without what may be a key."""
    if parts is None or not parts.hostname:
        return "what was given"
    return f"{parts.scheme}://{parts.hostname}…"
