from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.environments.practice.actions import ActionError, parse_action


@given(st.text())
def test_any_text_is_an_action_or_an_action_error(text):
    with suppress(ActionError):
        assert parse_action(text).name


@given(
    st.sampled_from(["click", "fill", "goto", "send_msg_to_user", "exec", "open", "scroll"]),
    st.lists(st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.none(), st.booleans()), max_size=3),
)
def test_any_call_is_an_action_or_an_action_error(name, values):
    source = f"{name}({', '.join(map(repr, values))})"
    with suppress(ActionError):
        assert parse_action(source).name == name not in ("exec", "open")


@given(st.text(max_size=200))
def test_every_text_survives_quoting(text):
    clean = text.encode("utf-8", "replace").decode()
    assert parse_action(f"fill('12', {clean!r})").arguments == ("12", clean)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("click(12)", ("12",)),
        (" click('12') ", ("12",)),
        ("click('12', button='left')", ("12", "left")),
        ('fill("7", "it\'s")', ("7", "it's")),
        ("scroll(0, -400)", (0, -400)),
        (r"fill('7', 'C:\dir')", ("7", r"C:\dir")),
        ("noop(1000)", (1000,)),
    ],
)
def test_spellings_models_use_are_read(text, arguments):
    assert parse_action(text).arguments == arguments
