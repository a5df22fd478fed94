"""The process that runs one sentence-transformers model: requests on standard input, vectors on standard output.

Started as `python -m rb_studio.models.embed_worker MODEL [--allow-download]`, where MODEL is a folder or a name.
Requests are `{"embed": [text…]}`, answered by `{"rows": n, "dimension": d}` and a frame of float32, and
`{"count": [text…]}`, answered by `{"tokens": n}`; either may be answered by `{"error": sentence}`. The first frame
sent says `{"dimension": d}` or why the model cannot be used. The end of standard input ends the process.
"""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

from rb_studio.models import frames

ALLOW_DOWNLOAD = "--allow-download"


def main(arguments: Sequence[str]) -> int:
    """Serve until the other side closes; 0 at the end of input, 1 when the model cannot be loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the owner ends this process
    requests, answers = frames.private_pipes()
    allowed = ALLOW_DOWNLOAD in arguments
    name = next(argument for argument in arguments if not argument.startswith("--"))
    _settle_environment(allowed)
    try:
        model = _load(name, allowed)
        frames.write_json(answers, {"dimension": _dimension(model)})
    except Exception as error:  # noqa: BLE001 - libraries raise anything over a damaged model; the sentence goes up
        frames.write_json(answers, {"error": _sentence(error)})
        return 1
    try:
        while True:
            _answer(model, frames.read_json(requests), answers)
    except frames.BrokenFrame:
        return 0


def _settle_environment(allow_download: bool) -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        os.environ[variable] = "0" if allow_download else "1"


def _load(name: str, allow_download: bool) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(name, local_files_only=not allow_download)


def _answer(model: Any, request: dict[str, Any], answers: BinaryIO) -> None:
    try:
        if "embed" in request:
            vectors = _vectors(model, request["embed"])
            frames.write_json(answers, {"rows": vectors.shape[0], "dimension": vectors.shape[1]})
            frames.write(answers, vectors.tobytes())
        else:
            frames.write_json(answers, {"tokens": _tokens(model, request["count"])})
    except frames.BrokenFrame:
        raise
    except Exception as error:  # noqa: BLE001 - a text a model cannot take must not end the worker
        frames.write_json(answers, {"error": _sentence(error)})


def _vectors(model: Any, texts: list[str]) -> Any:
    """One text at a time: padding must not let the neighbours of a text change its vector."""
    import numpy as np

    rows = model.encode(texts, batch_size=1, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
    return np.ascontiguousarray(rows, "<f4")


def _tokens(model: Any, texts: list[str]) -> int | None:
    """None for a model whose tokenizer does not count."""
    try:
        encoded = model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)
        return sum(len(ids) for ids in encoded["input_ids"])
    except (AttributeError, TypeError, KeyError):
        return None


def _dimension(model: Any) -> int:
    return int(model.get_embedding_dimension())


def _sentence(error: Exception) -> str:
    line = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {line}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
