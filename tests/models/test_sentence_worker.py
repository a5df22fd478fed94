"""Sentence-transformers in a process of its own: real model once, then a noisy stand-in library."""

import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.models import frames
from rb_studio.models.errors import EmbeddingError
from rb_studio.models.minilm import MiniLmEmbedder, model_folder
from rb_studio.models.sentence_worker import SentenceWorkerEmbedder

NOISY_LIBRARY = """
import os, sys, time
print("noise at import")
class SentenceTransformer:
    max_seq_length = 8
    def __init__(self, name, local_files_only):
        print("noise while loading", local_files_only, os.environ["HF_HUB_OFFLINE"]); os.write(1, b"raw noise")
        if "broken" in name:
            raise OSError("weights are\\ntorn")
    def get_embedding_dimension(self):
        return 3
    def encode(self, texts, **options):
        print("noise at work", flush=True)
        if "die" in texts:
            sys.stderr.write("killed by the test\\n"); sys.stderr.flush(); os._exit(9)
        if "die once" in texts and not os.path.exists(os.environ["MARK"]):
            open(os.environ["MARK"], "w").close(); os._exit(9)
        if "refuse" in texts:
            raise ValueError("this text is too odd")
        if "hang" in texts:
            time.sleep(600)
        assert sys.stdin.read() == ""
        return [[float(len(text)), 1.0, 0.0] for text in texts]
    def tokenizer(self, texts, **options):
        return {"input_ids": [[0] * min(len(text), options["max_length"]) for text in texts]}
"""
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from rb_studio.models.embed_worker import main; main(sys.argv[2:])"
)


@pytest.fixture
def library(tmp_path, monkeypatch):
    (tmp_path / "sentence_transformers.py").write_text(NOISY_LIBRARY)
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    return [sys.executable, "-c", START, str(tmp_path)]


def model_at(folder: Path, width: int = 3) -> Path:
    (folder / "1_Pooling").mkdir(parents=True)
    modules = [{"type": "x.Transformer", "path": ""}, {"type": "x.models.Pooling", "path": "1_Pooling"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "config.json").write_text("{}")
    pooling = {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return folder


@pytest.fixture
def model(library, tmp_path):
    embedder = SentenceWorkerEmbedder(str(model_at(tmp_path / "tiny")), command=library)
    yield embedder
    embedder.close()


TEXTS = [
    "Find the cheapest red T-shirt in the shop and tell me its price.",
    "",
    "a",
    "  Leading blanks,\ttabs\nand new lines  ",
    "Größe, café, naïve, œuvre, ½ and 日本語の文 with emoji 🙂",
    "word " * 600,
    "unbroken" * 100,
    "# Memory Item 1\n## Title Sort first\n## Description d\n## Content Sort the table before reading its top row.",
    "half \ud800",
]


def test_a_real_model_gives_the_vectors_of_the_fast_path():
    worker = SentenceWorkerEmbedder(str(model_folder()))
    try:
        name, dimension, recipe = worker.identity.split(":")
        assert (dimension, recipe, name.split("#")[0]) == ("384", "text", "model")
        assert not worker.low_quality
        vectors, alone = worker.embed(TEXTS), worker.embed(TEXTS[:1])
        count = worker.tokens(TEXTS[:8])
    finally:
        worker.close()
    fast = MiniLmEmbedder()
    assert np.abs(vectors - fast.embed(TEXTS)).max() < 1e-5
    assert alone[0].tobytes() == vectors[0].tobytes()
    assert count == fast.tokens(TEXTS[:8])


def test_what_libraries_print_does_not_disturb_the_frames(model):
    assert model.embed(["four", "sixsix"]).tolist() == [[4, 1, 0], [6, 1, 0]]
    assert model.tokens(["four", "much longer than eight"]) == 12
    assert model.tokens([]) == 0
    assert model.embed([]).shape == (0, 3)


def test_naming_it_starts_no_process(model):
    assert model.identity.endswith(":3:text")
    assert model.dimension == 3
    assert model._worker is None


def test_equal_files_have_an_equal_identity_and_other_files_another(tmp_path):
    first, copy, other = (model_at(tmp_path / place / "tiny", width) for place, width in [("a", 3), ("b", 3), ("c", 4)])
    identities = [SentenceWorkerEmbedder(str(folder)).identity for folder in (first, copy, other)]
    assert identities[0] == identities[1] != identities[2]


def test_a_worker_that_dies_is_replaced(model):
    assert model.embed(["die once"]).shape == (1, 3)
    assert model.embed(["again"]).shape == (1, 3)


def test_a_worker_killed_between_requests_is_replaced(model):
    model.embed(["x"])
    model._worker._process.kill()
    assert model.embed(["x"]).shape == (1, 3)


def test_a_worker_that_dies_twice_gives_its_last_words(model):
    with pytest.raises(EmbeddingError, match=r"died twice .*killed by the test"):
        model.embed(["die"])
    assert model.embed(["fine"]).shape == (1, 3)


def test_a_text_the_model_refuses_is_an_error_and_the_worker_lives(model):
    with pytest.raises(EmbeddingError, match="too odd"):
        model.embed(["refuse"])
    worker = model._worker
    assert model.embed(["fine"]).shape == (1, 3)
    assert model._worker is worker


def test_a_model_that_cannot_be_loaded_gives_one_sentence(library, tmp_path):
    embedder = SentenceWorkerEmbedder(str(model_at(tmp_path / "broken")), command=library)
    with pytest.raises(EmbeddingError, match="weights are torn"):
        embedder.embed(["x"])
    embedder.close()


def test_a_model_whose_files_contradict_it_is_refused(library, tmp_path):
    embedder = SentenceWorkerEmbedder(str(model_at(tmp_path / "wide", 5)), command=library)
    with pytest.raises(EmbeddingError, match="contradict"):
        embedder.embed(["x"])
    embedder.close()


def test_a_missing_model_is_one_sentence_and_starts_nothing(library):
    embedder = SentenceWorkerEmbedder("sentence-transformers/no-such-model", command=library)
    for ask in (lambda: embedder.embed(["x"]), lambda: embedder.identity, lambda: embedder.dimension):
        with pytest.raises(EmbeddingError, match="not on this computer"):
            ask()
    assert embedder._worker is None


def test_a_folder_that_is_no_model_is_named(tmp_path):
    with pytest.raises(EmbeddingError, match=r"modules\.json"):
        _ = SentenceWorkerEmbedder(str(tmp_path)).identity


@pytest.mark.parametrize("name", ["tiny", "sentence-transformers/tiny"])
def test_a_model_in_the_cache_is_found_by_name(library, tmp_path, name):
    hub = tmp_path / "cache" / "hub" / "models--sentence-transformers--tiny"
    model_at(hub / "snapshots" / "abc")
    (hub / "refs").mkdir()
    (hub / "refs" / "main").write_text("abc")
    embedder = SentenceWorkerEmbedder(name, command=library)
    assert embedder.embed(["xx"]).tolist() == [[2, 1, 0]]
    assert embedder.identity.startswith(f"{name}#")
    embedder.close()


def test_downloading_is_tried_only_when_allowed(library, monkeypatch):
    embedder = SentenceWorkerEmbedder("org/elsewhere", allow_download=True, command=library)
    assert embedder.embed(["xx"]).tolist() == [[2, 1, 0]]
    said = embedder._worker
    said._errors.seek(0)
    assert "noise while loading False 0" in said._errors.read().decode()
    embedder.close()


def test_closing_ends_a_request_in_flight(model):
    caught = []

    def ask():
        try:
            model.embed(["hang"])
        except EmbeddingError as error:
            caught.append(str(error))

    model.embed(["warm"])
    thread = threading.Thread(target=ask)
    thread.start()
    deadline = time.monotonic() + 20
    while model._lock.acquire(blocking=False) and time.monotonic() < deadline:
        model._lock.release()
    model.close()
    thread.join(5)
    assert not thread.is_alive()
    assert len(caught) == 1
    with pytest.raises(EmbeddingError, match="closed"):
        model.embed(["x"])


def test_many_threads_get_their_own_vectors(model):
    results = {}
    threads = [
        threading.Thread(target=lambda n=n: results.update({n: model.embed(["x" * n])[0, 0]})) for n in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: float(n) for n in range(1, 9)}


def test_the_worker_ends_with_its_input(library, tmp_path):
    command = [*library, str(model_at(tmp_path / "tiny"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert frames.read_json(process.stdout) == {"dimension": 3}
        process.stdin.close()
        assert process.wait(20) == 0


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_frames_come_back_as_they_were_sent(payloads):
    pipe = io.BytesIO()
    for payload in payloads:
        frames.write(pipe, payload)
    pipe.seek(0)
    assert [frames.read(pipe) for _ in payloads] == payloads
    with pytest.raises(frames.BrokenFrame):
        frames.read(pipe)


@given(st.binary(max_size=64))
def test_any_bytes_are_an_object_or_a_broken_frame(data):
    try:
        value = frames.read_json(io.BytesIO(data))
    except frames.BrokenFrame:
        value = {}
    assert isinstance(value, dict)


def test_a_closed_pipe_is_a_broken_frame():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stream, pytest.raises(frames.BrokenFrame):
        frames.write(stream, b"x")
