"""The embedder a person chose; nothing slow is loaded for the packaged one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rb_studio.models.folders import settings_path
from rb_studio.models.protocol import Embedder
from rb_studio.models.registry import DEFAULT_EMBEDDER, embedder


@contextmanager
def chosen_embedder(name: str | None) -> Iterator[Embedder]:
    """The named embedder, else the one of the settings, else the packaged one.

    Raises
    ------
    UsageError
        The name stands for no embedder, or the settings cannot be read.
    """
    wanted = name or _from_settings()
    found = embedder(wanted)
    try:
        yield found
    finally:
        if wanted != DEFAULT_EMBEDDER:  # the packaged one belongs to the process
            found.close()


def quality_notes(embedder: Embedder) -> list[str]:
    """Said wherever meaning is asked of an embedder that knows none."""
    return [f"{embedder.identity} compares words, not meaning"] if embedder.low_quality else []


def anew_notes(known: Sequence[str], bank: str, identity: str) -> list[str]:
    """Said where a bank whose vectors come from other embedders (`known`) is asked of one that it has none of."""
    if not known or identity in known:
        return []
    return [
        f"bank {bank} was embedded with {', '.join(known)}; its texts were embedded anew with {identity}, "
        "because scores of two models cannot be compared"
    ]


def _from_settings() -> str:
    """Settings are read only where there are any: reading them takes longer than embedding a text."""
    if not settings_path().exists():
        return DEFAULT_EMBEDDER
    from rb_studio.models import settings

    return settings.load().embedder
