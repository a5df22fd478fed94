"""The hashing embedder is deterministic and honest about its quality."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.models.hashing import HashingEmbedder


@given(st.lists(st.text(), max_size=5))
def test_every_text_gets_a_finite_unit_row(texts):
    rows = HashingEmbedder(64).embed(texts)
    assert rows.shape == (len(texts), 64)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_shared_words_are_nearer_than_none():
    near, query, far = HashingEmbedder().embed(["sort the orders by date", "sort orders", "change my address"])
    assert query @ near > 0.3 > query @ far


def test_another_process_gets_the_same_bytes():
    script = (
        "import sys; from rb_studio.models.hashing import HashingEmbedder\n"
        "sys.stdout.write(HashingEmbedder().embed(['Größe of orders'])[0].tobytes().hex())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert HashingEmbedder().embed(["Größe of orders"])[0].tobytes() == bytes.fromhex(elsewhere)


def test_it_says_that_it_is_low_quality_and_names_its_dimension():
    embedder = HashingEmbedder(128)
    assert embedder.low_quality
    assert embedder.identity == "hashing:128:text"
