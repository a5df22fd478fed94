"""From a name to something that answers: profiles, chat models, embedders."""

from collections.abc import Callable, Sequence
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
        What the user typed.
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
        return _practice()
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


def _practice() -> ChatModel:
    from rb_studio.models.practice import PracticeModel

    return PracticeModel()


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
