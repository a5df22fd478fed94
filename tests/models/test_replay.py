"""Stored calls answer again; others fail and say so."""

from dataclasses import replace

from rb_studio.models.replay import RecordedModel, call_digest
from rb_studio.records.calls import CallSettings, Failure, FailureKind, LlmCall, Message, Reply, Usage

MESSAGES = (Message("system", "s"), Message("user", "u"))
SETTINGS = CallSettings(0.0, 10)
REPLY = Reply("text", usage=Usage(1, 2), model="m", latency=1.5)
CALL = LlmCall("c1", "actor", 0, 7, MESSAGES, SETTINGS, REPLY)


def test_a_recorded_call_gives_its_reply_unchanged():
    model = RecordedModel.from_calls([CALL], identity="m@http://x/v1")
    assert model.reply(list(MESSAGES), SETTINGS, 7) == REPLY
    assert model.identity == "m@http://x/v1"
    model.close()


def test_any_other_call_is_a_typed_failure():
    model = RecordedModel.from_calls([CALL])
    others = [
        (MESSAGES, SETTINGS, 8),
        (MESSAGES, CallSettings(0.5, 10), 7),
        (MESSAGES[::-1], SETTINGS, 7),
        ((Message("user", "s"), Message("user", "u")), SETTINGS, 7),
    ]
    for other in others:
        reply = model.reply(*other)
        assert reply.failure.kind is FailureKind.BAD_REQUEST
        assert reply.usage is None


def test_text_cannot_slip_from_one_message_to_the_next():
    first = call_digest([Message("user", "a"), Message("user", "b")], SETTINGS, 1)
    second = call_digest([Message("user", "a\nuser b")], SETTINGS, 1)
    assert first != second


def test_a_success_replaces_an_earlier_failure_of_the_same_call():
    failed = replace(CALL, reply=Reply("", failure=Failure(FailureKind.TIMEOUT, "slow")))
    assert RecordedModel.from_calls([failed, CALL, failed]).reply(MESSAGES, SETTINGS, 7) == REPLY
    assert RecordedModel.from_calls([failed]).reply(MESSAGES, SETTINGS, 7).failure.kind is FailureKind.TIMEOUT
