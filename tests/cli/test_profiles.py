"""`rb-studio profiles`: endpoints are kept, keys never are."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.models.fake_server import Answer, FakeServer, error

URL = "http://127.0.0.1:9/v1"
KEY = "sk-abcdefghijklmnopqrstuvwxyz123456"


def names(ran) -> list[str]:
    return [profile["name"] for profile in ran.json["profiles"]]


def test_a_profile_is_set_listed_changed_and_removed(run: Run) -> None:
    options = ("--temperature", "0.5", "--timeout", "9", "--retries", "0", "--concurrency", "3", "--price-in", "0.1")
    assert run("profiles", "set", "mine", "--base-url", URL + "/", "--model", "m-1", *options, "--stream").code == 0
    assert names(run("profiles", "list", "--json")) == ["practice", "mine"]

    changed = run("profiles", "set", "mine", "--temperature", "none", "--no-stream", "--json")
    (entry,) = changed.json["profiles"]
    assert (entry["base_url"], entry["model"], entry["temperature"], entry["stream"]) == (URL, "m-1", None, False)
    assert (entry["timeout"], entry["retries"], entry["concurrency"], entry["price_in"]) == (9, 0, 3, 0.1)

    assert names(run("profiles", "remove", "mine", "--json")) == ["practice"]
    assert run("profiles", "remove", "mine").code == 2


def test_the_list_says_where_a_key_comes_from_and_never_the_key(
    run: Run, own_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("profiles", "set", "mine", "--base-url", URL, "--model", "m", "--key-env", "MY_KEY")
    assert "MY_KEY is not set" in run("profiles", "list").out
    monkeypatch.setenv("MY_KEY", KEY)
    shown = run("profiles", "list")
    assert "environment variable MY_KEY" in shown.out
    asked = run("profiles", "list", "--json")
    assert asked.json["profiles"][1]["key"] == "environment"
    stored = "".join(path.read_text("utf-8") for path in own_settings.rglob("*") if path.is_file())
    assert KEY not in shown.out + asked.out + stored


@pytest.mark.parametrize(
    "arguments",
    [
        ("mine", "--base-url", URL, "--model", "m", "--key-env", KEY),
        ("mine", "--base-url", URL, "--model", "m", "--key-env", "gsk_abcdefghijklmnop1234"),
        ("mine", "--base-url", f"http://user:{KEY}@127.0.0.1/v1", "--model", "m"),
        ("mine", "--base-url", f"http://127.0.0.1/v1?key={KEY}", "--model", "m"),
    ],
)
def test_a_key_given_in_the_wrong_place_is_refused_and_not_repeated(
    run: Run, own_settings: Path, arguments: tuple[str, ...]
) -> None:
    ran = run("profiles", "set", *arguments, "--json")
    assert ran.code == 2
    assert KEY not in ran.out + ran.err
    assert "gsk_" not in ran.out + ran.err
    assert not own_settings.exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("mine", "--model", "m"), "--base-url"),
        (("mine", "--base-url", "not a url", "--model", "m"), "base URL"),
        (("practice", "--base-url", URL, "--model", "m"), "practice"),
        (("a/b", "--base-url", URL, "--model", "m"), "a/b"),
        (("mine", "--base-url", URL, "--model", "m", "--temperature", "9"), "--temperature"),
        (("mine", "--base-url", URL, "--model", "m", "--timeout", "0"), "timeout"),
        (("mine", "--base-url", URL, "--model", "m", "--concurrency", "x"), "whole number"),
    ],
)
def test_a_profile_that_cannot_be_is_one_sentence(run: Run, arguments: tuple[str, ...], named: str) -> None:
    ran = run("profiles", "set", *arguments)
    assert ran.code == 2
    assert named in ran.err
    assert ran.err.count("\n") == 1


def test_damaged_settings_are_refused_and_left_alone(run: Run, own_settings: Path) -> None:
    own_settings.mkdir()
    (own_settings / "settings.toml").write_text("[profiles", "utf-8")
    for arguments in (("list",), ("set", "mine", "--base-url", URL, "--model", "m")):
        ran = run("profiles", *arguments)
        assert ran.code == 2
        assert "settings.toml" in ran.err
    assert (own_settings / "settings.toml").read_text("utf-8") == "[profiles"


def test_an_endpoint_is_measured_and_a_key_it_wants_is_not_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer() as server:
        server.rejects = {"seed"}
        server.key = KEY
        monkeypatch.setenv("MY_KEY", KEY)
        run("profiles", "set", "mine", "--base-url", server.url, "--model", "m", "--key-env", "MY_KEY")
        ran = run("profiles", "test", "mine", "--json")
        shown = run("profiles", "test", "mine")
    assert ran.code == 0
    assert ran.json["capabilities"]["answers"]["ok"] is True
    assert ran.json["capabilities"]["seed"]["ok"] is False
    assert ran.json["profiles"][0]["name"] == "mine"
    assert "answers" in shown.out
    assert KEY not in ran.out + ran.err + shown.out + shown.err


def test_an_endpoint_given_by_address_needs_no_profile(run: Run) -> None:
    with FakeServer(Answer("hello")) as server:
        ran = run("profiles", "test", f"m@{server.url}", "--json")
    assert (ran.code, ran.json["usable"]) == (0, True)


def test_an_endpoint_that_refuses_or_is_not_there_is_one_sentence(run: Run) -> None:
    with FakeServer(error(404, "The model `m` does not exist", code="model_not_found")) as server:
        refused = run("profiles", "test", f"m@{server.url}", "--json")
    gone = run("profiles", "test", f"m@{server.url}")
    assert (refused.code, gone.code) == (1, 1)
    assert refused.json["capabilities"]["model"]["ok"] is False
    assert refused.err.count("\n") == gone.err.count("\n") == 1


def test_the_practice_model_is_said_to_be_simulated_and_an_unknown_name_is_refused(run: Run) -> None:
    ran = run("profiles", "test", "practice", "--json")
    assert (ran.code, ran.json["profiles"][0]["simulated"]) == (0, True)
    unknown = run("profiles", "test", "nobody")
    assert unknown.code == 2
    assert "practice" in unknown.err
