"""Complaints of real servers lead to the right mend, and no text is lost in it."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.models.dialect import Dialect
from rb_studio.models.failures import LONGEST_WAIT, Complaint, status_fault
from rb_studio.models.profile import Profile
from rb_studio.records.calls import CallSettings, Message

PROFILE = Profile("p", "http://localhost:1/v1", "m", stream=True)
MESSAGES = [Message("system", "s"), Message("user", "u")]
FULL, _ = Dialect().body(PROFILE, MESSAGES, CallSettings(0.0, 5), 1)


@pytest.mark.parametrize(
    ("status", "text", "param", "refused"),
    [
        (
            400,
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            "messages[0].role",
            "system",
        ),
        (400, "Developer instruction is not enabled for models/gemma-3-27b-it", "", "system"),
        (400, "System role not supported", "", "system"),
        (500, "Jinja Exception: System role not supported!", "", "system"),
        (400, "Conversation roles must alternate user/assistant/user/assistant/...", "", "alternation"),
        (422, "body.seed: Extra inputs are not permitted", "", "seed"),
        (400, "Unrecognized request argument supplied: seed", "", "seed"),
        (400, "`temperature` is deprecated for this model.", "", "temperature"),
        (400, "Only the default (1) value is supported.", "temperature", "temperature"),
        (400, "Unknown field: stream_options", "", "stream_options"),
        (400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "", "max_tokens"),
    ],
)
def test_a_real_complaint_names_what_to_leave_out(status, text, param, refused):
    assert Dialect().learned(Complaint(status, text, param), FULL) == Dialect(frozenset({refused}))


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "Something went wrong"),
        (400, "Invalid request"),
        (401, "temperature is not supported"),
        (429, "seed not supported"),
        (400, "top_p and typical_p are not supported together"),
        (400, "unsupported seedling"),
    ],
)
def test_other_complaints_change_nothing(status, text):
    assert Dialect().learned(Complaint(status, text), FULL) is None


def test_a_complaint_that_comes_again_is_not_mended_again():
    complaint = Complaint(400, "temperature is not supported")
    assert Dialect(frozenset({"temperature"})).learned(complaint, FULL) is None


messages = st.lists(
    st.builds(
        Message, st.sampled_from(["system", "user", "assistant"]), st.text(st.characters(exclude_categories=["Cs"]))
    ),
    max_size=6,
)


@given(messages, st.sets(st.sampled_from(["system", "alternation", "seed", "temperature"])))
def test_folding_and_merging_keep_every_text(conversation, refused):
    body, dropped = Dialect(frozenset(refused)).body(PROFILE, conversation, CallSettings(0.5), 3)
    sent = body["messages"]
    system_first = (
        sorted(conversation, key=lambda message: message.role != "system") if "system" in refused else conversation
    )
    for message in system_first:
        assert any(message.content in each["content"] for each in sent)
    assert sum(len(each["content"]) for each in sent) >= sum(len(message.content) for message in conversation)
    assert set(dropped) <= refused
    if "system" in refused:
        assert all(each["role"] != "system" for each in sent)
    if "alternation" in refused:
        assert all(first["role"] != second["role"] for first, second in pairwise(sent))


bodies = st.text() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "message", "detail", "code", "type", "loc", "msg", "param"]), inner)
    ),
).map(json.dumps)
headers = st.dictionaries(
    st.sampled_from(["retry-after", "retry-after-ms"]), st.text(max_size=12) | st.floats().map(str)
)


@given(st.integers(300, 599), headers, bodies, st.booleans())
def test_any_answer_is_one_typed_sentence(status, given_headers, body, has_key):
    fault = status_fault(PROFILE, status, given_headers, body, has_key=has_key)
    assert fault.failure.message
    assert "\n" not in fault.failure.message
    assert len(fault.failure.message) < 600
    assert not fault.retryable or fault.wait is None or 0 <= fault.wait <= LONGEST_WAIT
