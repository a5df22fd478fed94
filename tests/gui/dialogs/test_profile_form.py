"""Profiles as typed: read, corrected, refused in a sentence, never a key among them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.gui.dialogs.profile_form import NUMBERS, TEXTS, NotYet, ProfileForm, SettingsForm
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings

STORED = Profile("mine", "http://localhost:8080/v1", "llama", temperature=0.5, price_in=0.25, extra={"top_p": 0.9})
SETTINGS = Settings(profiles={"mine": STORED}, profile="mine", embedder="hashing", allow_downloads=True)
FORM = SettingsForm.of(SETTINGS, "dark")


def test_a_stored_profile_comes_back_as_it_was() -> None:
    assert ProfileForm.of(STORED).profile() == STORED


@given(
    st.builds(
        Profile,
        name=st.just("mine"),
        base_url=st.just("https://api.example.org/v1"),
        model=st.just("m"),
        temperature=st.none() | st.integers(0, 20).map(lambda n: n / 10),
        max_tokens=st.none() | st.integers(1, 99_999),
        timeout=st.integers(1, 3600).map(float),
        retries=st.integers(0, 20),
        concurrency=st.integers(1, 1024),
        price_in=st.none() | st.integers(0, 1000).map(lambda n: n / 100),
        stream=st.booleans(),
    )
)
def test_whatever_is_stored_is_typed_back_the_same(profile: Profile) -> None:
    assert ProfileForm.of(profile).profile() == profile


def test_empty_numbers_are_the_defaults_and_a_comma_is_a_point() -> None:
    form = ProfileForm.of(STORED).typed("timeout", " ").typed("temperature", "0,7").typed("price_in", "")
    made = form.profile()
    assert (made.timeout, made.temperature, made.price_in) == (120.0, 0.7, None)


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("name", "practice", "choose another name"),
        ("name", "a/b", "cannot name a profile"),
        ("base_url", "localhost", "base URL must look like"),
        ("base_url", "http://user:pass@x/v1", "not into the base URL"),
        ("model", " ", "Name a model."),
        ("retries", "many", "Retries is not a whole number"),
        ("temperature", "9", "0 to 2"),
        ("timeout", "nan", "more than 0"),
        ("key_env", "two words", "environment variable"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(field: str, text: str, sentence: str) -> None:
    with pytest.raises(NotYet, match=sentence) as fault:
        ProfileForm.of(STORED).typed(field, text).profile()
    assert "--model" not in str(fault.value)


def test_a_key_typed_in_the_wrong_place_is_neither_taken_nor_repeated() -> None:
    for field in ("key_env", "base_url", "name", "retries"):
        form = ProfileForm.of(STORED).typed(field, "sk-abcdefghijklmnop1234")
        with pytest.raises(NotYet) as fault:
            form.profile()
        assert "abcdefghijklmnop" not in str(fault.value)


@given(st.sampled_from([*TEXTS, *NUMBERS]), st.text(max_size=30))
def test_any_text_is_a_profile_or_a_sentence(field: str, text: str) -> None:
    try:
        made = ProfileForm.of(STORED).typed(field, text).profile()
    except NotYet:
        assert text != getattr(STORED, field)
    else:
        assert made.host == STORED.host or field == "base_url"


def test_a_new_profile_has_a_free_name_and_waits_for_its_model() -> None:
    form = FORM.added().added()
    assert [one.name for one in form.profiles] == ["mine", "model 1", "model 2"]
    place, fault = form.first_problem()
    assert (place, fault) == (1, "Name a model.")


def test_two_of_one_name_are_refused() -> None:
    form = FORM.added()
    form = form.with_profile(1, form.profiles[1].typed("name", "mine").typed("model", "x"))
    assert "Two profiles are called mine" in form.problem(0)


def test_the_default_follows_a_new_name_and_falls_back_when_removed() -> None:
    renamed = FORM.with_profile(0, FORM.profiles[0].typed("name", "ours"))
    assert renamed.default == "ours"
    gone = FORM.without(0)
    assert (gone.default, gone.removed) == ("practice", (STORED,))


def test_what_is_edited_is_laid_over_what_was_there() -> None:
    form = replace(FORM, embedder=" ", allow_downloads=False)
    laid = form.with_profile(0, form.profiles[0].typed("model", "qwen")).laid_over(SETTINGS)
    assert laid.profiles == {"mine": replace(STORED, model="qwen")}
    assert (laid.profile, laid.embedder, laid.allow_downloads) == ("mine", "hashing", False)
