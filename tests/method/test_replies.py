"""Reading what models reply: nothing raises, nothing is guessed (checklist 7 and 15, D1, D5)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.method.replies import cited_steps, parse_act, parse_evidence, parse_selection, parse_verdict
from rb_studio.records.judgement import Status

S, F, U = Status.SUCCESS, Status.FAILURE, Status.UNKNOWN


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("success", S),
        ("Success.", S),
        ("**SUCCESS**", S),
        ('"success"', S),
        ("succeeded", S),
        ("successful", S),
        ("success - no errors on the way", S),
        ("failure", F),
        ("failed", F),
        ("Fail", F),
        ("failure - the form was not saved", F),
        ("failure, it did not succeed", F),
        ("unsuccessful", F),
        ("un-successful", F),
        ("not a success", F),
        ("not successful", F),
        ("no success", F),
        ("wasn't successful", F),
        ("unknown", U),
        ("failure or success", U),
        ("success (not a failure)", U),
        ("not a failure", U),
        ("partial success", U),
        ("almost a success", U),
        ("not sure whether it is a success", U),
        ("succession", U),
        ("failover", U),
        ("true", U),
        ("", U),
        ("success, failure or unknown", U),
    ],
)
def test_point_7_d5_only_a_plain_word_is_a_verdict(value, status):
    assert parse_verdict(f"Thoughts: it went like this.\nStatus: {value}")[0] is status


@pytest.mark.parametrize(
    "text",
    [
        "Thoughts: fine\nStatus: success",
        "Thoughts: fine\n\nStatus:\nsuccess",
        "**Thoughts:** fine\n**Status:** success",
        "**Thoughts**: fine\n**Status**: **success**",
        "## Thoughts:\nfine\n## Status\nsuccess",
        "1. Thoughts: fine\n2. Status: success",
        "```\nThoughts: fine\nStatus: success\n```",
        "STATUS = SUCCESS",
        "status : success",
        "Status - success",
        "Final status: success",
        '{\n"thoughts": "fine",\n"status": "success"\n}',
        "Thoughts: fine. Status: success",
        "success",
        "**Success**",
        "<think>Status: failure? No.</think>Thoughts: fine\nStatus: success",
        "Reply form: Thoughts, then\nStatus: success, failure or unknown\n\nThoughts: fine\nStatus: success",
        "Thoughts: the page says\nStatus: Pending\nand that is right.\nStatus: success",
        "Status: success\nThoughts: fine\nStatus: success",
    ],
)
def test_variants_of_the_form_read_as_success(text):
    assert parse_verdict(text)[0] is S


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "The agent was successful, I think.",
        "It is a success story of failure",
        "Status: success\nStatus: failure",
        "Status: success\nStatus: unknown",
        "Thoughts: the order status: success was shown on the page and then it stopped",
        "Status:",
        "Status: \n\n",
        "Statusquo: success",
        "{'verdict': true}",
    ],
)
def test_point_7_whatever_is_not_plain_is_unknown(text):
    assert parse_verdict(text)[0] is U


def test_the_reason_keeps_all_its_lines_without_label_and_status():
    status, reason = parse_verdict("Thoughts: It sorted [step 2].\nThen it read (all) pages.\nStatus: failure")
    assert status is F
    assert reason == "It sorted [step 2].\nThen it read (all) pages."


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("see [step 3]", (3,)),
        ("steps 2, 3 and 5-7", (2, 3, 5, 6, 7)),
        ("Steps 2, 3, and 5", (2, 3, 5)),
        ("steps 2 to 4", (2, 3, 4)),
        ("steps 5–7", (5, 6, 7)),
        ("step #2; step: 4", (2, 4)),
        ("step 4 and then step 1", (1, 4)),
        ("[step 2][step 2]", (2,)),
        ("step 0, step 11, step 999999999999", ()),
        ("steps 7-5", (5, 7)),
        ("footsteps 3", ()),
        ("it took several steps", ()),
        ("in step 2 it opened 3 pages", (2,)),
    ],
)
def test_cited_steps_are_numbers_that_exist(text, steps):
    assert cited_steps(text, 10) == steps


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("2", 2),
        ("[2]", 2),
        ('"2"', 2),
        (" 2.\n", 2),
        ("**2**", 2),
        ('{"index": [2], "analysis": "shorter"}', 2),
        ('{"index": 2}', 2),
        ('{"index": "2"}', 2),
        ('{"index": ["2"]}', 2),
        ('{"index": [[2]]}', 2),
        ('{"index": 2.0}', 2),
        ('{"index": "Attempt 2"}', 2),
        ('{"best": 2}', 2),
        ('```json\n{"index": [2], "analysis": "has {braces} and } in it"}\n```', 2),
        ('Comparing {a} with {b}.\n{"index": [2], "analysis": "x"}\nDone {really}.', 2),
        ('{"index": [1]}\nNo, on reflection:\n{"index": [2]}', 2),
        ("{index: [2], analysis: no quotes}", 2),
        ("Attempt 2 is the best.", 2),
        ("Attempt 1 is slower than attempt 3, so the best is attempt 2.", 2),
        ("I choose trajectory #2", 2),
        ("<think>attempt 1 or attempt 3?</think>2", 2),
    ],
)
def test_point_15_d1_the_choice_is_read_in_every_form_counting_from_one(text, chosen):
    assert parse_selection(text, 3) == chosen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "4",
        "-2",
        '{"index": 0}',
        '{"index": [4]}',
        '{"index": -1}',
        '{"index": [1, 2]}',
        '{"index": null, "analysis": "attempt 1 failed"}',
        '{"index": true}',
        '{"index": 1.5}',
        '{"index": "the first"}',
        '{"index": []}',
        "Attempt 1 and attempt 2 are equally good.",
        "None of them.",
        "[1, 2]",
        "The first one used 2 steps.",
    ],
)
def test_point_15_d1_what_is_unclear_or_out_of_range_is_no_choice(text):
    assert parse_selection(text, 3) is None


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Attempt 1 steps 2, 3; Attempt 4 step 5", {1: (2, 3), 4: (5,)}),
        ("Attempt 1 (steps 2-4), attempt 2: step 1", {1: (2, 3, 4), 2: (1,)}),
        ("attempt 1 [step 3], [step 5]", {1: (3, 5)}),
        ("Attempts 1 and 3", {1: (), 3: ()}),
        ("Attempts 1-2, steps 4 and 5", {1: (4, 5), 2: (4, 5)}),
        ("Attempt #2 step 1; Attempt 2 step 6", {2: (1, 6)}),
        ("step 4", {}),
        ("", {}),
    ],
)
def test_evidence_names_attempts_and_their_steps(text, evidence):
    assert parse_evidence(text) == evidence


def test_thought_and_action_come_apart():
    reply = parse_act("<think>Look around.</think>\n<action>click('12')</action>", "web")
    assert reply is not None
    assert (reply.thought, reply.action) == ("Look around.", "click('12')")


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("<think>I could <action>noop()</action></think><action>click('1')</action>", "click('1')"),
        ("<THINK>a</THINK><ACTION>click('1')</ACTION>", "click('1')"),
        ("<action>click('2')</action> no, rather <action>click('1')</action>", "click('1')"),
        ("<action>\nsend_msg_to_user('a (b), c) d')\n</action>", "send_msg_to_user('a (b), c) d')"),
        ("<think>never closed <action>click('1')</action>", "click('1')"),
        ("<think>all inside <action>click('1')</action></think>", "click('1')"),
    ],
)
def test_the_last_action_outside_the_thought_counts(text, action):
    reply = parse_act(text, "web")
    assert reply is not None
    assert reply.action == action


@pytest.mark.parametrize(
    "text", ["", "click('1')", "<action></action>", "<action> \n</action>", "<action>click('1')", "</action><action>"]
)
def test_a_reply_that_does_not_keep_the_form_is_none(text):
    assert parse_act(text, "web") is None


def test_without_tags_around_the_thought_the_rest_is_the_thought():
    reply = parse_act("First I look. <answer>42</answer>", "answer")
    assert reply is not None
    assert (reply.thought, reply.action) == ("First I look.", "42")


TAGS = ["<think>", "</think>", "<action>", "</action>", "<answer>", "</answer>"]
WORDS = [
    "Status",
    "Thoughts",
    "success",
    "failure",
    "not",
    "unknown",
    "index",
    "attempt",
    "steps",
    '{"index":',
    "and",
    "to",
]
SIGNS = [*" \n:=*_-#{}[]\"',.;0123456789", "–", "９", "9" * 5000]
garbage = st.lists(st.sampled_from(TAGS + WORDS + SIGNS), max_size=60).map("".join) | st.text(max_size=300)


@given(garbage, st.integers(1, 5))
def test_nothing_a_model_says_raises(text, count):
    status, reason = parse_verdict(text)
    assert status in Status
    assert isinstance(reason, str)
    chosen = parse_selection(text, count)
    assert chosen is None or 1 <= chosen <= count
    assert all(1 <= step <= 9 for step in cited_steps(text, 9))
    assert all(list(steps) == sorted(set(steps)) for steps in parse_evidence(text).values())
    for domain in ("web", "answer"):
        reply = parse_act(text, domain)
        assert reply is None or reply.action.strip() == reply.action != ""


@given(st.sampled_from(["success", "failure", "unknown"]), st.text("abc .,()[]{}\n'\"#*", max_size=80))
def test_a_plain_status_line_is_read_whatever_the_thoughts_are(word, thoughts):
    assert parse_verdict(f"Thoughts: {thoughts}\nStatus: {word}")[0] is Status(word)


@given(st.integers(1, 5), st.text(max_size=60))
def test_a_json_choice_is_read_whatever_the_analysis_is(index, analysis):
    import json

    assert parse_selection(json.dumps({"index": [index], "analysis": analysis}), 5) == index


@pytest.mark.parametrize(
    "text",
    [
        "<think>" * 30_000,
        "\n" * 200_000,
        "*" * 200_000,
        "status " * 30_000,
        "steps 1," + " 1," * 60_000,
        "{" * 100_000,
        "</think>" + "<think>" * 30_000,
        "attempt 1 " * 20_000,
        "Status:" + ":" * 200_000,
        "[" * 200_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_reply_that_runs_on_is_read_without_hanging(text):
    started = time.process_time()
    parse_verdict(text)
    parse_selection(text, 3)
    cited_steps(text, 9)
    parse_evidence(text)
    parse_act(text, "web")
    assert time.process_time() - started < 5.0
