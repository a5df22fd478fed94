"""From a name to something that answers: profiles, chat models, embedders."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.models.errors import ProfileError
from rb_studio.models.keys import KeyStore
from rb_studio.models.prices import priced
from rb_studio.models.profile import PRACTICE, Profile, addressed
from rb_studio.models.protocol import ChatModel, Embedder

if TYPE_CHECKING:
    from rb_studio.models.endpoint import Waiting
    from rb_studio.models.settings import Settings

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"
_PACKAGED = frozenset({"minilm", "all-minilm-l6-v2", "sentence-transformers/all-minilm-l6-v2"})
_HASHING = "hashing"


def profile(name: str, settings: "Settings | None" = None) -> Profile:
    """The profile a text stands for: `practice`, a name from the settings, or `MODEL@BASE_URL`.

    Parameters
    ----------
    name
        What the user typed. `practice:gain*0.5` is the practice model with a constant multiplied, to see how far
        results hang on it.
    settings
        Where stored profiles are; read from the settings file when it is needed and not given.

    Raises
    ------
    ProfileError
        There is no such profile, or the address cannot be.
    """
    if name == PRACTICE.name:
        return PRACTICE
    stored = (settings or _settings()).profiles
    if name in stored:
        return stored[name]
    found = addressed(name)
    if found is None and name.startswith(f"{PRACTICE.name}:"):
        return _variant(name)
    if found is None:
        raise ProfileError(_unknown(name, sorted(stored)))
    return found


def chat_model(
    chosen: Profile, keys: KeyStore | None = None, on_wait: "Callable[[Waiting], None] | None" = None
) -> ChatModel:
    """The model of a profile; nothing is contacted before its first reply.

    Parameters
    ----------
    chosen
        From `profile`.
    keys
        Where the key is looked up.
    on_wait
        Told of every pause before a retry, from a background thread.
    """
    if chosen.name == PRACTICE.name:
        return _practice(chosen)
    from rb_studio.models.openai_chat import OpenAIChat

    return OpenAIChat(priced(chosen), (keys or KeyStore()).find(chosen), on_wait)


def embedder(
    chosen: str | Profile = DEFAULT_EMBEDDER, settings: "Settings | None" = None, keys: KeyStore | None = None
) -> Embedder:
    """The embedder a name or profile stands for; nothing is loaded before its first text.

    Parameters
    ----------
    chosen
        `all-MiniLM-L6-v2` (the packaged one), `hashing`, a profile, a profile's name, `MODEL@BASE_URL`, or
        the folder or Hugging Face name of a sentence-transformers model.
    settings
        Stored profiles, and whether models may be downloaded.
    keys
        Where an endpoint's key is looked up.
    """
    if isinstance(chosen, Profile):
        return _endpoint(chosen, keys)
    if chosen.lower() in _PACKAGED or chosen == PRACTICE.name:
        from rb_studio.models import minilm

        return minilm.shared()
    if chosen == _HASHING:
        from rb_studio.models.hashing import HashingEmbedder

        return HashingEmbedder()
    settings = settings or _settings()
    address = settings.profiles.get(chosen) or addressed(chosen)
    if address is not None:
        return _endpoint(address, keys)
    from rb_studio.models.sentence_worker import SentenceWorkerEmbedder

    return SentenceWorkerEmbedder(chosen, settings.allow_downloads)


def share_vectors(path: Path) -> None:
    """Let the packaged embedder share its vectors with a job's other processes, through an empty file of theirs."""
    from rb_studio.models import minilm

    minilm.shared().share(path)


def _practice(chosen: Profile) -> ChatModel:
    from rb_studio.models.practice import PracticeModel
    from rb_studio.models.practice_constants import DEFAULT

    constants = DEFAULT
    for name, factor in chosen.extra.items():
        constants = constants.scaled(name, factor)
    return PracticeModel(constants)


def _variant(text: str) -> Profile:
    """The practice model with one of its constants multiplied. Raises `ProfileError`."""
    from rb_studio.models.practice_constants import DEFAULT

    form = re.fullmatch(r"practice:([\w.]+)\*(\d{1,3}(?:\.\d{1,6})?)", text)
    if form is None or form[1] not in DEFAULT.names() or float(form[2]) == 0:
        raise ProfileError(
            f"{text!r} is no variant of the practice model: write practice:CONSTANT*FACTOR, for instance "
            f"practice:gain*0.5; its constants are {', '.join(DEFAULT.names())}"
        )
    return replace(PRACTICE, extra={form[1]: float(form[2])})


def _endpoint(chosen: Profile, keys: KeyStore | None) -> Embedder:
    if chosen.name == PRACTICE.name:
        return embedder(DEFAULT_EMBEDDER)
    from rb_studio.models.openai_embedder import OpenAIEmbedder

    return OpenAIEmbedder(chosen, (keys or KeyStore()).find(chosen))


def _settings() -> "Settings":
    from rb_studio.models import settings

    return settings.load()


def _unknown(name: str, stored: Sequence[str]) -> str:
    known = ", ".join(["practice", *stored])
    return f"there is no profile {name!r} (known: {known}); add it with `rb-studio profiles set` or give MODEL@BASE_URL"
