"""Profiles being edited, without widgets: what was typed, what is wrong with it, what is saved."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from rb_studio.models.profile import DEFAULT_KEY_ENV, PRACTICE, Profile, checked_name
from rb_studio.models.redact import redact
from rb_studio.records.errors import RbStudioError
from rb_studio.records.precedence import USUAL

if TYPE_CHECKING:
    from rb_studio.models.settings import Settings

TEXTS = ("name", "base_url", "model", "key_env")
NUMBERS: Mapping[str, type] = {
    "temperature": float,
    "max_tokens": int,
    "timeout": float,
    "retries": int,
    "concurrency": int,
    "price_in": float,
    "price_out": float,
}
TITLES = {
    "name": "Name",
    "base_url": "Base URL",
    "model": "Model",
    "key_env": "Key variable",
    "temperature": "Temperature",
    "max_tokens": "Most tokens",
    "timeout": "Timeout, s",
    "retries": "Retries",
    "concurrency": "Calls at once",
    "price_in": "Prompt price",
    "price_out": "Answer price",
}
_DEFAULTS = {key: value for key, value in asdict(PRACTICE).items() if key in NUMBERS}


class NotYet(ValueError):
    """What was typed is no profile; the message says why."""


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """A profile as typed. `stored` is the profile it was read from, whose further entries are kept."""

    texts: Mapping[str, str]
    stream: bool = False
    stored: Profile | None = None

    @classmethod
    def of(cls, profile: Profile) -> "ProfileForm":
        """What to type for a stored profile."""
        values = asdict(profile)
        texts = {name: values[name] for name in TEXTS}
        texts |= {name: "" if values[name] is None else f"{values[name]:g}" for name in NUMBERS}
        return cls(texts, profile.stream, profile)

    @classmethod
    def new(cls, name: str) -> "ProfileForm":
        """An empty one, at the address local servers usually have."""
        texts = {"name": name, "base_url": "http://localhost:8080/v1", "model": "", "key_env": DEFAULT_KEY_ENV}
        return cls(texts | {name: "" if value is None else f"{value:g}" for name, value in _DEFAULTS.items()})

    @property
    def name(self) -> str:
        return self.texts["name"].strip()

    def typed(self, name: str, text: str) -> "ProfileForm":
        """With another text in one field."""
        return replace(self, texts={**self.texts, name: text})

    def profile(self) -> Profile:
        """The profile. Raises NotYet with one sentence."""
        variable = self.texts["key_env"].strip()
        if redact(self.name) != self.name:
            raise NotYet("The name looks like a key; choose another, and enter the key below.")
        if redact(variable) != variable:
            raise NotYet("Give the name of an environment variable that holds the key, not the key itself.")
        numbers = {name: self._number(name, kind) for name, kind in NUMBERS.items()}
        for name in ("timeout", "retries", "concurrency"):
            if numbers[name] is None:
                numbers[name] = _DEFAULTS[name]
        try:
            checked_name(self.name)
            return Profile(
                name=self.name,
                base_url=self.texts["base_url"].strip().rstrip("/"),
                model=self.texts["model"].strip(),
                key_env=variable or DEFAULT_KEY_ENV,
                stream=self.stream,
                extra=self.stored.extra if self.stored else {},
                **numbers,  # type: ignore[arg-type]
            )
        except RbStudioError as error:
            raise NotYet(_plain(str(error))) from None

    def _number(self, name: str, kind: type) -> float | int | None:
        text = self.texts[name].strip().replace(",", ".")
        if not text:
            return None
        try:
            value: float | int = kind(text)
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            raise NotYet(f"{TITLES[name]} is not {what}; leave it empty for the default.") from None
        return value


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """All settings being edited."""

    profiles: tuple[ProfileForm, ...] = ()
    default: str = PRACTICE.name
    embedder: str = ""
    allow_downloads: bool = False
    precedence: tuple[str, ...] = USUAL.order
    theme: str = "system"
    removed: tuple[Profile, ...] = field(default=())

    @classmethod
    def of(cls, settings: "Settings", theme: str) -> "SettingsForm":
        """What the settings say now."""
        profiles = tuple(ProfileForm.of(profile) for _, profile in sorted(settings.profiles.items()))
        chosen = (settings.embedder, settings.allow_downloads, settings.precedence)
        return cls(profiles, settings.profile, *chosen, theme)

    def fresh_name(self) -> str:
        """A name that no profile has."""
        taken = {form.name for form in self.profiles}
        return next(name for number in range(1, 10_000) if (name := f"model {number}") not in taken)

    def with_profile(self, place: int, form: ProfileForm) -> "SettingsForm":
        """One profile edited; the default follows a new name."""
        before = self.profiles[place].name
        profiles = (*self.profiles[:place], form, *self.profiles[place + 1 :])
        return replace(self, profiles=profiles, default=form.name if self.default == before else self.default)

    def added(self) -> "SettingsForm":
        """One more profile, at the end."""
        return replace(self, profiles=(*self.profiles, ProfileForm.new(self.fresh_name())))

    def without(self, place: int) -> "SettingsForm":
        """One profile fewer; the shipped one becomes the default where it was that one."""
        gone = self.profiles[place]
        kept = (*self.profiles[:place], *self.profiles[place + 1 :])
        removed = (*self.removed, gone.stored) if gone.stored else self.removed
        default = PRACTICE.name if self.default == gone.name else self.default
        return replace(self, profiles=kept, default=default, removed=removed)

    def problem(self, place: int) -> str:
        """What is wrong with one profile, empty for nothing."""
        form = self.profiles[place]
        try:
            form.profile()
        except NotYet as fault:
            return str(fault)
        same = [other for other in self.profiles if other.name == form.name]
        return f"Two profiles are called {form.name}; give one another name." if len(same) > 1 else ""

    def first_problem(self) -> tuple[int, str] | None:
        """The first profile that cannot be saved, and why; None when all can."""
        faults = ((place, self.problem(place)) for place in range(len(self.profiles)))
        return next(((place, fault) for place, fault in faults if fault), None)

    def laid_over(self, settings: "Settings") -> "Settings":
        """The settings as edited; what is not shown here stays. Raises NotYet, SettingsError."""
        profiles = {profile.name: profile for profile in (form.profile() for form in self.profiles)}
        return settings.model_copy(
            update={
                "profiles": profiles,
                "profile": self.default,
                "embedder": self.embedder.strip() or settings.embedder,
                "allow_downloads": self.allow_downloads,
                "precedence": self.precedence,
            }
        )


def _plain(sentence: str) -> str:
    """The sentence without the parts that speak to the command line and name what is on screen anyway."""
    text = redact(sentence).replace(" (--model)", "")
    if text.startswith("profile ") and ": " in text:
        text = text.partition(": ")[2]
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
