"""The user's settings: one versioned TOML file, written atomically, never holding a key."""

import os
import tempfile
import tomllib
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rb_studio.models.errors import ProfileError, SettingsError
from rb_studio.models.folders import config_folder as config_folder
from rb_studio.models.folders import data_folder as data_folder
from rb_studio.models.folders import settings_path as settings_path
from rb_studio.models.profile import Profile, checked_name
from rb_studio.records.errors import UsageError
from rb_studio.records.precedence import USUAL, Precedence

VERSION = 1
_FIELDS = tuple(field.name for field in fields(Profile) if field.name != "name")


class Settings(BaseModel):
    """Everything the user has set.

    Attributes
    ----------
    embedder
        Name of an embedder or a profile: `all-MiniLM-L6-v2`, `hashing`, a sentence-transformers folder
        or name, `MODEL@BASE_URL`.
    allow_downloads
        Whether a sentence-transformers model that is not on this computer may be fetched.
    method_seconds
        How long one call of a memory method of one's own may take, not counting what it waits for models.
    author
        The name notes are made under; empty for that of the operating system's user.
    precedence
        Whose word is a rollout's success in figures, the first who knows: some of `truth`, `human`, `judge`.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True, arbitrary_types_allowed=True)

    version: int = VERSION
    profiles: dict[str, Profile] = Field(default_factory=dict)
    profile: str = "practice"
    embedder: str = "all-MiniLM-L6-v2"
    allow_downloads: bool = False
    method_seconds: float = Field(default=60.0, gt=0, le=86_400)
    author: str = Field(default="", max_length=200)
    precedence: tuple[str, ...] = USUAL.order

    @field_validator("profiles", mode="before")
    @classmethod
    def _read_profiles(cls, tables: Any) -> Any:
        if not isinstance(tables, dict):
            return tables
        return {name: _named(name, table) for name, table in tables.items()}

    @field_validator("precedence")
    @classmethod
    def _check_precedence(cls, order: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return Precedence(order).order
        except UsageError as error:
            raise ValueError(str(error)) from None

    def with_profile(self, profile: Profile) -> "Settings":
        """A copy with this profile added or replaced; ProfileError when its name cannot be used."""
        checked_name(profile.name)
        return self.model_copy(update={"profiles": {**self.profiles, profile.name: profile}})

    def without_profile(self, name: str) -> "Settings":
        """A copy without this profile; ProfileError when there is none of that name."""
        if name not in self.profiles:
            raise ProfileError(f"there is no profile {name!r}; `rb-studio profiles list` shows them")
        kept = {key: profile for key, profile in self.profiles.items() if key != name}
        return self.model_copy(update={"profiles": kept})


def load(path: Path | None = None) -> Settings:
    """The settings; the defaults when there is no file yet.

    Raises
    ------
    SettingsError
        The file is damaged or from a newer version. It is left as it is.
    """
    path = path or settings_path()
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise SettingsError(f"the settings {path} cannot be read ({error.strerror}); mend its permissions") from error
    except ValueError as error:
        raise SettingsError(f"the settings {path} are damaged ({error}); mend or delete the file") from error
    return _validated(data, path)


def save(settings: Settings, path: Path | None = None) -> Path | None:
    """Write the settings atomically.

    A file that could not be read is kept beside it under a dated name.

    Returns
    -------
    The path of the damaged file that was put aside, else None.

    Raises
    ------
    SettingsError
        The folder cannot be written.
    """
    path = path or settings_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = _put_aside(path)
        _write(path, tomli_w.dumps(_tables(settings)))
    except OSError as error:
        raise SettingsError(
            f"the settings {path} cannot be written ({error.strerror}); free the folder or set RB_STUDIO_CONFIG_DIR"
        ) from error
    return aside


def _validated(data: dict[str, Any], path: Path) -> Settings:
    version = data.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise SettingsError(f"the settings {path} are from a newer rb-studio (version {version}); update this one")
    try:
        return Settings.model_validate(data)
    except ProfileError as error:
        raise SettingsError(f"the settings {path} cannot be used: {error}; mend that entry") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"the settings {path} cannot be used: {where}: {first['msg']}; mend that entry") from None


def _named(name: str, table: Any) -> Any:
    if isinstance(table, Profile):
        return table
    if not isinstance(table, dict):
        raise ProfileError(f"profile {name!r} is not a table")
    unknown = sorted(set(table) - set(_FIELDS))
    if unknown:
        raise ProfileError(f"profile {name!r} has an unknown entry {unknown[0]!r}")
    return {**table, "name": checked_name(name)}


def _tables(settings: Settings) -> dict[str, Any]:
    data = settings.model_dump(exclude={"profiles"})
    data["profiles"] = {name: _table(profile) for name, profile in sorted(settings.profiles.items())}
    return data


def _table(profile: Profile) -> dict[str, Any]:
    """The profile's own values; TOML has no null, so unknown ones are left out."""
    values = asdict(profile)
    return {name: values[name] for name in _FIELDS if values[name] not in (None, {}, "")}


def _put_aside(path: Path) -> Path | None:
    if not path.exists():
        return None
    try:
        load(path)
    except SettingsError:
        aside = path.with_name(f"{path.stem}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}{path.suffix}")
        path.replace(aside)
        return aside
    return None


def _write(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
