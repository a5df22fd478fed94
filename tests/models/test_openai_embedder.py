"""Embeddings over HTTP: order, batches, unit length, dimension, typed errors."""

import json
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from rb_studio.models.errors import EmbeddingError
from rb_studio.models.openai_embedder import EndpointEmbeddingError, OpenAIEmbedder
from rb_studio.models.redact import Secret
from rb_studio.records.calls import FailureKind
from rb_studio.records.errors import Cancelled
from tests.models.fake_server import Answer, error, vector_of


@contextmanager
def embedder(profile, **options):
    model = OpenAIEmbedder(profile, **{"backoff": 0.01, **options})
    try:
        yield model
    finally:
        model.close()


def unit(text, dimension=8):
    vector = np.array(vector_of(text, dimension))
    return vector / np.linalg.norm(vector)


def test_rows_come_in_the_order_asked_for_with_unit_length(server, profile):
    texts = ["first", "second", "third"]
    with embedder(profile) as model:
        rows = model.embed(texts)
    assert rows.dtype == np.float32
    assert np.allclose(rows, [unit(text) for text in texts], atol=1e-6)


def test_many_texts_go_in_several_requests(server, profile):
    texts = [f"text {number}" for number in range(150)]
    with embedder(profile) as model:
        rows = model.embed(texts)
    assert np.allclose(rows, [unit(text) for text in texts], atol=1e-6)
    assert [len(body["input"]) for body in server.bodies] == [64, 64, 22]


def test_long_texts_are_spread_over_requests(server, profile):
    with embedder(profile) as model:
        model.embed(["a" * 150_000, "b" * 150_000])
    assert len(server.bodies) == 2


def test_no_texts_need_no_request(server, profile):
    with embedder(profile) as model:
        assert model.embed([]).shape[0] == 0
    assert server.requests == []


def test_an_empty_text_and_a_broken_one_are_sent_in_a_form_endpoints_take(server, profile):
    with embedder(profile) as model:
        model.embed(["", "half \ud800"])
    assert server.bodies[0]["input"] == [" ", "half ?"]


def test_identity_is_known_without_a_call_and_names_a_declared_dimension(server, profile):
    with embedder(profile) as plain, embedder(replace(profile, extra={"dimensions": 8})) as sized:
        assert plain.identity == f"fake-model@{server.url}:text"
        assert sized.identity == f"fake-model@{server.url}:8:text"
        assert server.requests == []
        assert plain.dimension == sized.dimension == 8
        sized.embed(["x"])
    assert server.bodies[-1]["dimensions"] == 8


def test_a_dimension_that_changes_is_refused(server, profile):
    with embedder(profile) as model:
        model.embed(["x"])
        server.dimension = 16
        with pytest.raises(EmbeddingError, match="16 numbers instead of 8"):
            model.embed(["y"])


def answer(*vectors):
    return Answer(body=json.dumps({"data": [{"index": i, "embedding": v} for i, v in enumerate(vectors)]}))


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (error(401, "bad key"), FailureKind.AUTHENTICATION),
        (error(404, "no such model"), FailureKind.MODEL_NOT_FOUND),
        (Answer(status=500), FailureKind.SERVER),
        (Answer(body="{}"), FailureKind.MALFORMED),
        (Answer(body="garbage"), FailureKind.MALFORMED),
        (answer([1.0, 2.0]), FailureKind.MALFORMED),
        (answer([1.0, 2.0], [1.0]), FailureKind.MALFORMED),
        (answer([0.0, 0.0], [1.0, 0.0]), FailureKind.MALFORMED),
        (answer(["a"], ["b"]), FailureKind.MALFORMED),
        (answer(None, None), FailureKind.MALFORMED),
        (answer("abc", "def"), FailureKind.MALFORMED),
        (
            Answer(body='{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}'),
            FailureKind.MALFORMED,
        ),
        (Answer(body='{"data": [1, 2]}'), FailureKind.MALFORMED),
        (answer([float("nan"), 1.0], [1.0, 1.0]), FailureKind.MALFORMED),
    ],
)
def test_faults_are_typed_errors_of_one_sentence(server, profile, given, kind):
    server.default = given
    with embedder(replace(profile, retries=1)) as model, pytest.raises(EndpointEmbeddingError) as caught:
        model.embed(["one", "two"])
    assert caught.value.failure.kind is kind
    assert "\n" not in str(caught.value)


def test_a_passing_fault_is_tried_again(server, profile):
    server.script(Answer(status=503))
    with embedder(profile) as model:
        assert model.embed(["x"]).shape == (1, 8)


def test_the_key_is_sent_and_not_shown(server, profile):
    server.key = "another"
    with embedder(profile, key=Secret("embedding-key-1")) as model, pytest.raises(EmbeddingError) as caught:
        model.embed(["x"])
    assert server.requests[0].headers["authorization"] == "Bearer embedding-key-1"
    assert "embedding-key-1" not in str(caught.value)


def test_stop_raises_cancelled(profile):
    with embedder(profile) as model:
        model.cancel()
        with pytest.raises(Cancelled):
            model.embed(["x"])
