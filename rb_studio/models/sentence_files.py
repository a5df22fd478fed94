"""Find a sentence-transformers model on this computer and describe it without loading it."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rb_studio.models.errors import EmbeddingError

_PARTS = frozenset({".json", ".safetensors", ".bin", ".txt", ".model"})
_ENDS = 1 << 20


def located(name: str) -> Path | None:
    """Folder of a model given as folder or as name in the Hugging Face cache; None when it is not here.

    Raises
    ------
    EmbeddingError
        The folder is no model.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise EmbeddingError(f"the folder {folder} is no sentence-transformers model; it lacks modules.json")
        return folder.resolve()
    candidates = [name] if "/" in name else [f"sentence-transformers/{name}", name]
    return next((found for candidate in candidates if (found := _cached(candidate))), None)


def label(name: str, folder: Path) -> str:
    """Name and the first digits of a hash over the model's files; equal files give an equal label anywhere."""
    whole = hashlib.sha256()
    for path in sorted(_parts(folder), key=lambda path: path.relative_to(folder).as_posix()):
        whole.update(f"{path.relative_to(folder).as_posix()} {path.stat().st_size}\n".encode())
        whole.update(_ends(path))
    short = Path(name).expanduser().name if Path(name).expanduser().is_dir() else name
    return f"{short}#{whole.hexdigest()[:8]}"


def dimension(folder: Path) -> int | None:
    """Length of the vectors as the model's own files tell it; None when they do not."""
    found: int | None = None
    for module in _json(folder / "modules.json", []):
        kind, config = str(module.get("type", "")), _json(folder / str(module.get("path", "")) / "config.json", {})
        if kind.endswith(".Pooling"):
            modes = sum(value is True for key, value in config.items() if key.startswith("pooling_mode_"))
            width = config.get("word_embedding_dimension")
            found = width * modes if isinstance(width, int) and modes else None
        elif kind.endswith(".Dense"):
            found = config.get("out_features")
    return found if isinstance(found, int) else None


def _cached(name: str) -> Path | None:
    """The newest snapshot of a name in the Hugging Face cache."""
    folder = _cache() / f"models--{name.replace('/', '--')}"
    try:
        revision = (folder / "refs" / "main").read_text("utf-8").strip()
    except OSError:
        return None
    snapshot = folder / "snapshots" / revision
    return snapshot if (snapshot / "config.json").exists() or (snapshot / "modules.json").exists() else None


def _cache() -> Path:
    chosen = os.environ.get("HF_HUB_CACHE")
    if chosen:
        return Path(chosen)
    home = os.environ.get("HF_HOME")
    return Path(home) / "hub" if home else Path.home() / ".cache" / "huggingface" / "hub"


def _parts(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in _PARTS and not hidden and path.is_file():
            yield path


def _ends(path: Path) -> bytes:
    """The first and the last megabyte: enough to tell weights apart without reading gigabytes."""
    with path.open("rb") as stream:
        first = stream.read(_ENDS)
        stream.seek(max(_ENDS, path.stat().st_size - _ENDS))
        return first + stream.read(_ENDS)


def _json(path: Path, default: Any) -> Any:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return default
    return data if isinstance(data, type(default)) else default
