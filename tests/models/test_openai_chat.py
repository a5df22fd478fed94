"""The chat client against a real server on loopback: answers, refused parameters, retries, Stop."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from rb_studio.models.openai_chat import OpenAIChat
from rb_studio.models.redact import Secret
from rb_studio.records.calls import CallSettings, FailureKind, Message, Usage
from tests.models.fake_server import Answer, FakeServer, error

MESSAGES = (
    Message("system", "You are terse."),
    Message("user", "Hello"),
    Message("assistant", "Hi"),
    Message("user", "?"),
)
SETTINGS = CallSettings(0.0, 100)


@contextmanager
def chat(profile, **options):
    model = OpenAIChat(profile, **{"backoff": 0.01, **options})
    try:
        yield model
    finally:
        model.close()


def ask(model, messages=MESSAGES, settings=SETTINGS, seed=5):
    return model.reply(messages, settings, seed)


@pytest.fixture(params=[False, True], ids=["plain", "stream"])
def either(request, profile):
    return replace(profile, stream=request.param)


def test_an_answer_carries_text_usage_finish_and_model(server, either):
    server.script(Answer("The answer is 42.", usage={"prompt_tokens": 11, "completion_tokens": 4}))
    with chat(replace(either, price_in=1.0, price_out=10.0)) as model:
        reply = ask(model)
    assert (reply.text, reply.finish, reply.model) == ("The answer is 42.", "stop", "fake-model")
    assert reply.usage == Usage(11, 4)
    assert reply.cost == pytest.approx(51e-6)
    assert (reply.failure, reply.dropped, reply.attempts, reply.reasoning) == (None, (), 1, None)
    assert reply.latency > 0


def test_what_is_sent_is_what_was_asked(server, profile):
    with chat(replace(profile, extra={"top_p": 0.9})) as model:
        ask(model)
    assert server.bodies == [
        {
            "model": "fake-model",
            "messages": [{"role": message.role, "content": message.content} for message in MESSAGES],
            "temperature": 0.0,
            "max_tokens": 100,
            "seed": 5,
            "top_p": 0.9,
        }
    ]


def test_open_settings_fall_back_to_the_profile_and_then_to_the_endpoint(server, profile):
    with chat(replace(profile, temperature=0.7)) as model:
        ask(model, settings=CallSettings())
    assert server.bodies[0]["temperature"] == 0.7
    assert "max_tokens" not in server.bodies[0]


def test_missing_usage_is_unknown_and_so_is_the_cost(server, either):
    server.script(Answer(usage=None), Answer(usage={"prompt_tokens": 5}), Answer(usage={"prompt_tokens": "many"}))
    with chat(replace(either, price_in=1.0, price_out=1.0)) as model:
        replies = [ask(model) for _ in range(3)]
    assert [reply.usage for reply in replies] == [None, Usage(5, None), None]
    assert [reply.cost for reply in replies] == [None, None, None]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_fields_are_kept_apart(server, either, name):
    server.script(Answer("42", message={name: "six times seven"}))
    with chat(either) as model:
        reply = ask(model)
    assert (reply.text, reply.reasoning) == ("42", "six times seven")


def test_a_think_block_in_the_text_stays_there(server, either):
    text = "<think>look first</think>\n<action>click('1')</action>"
    server.script(Answer(text))
    with chat(either) as model:
        reply = ask(model)
    assert (reply.text, reply.reasoning) == (text, None)


def test_text_in_parts_is_joined_and_thinking_parts_are_reasoning(server, profile):
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "yes"}]
    server.script(Answer(message={"content": parts}))
    with chat(profile) as model:
        reply = ask(model)
    assert (reply.text, reply.reasoning) == ("yes", "hm")


def test_an_empty_text_is_an_answer(server, either):
    server.script(Answer("", finish="length"))
    with chat(either) as model:
        reply = ask(model)
    assert (reply.text, reply.finish, reply.failure) == ("", "length", None)


@pytest.mark.parametrize("message", [{}, {"reasoning_content": "hm"}])
def test_max_tokens_used_up_before_the_first_word_is_an_empty_answer(server, either, message):
    """The model's own limit, no fault of the endpoint: it is not asked again."""
    server.default = Answer(None, message=message, finish="length")
    with chat(either) as model:
        reply = ask(model)
    assert (reply.text, reply.finish, reply.failure) == ("", "length", None)
    assert reply.reasoning == message.get("reasoning_content")
    assert len(server.requests) == 1


def test_text_that_cannot_be_encoded_is_sent_with_question_marks(server, profile):
    with chat(profile) as model:
        reply = ask(model, [Message("user", "broken \ud800 half")])
    assert reply.failure is None
    assert server.bodies[0]["messages"][0]["content"] == "broken ? half"


def test_a_plain_answer_to_a_stream_request_is_read(server, profile):
    server.script(
        Answer(body='{"model": "m", "choices": [{"message": {"content": "plain"}, "finish_reason": "stop"}]}')
    )
    with chat(replace(profile, stream=True)) as model:
        assert ask(model).text == "plain"


def test_streams_leave_the_connection_usable(server, profile):
    with chat(replace(profile, stream=True)) as model:
        started = time.monotonic()
        assert [ask(model).text for _ in range(4)] == ["ok"] * 4
    assert time.monotonic() - started < 3
    assert server.dropped_connections == 0


@pytest.mark.parametrize(
    ("refused", "dropped", "sent"),
    [
        ({"temperature"}, ("temperature",), {"max_tokens": 100, "seed": 5}),
        ({"seed"}, ("seed",), {"max_tokens": 100, "temperature": 0.0}),
        ({"max_tokens"}, ("max_tokens",), {"max_completion_tokens": 100, "seed": 5, "temperature": 0.0}),
        ({"max_tokens", "max_completion_tokens"}, ("max_tokens", "max_completion_tokens"), {"seed": 5}),
        ({"temperature", "seed", "max_tokens"}, ("max_tokens", "seed", "temperature"), {"max_completion_tokens": 100}),
    ],
)
def test_a_refused_parameter_is_left_out_recorded_and_remembered(server, profile, refused, dropped, sent):
    server.rejects = refused
    with chat(profile) as model:
        first, second = ask(model), ask(model)
    assert first.failure is second.failure is None
    assert first.dropped == second.dropped == dropped
    assert first.attempts == len(dropped) + 1
    assert second.attempts == 1
    last = server.bodies[-1]
    assert sent.items() <= last.items()
    assert not refused & set(last)


def test_stream_options_are_dropped_when_unknown(server, profile):
    server.rejects = {"stream_options"}
    with chat(replace(profile, stream=True)) as model:
        reply = ask(model)
    assert (reply.text, reply.dropped, reply.usage) == ("ok", ("stream_options",), None)


def test_a_refused_system_message_is_folded_into_the_first_user_message(server, profile):
    server.rejects = {"system"}
    with chat(profile) as model:
        reply = ask(model)
    assert reply.dropped == ("system",)
    assert server.bodies[-1]["messages"][0] == {"role": "user", "content": "You are terse.\n\nHello"}
    assert len(server.bodies) == 2


def test_neighbours_of_one_role_are_merged_where_roles_must_alternate(server, profile):
    server.rejects = {"alternation"}
    messages = [Message("user", "one"), Message("user", "two"), Message("assistant", "three")]
    with chat(profile) as model:
        reply = ask(model, messages)
        untouched = ask(model, messages[1:])
    assert reply.dropped == ("alternation",)
    assert server.bodies[1]["messages"] == [
        {"role": "user", "content": "one\n\ntwo"},
        {"role": "assistant", "content": "three"},
    ]
    assert untouched.dropped == ()


def test_folding_and_merging_work_together(server, profile):
    server.rejects = {"system", "alternation"}
    with chat(profile) as model:
        reply = ask(model, [Message("system", "s"), Message("user", "a"), Message("user", "b")])
    assert reply.dropped == ("system", "alternation")
    assert server.bodies[-1]["messages"] == [{"role": "user", "content": "s\n\na\n\nb"}]


def test_what_an_endpoint_refuses_of_the_user_is_a_bad_request_not_dropped(server, profile):
    server.default = error(400, "Unknown field: best_of")
    with chat(replace(profile, extra={"best_of": 3})) as model:
        reply = ask(model)
    assert reply.failure.kind is FailureKind.BAD_REQUEST
    assert "best_of" in reply.failure.message
    assert len(server.requests) == 1


def test_a_mend_that_did_not_help_is_not_remembered(server, profile):
    server.script(error(400, "temperature is not supported"), error(400, "something else"))
    with chat(profile) as model:
        assert ask(model).failure.kind is FailureKind.BAD_REQUEST
        assert ask(model).dropped == ()


def test_a_server_fault_is_tried_again(server, either):
    server.script(Answer(status=500), Answer(status=503), Answer("made it"))
    waits = []
    with chat(either, on_wait=waits.append) as model:
        reply = ask(model)
    assert (reply.text, reply.attempts, reply.failure) == ("made it", 3, None)
    assert [wait.kind for wait in waits] == [FailureKind.SERVER] * 2
    assert [wait.attempt for wait in waits] == [1, 2]


def test_retry_after_is_honoured_and_shown(server, profile):
    server.script(Answer(status=429, headers={"Retry-After": "0.4"}), Answer("made it"))
    waits = []
    with chat(profile, on_wait=waits.append) as model:
        started = time.monotonic()
        reply = ask(model)
    assert reply.text == "made it"
    assert time.monotonic() - started >= 0.4
    assert [(wait.kind, wait.seconds) for wait in waits] == [(FailureKind.RATE_LIMIT, 0.4)]


def test_retry_after_may_be_a_date_or_milliseconds(server, profile):
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    server.script(
        Answer(status=429, headers={"Retry-After": past}),
        Answer(status=429, headers={"retry-after-ms": "20"}),
        Answer(),
    )
    waits = []
    with chat(profile, on_wait=waits.append) as model:
        assert ask(model).text == "ok"
    assert [wait.seconds for wait in waits] == [0.0, 0.02]


def test_a_wait_beyond_two_minutes_is_a_failure_that_says_so(server, profile):
    server.script(Answer(status=429, headers={"Retry-After": "3600"}))
    with chat(profile) as model:
        reply = ask(model)
    assert reply.failure.kind is FailureKind.RATE_LIMIT
    assert "3600 s" in reply.failure.message
    assert reply.attempts == 1


def test_an_empty_account_is_not_tried_again(server, profile):
    server.default = error(429, "You exceeded your current quota", code="insufficient_quota")
    with chat(profile) as model:
        reply = ask(model)
    assert (reply.failure.kind, reply.attempts) == (FailureKind.RATE_LIMIT, 1)


def test_a_wrong_key_is_named_by_its_variable_and_never_shown(server, profile, caplog):
    server.key = "right"
    with caplog.at_level("DEBUG"), chat(profile, key=Secret("wrong-key-0123456789")) as model:
        reply = ask(model)
    assert reply.failure.kind is FailureKind.AUTHENTICATION
    assert "RB_STUDIO_TEST_KEY" in reply.failure.message
    shown = repr(reply) + repr(model) + repr(vars(model)) + caplog.text
    assert "0123456789" not in shown


def test_a_server_that_repeats_the_key_does_not_get_it_into_a_message(server, profile):
    server.default = lambda request: error(400, f"cannot use {request.headers['authorization']}")
    with chat(profile, key=Secret("plain words as key")) as model:
        reply = ask(model)
    assert server.requests[0].headers["authorization"] == "Bearer plain words as key"
    assert "plain words" not in reply.failure.message


def test_without_a_key_none_is_sent_even_when_the_environment_has_one(server, profile, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment-123")
    monkeypatch.setenv("OPENAI_ORG_ID", "my-organisation")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with chat(profile) as model:
        assert ask(model).text == "ok"
    assert "authorization" not in server.requests[0].headers
    assert "openai-organization" not in server.requests[0].headers


def test_a_proxy_of_the_environment_is_not_used_for_this_computer(server, profile, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with chat(profile) as model:
        assert ask(model).text == "ok"


CONTEXT = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."
FAULTS = {
    "403": (error(403, "Country not supported"), FailureKind.AUTHENTICATION, "Country not supported"),
    "404 model": (error(404, "The model `x` does not exist", code="model_not_found"), FailureKind.MODEL_NOT_FOUND, "x"),
    "404 page": (Answer(status=404, body="<html>Not Found</html>"), FailureKind.MODEL_NOT_FOUND, "base URL"),
    "400 model": (error(400, "model 'x' not found, try pulling it"), FailureKind.MODEL_NOT_FOUND, "pulling"),
    "429": (error(429, "Slow down"), FailureKind.RATE_LIMIT, "Slow down"),
    "402": (error(402, "Insufficient credits"), FailureKind.RATE_LIMIT, "top up"),
    "500": (error(500, "boom"), FailureKind.SERVER, "boom"),
    "502 page": (Answer(status=502, body="<html><h1>Bad Gateway</h1></html>"), FailureKind.SERVER, "Bad Gateway"),
    "context code": (error(400, "too long", code="context_length_exceeded"), FailureKind.CONTEXT_OVERFLOW, "longer"),
    "context vLLM": (error(400, CONTEXT), FailureKind.CONTEXT_OVERFLOW, "4096"),
    "context llama.cpp": (
        error(400, "the request exceeds the available context size", type="exceed_context_size_error"),
        FailureKind.CONTEXT_OVERFLOW,
        "context size",
    ),
    "context 500": (error(500, "prompt is too long: 9 tokens > 8 maximum"), FailureKind.CONTEXT_OVERFLOW, "too long"),
    "413": (Answer(status=413, body="Payload Too Large"), FailureKind.CONTEXT_OVERFLOW, "Payload"),
    "413 rate": (error(413, "Limit 6000 tokens per minute"), FailureKind.RATE_LIMIT, "6000"),
    "answer too long": (
        error(400, "max_tokens is too large: 99999. This model supports at most 4096 completion tokens"),
        FailureKind.BAD_REQUEST,
        "99999",
    ),
    "filter": (error(400, "blocked", code="content_filter"), FailureKind.REFUSAL, "content rules"),
    "400": (error(400, "no idea"), FailureKind.BAD_REQUEST, "no idea"),
    "422 list": (
        Answer(status=422, body='{"detail": [{"loc": ["body", "n"], "msg": "bad value", "input": "private"}]}'),
        FailureKind.BAD_REQUEST,
        "body.n: bad value",
    ),
    "error string": (Answer(status=400, body='{"error": "just words"}'), FailureKind.BAD_REQUEST, "just words"),
    "redirect": (Answer(status=307, headers={"Location": "http://127.0.0.1:9/"}), FailureKind.BAD_REQUEST, "redirects"),
    "error in 200": (
        Answer(body='{"error": {"message": "upstream died", "code": 502}}'),
        FailureKind.SERVER,
        "upstream",
    ),
    "malformed JSON": (Answer(body='{"choices": [{"mess'), FailureKind.MALFORMED, "choices"),
    "garbage": (Answer(body=b"\xff\x00\x01garbage", content_type="text/html"), FailureKind.MALFORMED, "garbage"),
    "JSON of another kind": (Answer(body="[1, 2, 3]"), FailureKind.MALFORMED, "[1, 2, 3]"),
    "nothing": (Answer(body=""), FailureKind.MALFORMED, "empty body"),
    "deep JSON": (Answer(body="[" * 100_000), FailureKind.MALFORMED, "[[["),
    "no choices": (Answer(body='{"choices": []}'), FailureKind.EMPTY, "no answer"),
    "strange choices": (Answer(body='{"choices": [17]}'), FailureKind.EMPTY, "no answer"),
    "null content": (Answer(None), FailureKind.EMPTY, "without text"),
    "tool call": (Answer(None, message={"tool_calls": [{"id": "1"}]}), FailureKind.EMPTY, "tool call"),
    "only reasoning": (Answer(None, message={"reasoning_content": "hm"}), FailureKind.EMPTY, "without text"),
    "refusal": (Answer(None, message={"refusal": "I cannot help"}), FailureKind.REFUSAL, "I cannot help"),
    "withheld": (Answer("par", finish="content_filter"), FailureKind.REFUSAL, "content rules"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_typed_and_said_in_one_sentence(server, either, name):
    answer, kind, part = FAULTS[name]
    server.default = answer
    with chat(replace(either, retries=1)) as model:
        reply = ask(model)
    assert reply.failure.kind is kind
    assert part in reply.failure.message
    assert "\n" not in reply.failure.message
    assert "private" not in reply.failure.message
    assert reply.attempts == len(server.requests)


def test_a_text_withheld_halfway_is_kept(server, either):
    server.default = Answer("half an ans", finish="content_filter")
    with chat(either) as model:
        assert ask(model).text == "half an ans"


def test_an_answer_that_does_not_come_in_time_is_a_timeout(server, either):
    server.default = Answer(delay=30)
    with chat(replace(either, timeout=0.3, retries=1)) as model:
        started = time.monotonic()
        reply = ask(model)
    assert (reply.failure.kind, reply.attempts) == (FailureKind.TIMEOUT, 2)
    assert "0.3 s" in reply.failure.message
    assert time.monotonic() - started < 5


def test_a_stream_that_drips_forever_is_a_timeout(server, profile):
    server.default = Answer("word " * 500, piece_delay=0.05)
    with chat(replace(profile, stream=True, timeout=0.4, retries=0)) as model:
        assert ask(model).failure.kind is FailureKind.TIMEOUT


def test_nobody_listening_is_a_connection_failure(profile):
    with FakeServer() as gone:
        url = gone.url
    with chat(replace(profile, base_url=url)) as model:
        reply = ask(model)
    assert (reply.failure.kind, reply.attempts) == (FailureKind.CONNECTION, 3)
    assert "127.0.0.1" in reply.failure.message


def test_an_unknown_host_is_a_connection_failure(profile):
    with chat(replace(profile, base_url="http://no-such-host.invalid/v1", retries=0)) as model:
        reply = ask(model)
    assert reply.failure.kind is FailureKind.CONNECTION


@pytest.mark.parametrize("cut", [0, 20])
def test_a_plain_answer_cut_in_the_middle_is_typed(server, profile, cut):
    server.default = Answer(cut=cut)
    with chat(profile) as model:
        reply = ask(model)
    assert reply.failure.kind in (FailureKind.CUT_STREAM, FailureKind.CONNECTION)
    assert reply.attempts == 3


def test_a_cut_stream_is_tried_again_and_keeps_what_had_arrived(server, profile):
    server.default = Answer("one two three four five six", cut=400)
    with chat(replace(profile, stream=True)) as model:
        reply = ask(model)
    assert (reply.failure.kind, reply.attempts) == (FailureKind.CUT_STREAM, 3)
    assert reply.text
    assert "one two three four five six".startswith(reply.text)


def test_a_stream_that_ends_politely_but_unfinished_is_cut(server, profile):
    server.default = Answer("one two", finish=None, done=False)
    with chat(replace(profile, stream=True, retries=0)) as model:
        reply = ask(model)
    assert (reply.failure.kind, reply.text) == (FailureKind.CUT_STREAM, "one two")


@pytest.mark.parametrize(("finish", "done"), [("stop", False), (None, True)])
def test_a_stream_that_says_in_one_way_that_it_is_done_is_whole(server, profile, finish, done):
    server.default = Answer("one two", finish=finish, done=done)
    with chat(replace(profile, stream=True)) as model:
        reply = ask(model)
    assert (reply.failure, reply.text) == (None, "one two")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("data: {broken\n\n", FailureKind.MALFORMED),
        ('data: {"error": {"message": "overloaded", "code": 503}}\n\n', FailureKind.SERVER),
        (": only comments\n\ndata: [DONE]\n\n", FailureKind.EMPTY),
        ("", FailureKind.CUT_STREAM),
    ],
)
def test_streams_of_another_kind_are_typed(server, profile, body, kind):
    server.default = Answer(body=body, content_type="text/event-stream")
    with chat(replace(profile, stream=True, retries=0)) as model:
        assert ask(model).failure.kind is kind


def test_stop_ends_calls_in_flight_at_once(server, either, no_leaked_threads):
    server.default = Answer(delay=60)
    with chat(either) as model, ThreadPoolExecutor(4) as pool:
        replies = [pool.submit(ask, model) for _ in range(4)]
        server.wait_for_requests(4)
        started = time.monotonic()
        model.cancel()
        kinds = [reply.result().failure.kind for reply in replies]
        assert time.monotonic() - started < 1
        assert kinds == [FailureKind.CANCELLED] * 4
        server.wait_for_hangups(4)
        assert ask(model).failure.kind is FailureKind.CANCELLED
        assert len(server.requests) == 4


def test_stop_ends_the_wait_before_a_retry(server, profile):
    server.default = Answer(status=429, headers={"Retry-After": "60"})
    waiting = threading.Event()
    with chat(profile, on_wait=lambda wait: waiting.set()) as model, ThreadPoolExecutor(1) as pool:
        reply = pool.submit(ask, model)
        assert waiting.wait(10)
        model.cancel()
        assert reply.result(1).failure.kind is FailureKind.CANCELLED


def test_closing_cancels_and_leaves_no_thread(server, profile, no_leaked_threads):
    server.default = Answer(delay=60)
    model = OpenAIChat(profile)
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(ask, model)
        server.wait_for_requests(1)
        model.close()
        assert reply.result(1).failure.kind is FailureKind.CANCELLED
    model.close()


def test_models_share_one_thread_and_the_last_one_ends_it(server, profile, no_leaked_threads):
    first, second = OpenAIChat(profile), OpenAIChat(profile)
    assert ask(first).text == ask(second).text == "ok"
    assert [thread.name for thread in threading.enumerate()].count("rb-studio-models") == 1
    first.close()
    assert ask(second).text == "ok"
    second.close()


def test_a_model_never_asked_starts_nothing(profile, no_leaked_threads):
    OpenAIChat(profile).close()


def test_the_profile_limits_calls_in_flight_across_its_models(server, profile):
    server.default = Answer(delay=0.05)
    limited = replace(profile, concurrency=3)
    with chat(limited) as first, chat(limited) as second, ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(ask, [first, second] * 6))
    assert all(reply.failure is None for reply in replies)
    assert server.peak == 3


def test_an_interpreter_that_ends_without_closing_does_so_quietly(server):
    script = (
        "import sys\n"
        "from rb_studio.models.openai_chat import OpenAIChat\n"
        "from rb_studio.models.profile import Profile\n"
        "from rb_studio.records.calls import CallSettings, Message\n"
        "model = OpenAIChat(Profile('x', sys.argv[1], 'm'))\n"
        "print(model.reply([Message('user', 'hi')], CallSettings(), 1).text)"
    )
    command = [sys.executable, "-W", "error", "-c", script, server.url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr, run.returncode) == ("ok\n", "", 0)


def test_importing_the_client_does_not_import_the_library():
    script = "import sys, rb_studio.models.openai_chat; sys.exit('openai' in sys.modules or 'httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


@pytest.mark.bench
@pytest.mark.parametrize(("width", "delay", "calls", "least"), [(64, 1.0, 256, 0.85), (8, 0.05, 200, 0.70)])
def test_throughput_is_near_the_ideal(profile, width, delay, calls, least):
    program = Path(__file__).with_name("fake_server.py")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, str(program), str(delay)], **pipes) as process:
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        with chat(replace(profile, base_url=url, concurrency=width)) as model, ThreadPoolExecutor(width) as pool:
            ask(model)
            started = time.perf_counter()
            replies = list(pool.map(lambda seed: ask(model, seed=seed), range(calls)))
            elapsed = time.perf_counter() - started
        process.stdin.close()
    assert all(reply.failure is None for reply in replies)
    assert delay * calls / width / elapsed >= least
