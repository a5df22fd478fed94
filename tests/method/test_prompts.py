"""Prompts: named by domain, versioned by hash, filled without scanning what is put in (checklist 12; D1, D11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.method.prompts import PromptSet, shipped, slots, substitute
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import digest

PROMPTS = PromptSet.with_overrides()


def test_a_domain_takes_its_own_version_and_else_the_common_one():
    assert PROMPTS.name("judge", "web") == "judge.web"
    assert PROMPTS.name("judge", "answer") == "judge.answer"
    assert PROMPTS.name("judge", "swe") == "judge.swe"
    assert PROMPTS.name("select", "web") == "select"
    with pytest.raises(UsageError, match="nosuch"):
        PROMPTS.name("nosuch", "web")


def test_an_override_replaces_the_text_and_with_it_the_hash():
    changed = PromptSet.with_overrides({"select": "[user]\nchoose {{attempts}}"})
    assert changed.fill("select", {"attempts": "A"})[0].content == "choose A"
    assert changed.hash("select") != PROMPTS.hash("select")
    assert changed.hash("inject") == PROMPTS.hash("inject") == digest(shipped()["inject"])


WITHIN = ("inject", "refine", "refine-again")


@pytest.mark.parametrize("name", sorted(name for name in shipped() if name.partition(".")[0] not in WITHIN))
def test_every_shipped_prompt_is_a_system_and_a_user_message(name):
    values = {slot: f"<{slot}>" for slot in slots(shipped()[name])}
    messages = PROMPTS.fill(name, values)
    assert [message.role for message in messages] == ["system", "user"]
    text = "\n".join(message.content for message in messages)
    assert all(f"<{slot}>" in text for slot in values)
    assert "{{" not in text


@pytest.mark.parametrize("name", sorted(shipped()))
def test_point_12_no_prompt_of_the_loop_has_a_place_for_ground_truth(name):
    allowed = {"task", "memory", "steps", "observations", "answer", "reason", "attempts", "items", "new", "existing"}
    assert name == "grade" or set(slots(shipped()[name])) <= allowed


def test_an_empty_memory_leaves_no_trace():
    for domain in ("web", "answer", "swe"):
        [system, _] = PROMPTS.fill(f"act.{domain}", {"task": "t", "memory": ""})
        assert system.content == system.content.rstrip()
        [with_memory, _] = PROMPTS.fill(f"act.{domain}", {"task": "t", "memory": "\nnotes"})
        assert with_memory.content == f"{system.content}\n\nnotes"


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_value_is_never_scanned_for_slots(first, second):
    assert substitute("{{a}}|{{b}}", {"a": first + "{{b}}", "b": second}) == f"{first}{{{{b}}}}|{second}"


def test_a_slot_without_a_value_becomes_empty():
    assert substitute("a {{gone}} b", {}) == "a  b"
