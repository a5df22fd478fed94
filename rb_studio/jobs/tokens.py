"""Counting the tokens of a text with the tokenizer that is at hand."""

from functools import cache
from typing import Any

NAME = "all-MiniLM-L6-v2"
BYTES_PER_TOKEN = 4


def tokenizer_name() -> str:
    """Whose tokenizer counts; a model's own may count some per cent more or fewer."""
    return f"counted with the tokenizer of {NAME}" if _tokenizer() else f"about {BYTES_PER_TOKEN} bytes a token"


def count_tokens(text: str) -> int:
    """Tokens of a text, without marks of beginning and end."""
    tokenizer = _tokenizer()
    if tokenizer is None:
        return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)
    return len(tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False).ids)


@cache
def _tokenizer() -> Any:
    """The packaged embedder's tokenizer with nothing cut off; None where it is not installed."""
    from rb_studio.models.errors import EmbeddingError
    from rb_studio.models.minilm import model_folder

    try:
        path = model_folder() / "tokenizer.json"
    except EmbeddingError:
        return None
    if not path.is_file():
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
