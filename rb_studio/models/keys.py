"""Where API keys come from: environment, then the system's keyring, then this process's memory."""

import logging
import os
import threading
from collections.abc import Mapping
from typing import Any

from rb_studio.models.errors import SettingsError
from rb_studio.models.profile import Profile
from rb_studio.models.redact import Secret
from rb_studio.records.identity import canonical_json, digest

SERVICE = "rb-studio"
_log = logging.getLogger(__name__)


class KeyStore:
    """Keys bound to (host, profile); a key given for one host is never sent to another.

    Parameters
    ----------
    environment
        Environment variables; the process's own by default.
    keyring
        An object with the functions of the `keyring` package, `None` to do without, or "system" to
        use the installed package if there is one.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, keyring: Any = "system") -> None:
        self._environment = os.environ if environment is None else environment
        self._keyring = keyring
        self._memory: dict[tuple[str, str], Secret] = {}
        self._lock = threading.Lock()

    def find(self, profile: Profile) -> Secret | None:
        """The profile's key, None when there is none (many local servers need none)."""
        value = self._environment.get(profile.key_env, "").strip()
        if value:
            return Secret(value)
        stored = self._from_keyring(profile)
        if stored:
            return Secret(stored)
        return self._from_memory(profile)

    def source(self, profile: Profile) -> str | None:
        """`environment`, `keyring` or `memory`; None when there is no key."""
        if self._environment.get(profile.key_env, "").strip():
            return "environment"
        if self._from_keyring(profile):
            return "keyring"
        return "memory" if self._from_memory(profile) else None

    def keep(self, profile: Profile, key: str) -> None:
        """Remember a key until this process ends; processes it starts from then on know it too."""
        secret = Secret(key.strip())
        with self._lock:
            self._memory[_binding(profile)] = secret
        if self._environment is os.environ:
            os.environ[_variable(profile)] = secret.reveal()

    def save(self, profile: Profile, key: str) -> None:
        """Put a key into the system's keyring.

        Raises
        ------
        SettingsError
            There is no keyring or it refuses; the key is then not kept anywhere.
        """
        backend = self._backend()
        secret = Secret(key.strip())
        if backend is None:
            raise SettingsError(f"no system keyring is available; put the key into {profile.key_env} instead")
        try:
            backend.set_password(SERVICE, _username(profile), secret.reveal())
        except Exception as error:  # noqa: BLE001 - backends raise errors of their own libraries
            raise SettingsError(
                f"the system keyring refused the key ({type(error).__name__}); put it into {profile.key_env} instead"
            ) from None

    def remove(self, profile: Profile) -> None:
        """Forget the profile's key in memory and keyring."""
        with self._lock:
            self._memory.pop(_binding(profile), None)
        if self._environment is os.environ:
            os.environ.pop(_variable(profile), None)
        backend = self._backend()
        if backend is None or not self._from_keyring(profile):
            return
        try:
            backend.delete_password(SERVICE, _username(profile))
        except Exception as error:  # noqa: BLE001 - backends raise errors of their own libraries
            raise SettingsError(
                f"the system keyring did not remove the key of {profile.name!r} ({type(error).__name__}); "
                "remove the entry rb-studio in your system's password manager"
            ) from None

    def _from_memory(self, profile: Profile) -> Secret | None:
        with self._lock:
            kept = self._memory.get(_binding(profile))
        handed_down = self._environment.get(_variable(profile), "")
        return kept or (Secret(handed_down) if handed_down else None)

    def _from_keyring(self, profile: Profile) -> str | None:
        backend = self._backend()
        if backend is None:
            return None
        try:
            value = backend.get_password(SERVICE, _username(profile))
        except Exception as error:  # noqa: BLE001 - a locked or absent keyring must not stop a run that needs no key
            _log.debug("system keyring not usable: %s", type(error).__name__)
            return None
        return str(value) if value else None

    def _backend(self) -> Any:
        if self._keyring == "system":
            self._keyring = _installed_keyring()
        return self._keyring


def _installed_keyring() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    return keyring


def _binding(profile: Profile) -> tuple[str, str]:
    return profile.host, profile.name


def _variable(profile: Profile) -> str:
    """The environment variable through which a key kept in memory reaches the processes of a run."""
    return f"RB_STUDIO_KEY_{digest(canonical_json(_binding(profile)))[:24].upper()}"


def _username(profile: Profile) -> str:
    return f"{profile.name}@{profile.host}"
