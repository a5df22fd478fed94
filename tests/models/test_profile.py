"""Profiles refuse what cannot be, in a sentence, and know what they cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.models.errors import ProfileError, SettingsError
from rb_studio.models.prices import priced
from rb_studio.models.profile import PRACTICE, Profile, addressed, checked_name
from rb_studio.records.calls import Usage

LOCAL = {"name": "local", "base_url": "http://localhost:8080/v1", "model": "llama"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timeout", 0),
        ("timeout", -1),
        ("timeout", float("nan")),
        ("timeout", float("inf")),
        ("retries", -1),
        ("concurrency", 0),
        ("max_tokens", 0),
        ("temperature", -0.1),
        ("price_in", -1.0),
        ("price_out", float("nan")),
        ("key_env", "not a name"),
        ("extra", {"messages": []}),
    ],
)
def test_values_that_cannot_be_are_refused_with_field_and_profile(field, value):
    with pytest.raises(ProfileError, match=rf"profile 'local': {field} .* must be"):
        Profile(**LOCAL, **{field: value})


@pytest.mark.parametrize(
    "url", ["", "localhost:8080", "ftp://host/v1", "http://", "http://[::1", "http://host:99999/v1"]
)
def test_addresses_that_cannot_be_are_refused(url):
    with pytest.raises(ProfileError, match="base URL"):
        Profile("local", url, "llama")


@pytest.mark.parametrize(
    "url", ["https://user:secret1@host/v1", "https://host/v1?api_key=secret1", "https://host/#secret1"]
)
def test_a_key_inside_an_address_is_refused_and_not_repeated(url):
    for make in (lambda: Profile("local", url, "llama"), lambda: addressed(f"llama@{url}")):
        with pytest.raises(ProfileError) as error:
            make()
        assert "secret1" not in str(error.value)


def test_model_at_address_is_read_even_when_the_model_holds_an_at_sign():
    profile = addressed("@cf/meta/llama@v2@https://Gateway.example/v1/")
    assert profile is not None
    assert (profile.model, profile.base_url) == ("@cf/meta/llama@v2", "https://Gateway.example/v1")
    assert profile.host == "gateway.example"
    assert profile.key_env == "OPENAI_API_KEY"


@pytest.mark.parametrize("text", ["local", "llama@localhost:8080", "@http://x", ""])
def test_other_texts_are_no_addressed_profile(text):
    assert addressed(text) is None


@given(st.text())
def test_any_text_is_a_profile_none_or_a_sentence(text):
    try:
        profile = addressed(text)
    except ProfileError:
        return
    assert profile is None or profile.model


def test_identity_holds_what_changes_answers_and_nothing_else():
    plain, slow = Profile(**LOCAL), Profile(**LOCAL, timeout=5, retries=0, stream=True, price_in=1.0)
    assert plain.identity == slow.identity == "llama@http://localhost:8080/v1"
    assert Profile(**LOCAL, extra={"top_p": 0.5}).identity != plain.identity
    assert PRACTICE.identity == "practice"


def test_cost_is_known_only_with_both_prices_and_both_counts():
    profile = Profile(**LOCAL, price_in=1.0, price_out=2.0)
    assert profile.cost(Usage(1_000_000, 500_000)) == 2.0
    assert profile.cost(Usage(10, None)) is None
    assert profile.cost(None) is None
    assert Profile(**LOCAL, price_in=1.0).cost(Usage(1, 1)) is None
    assert Profile(**LOCAL, price_in=0.0, price_out=0.0).cost(Usage(1, 1)) == 0.0


def test_practice_cannot_name_a_stored_profile():
    with pytest.raises(ProfileError, match="practice"):
        checked_name("practice")


def test_the_shipped_price_table_is_readable_and_never_invents_a_price():
    assert priced(Profile(**LOCAL)).price_in is None


def test_a_price_belongs_to_host_and_model(tmp_path):
    table = tmp_path / "prices.toml"
    table.write_text(
        '[[price]]\nhost = "localhost:8080"\nmodel = "llama"\ninput = 1.5\noutput = 3\nas_of = 2026-01-31\n'
    )
    assert priced(Profile(**LOCAL), table).price_out == 3.0
    assert priced(Profile("x", "http://elsewhere/v1", "llama"), table).price_out is None
    assert priced(Profile(**LOCAL, price_in=9.0), table).price_in == 9.0


@pytest.mark.parametrize("text", ["[[price]]\nhost = 'x'\n", "not toml ["])
def test_a_damaged_price_table_is_named(tmp_path, text):
    table = tmp_path / "prices.toml"
    table.write_text(text)
    with pytest.raises(SettingsError, match=r"prices\.toml"):
        priced(Profile(**LOCAL), table)


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.8.0.1/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://localhost.example.com/v1", False),
        ("http://192.168.0.4/v1", False),
    ],
)
def test_loopback_addresses_are_told_from_others(url, near):
    assert Profile("x", url, "m").on_this_computer is near
