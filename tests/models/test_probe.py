"""The capability probe reports what it measured on a real server."""

import random
from dataclasses import replace

import pytest

from rb_studio.models.probe import probe
from tests.models.fake_server import Answer, FakeServer, error


def obedient(request):
    """A model that follows system messages, seeds and response_format."""
    body = request.body
    if body["messages"][0]["role"] == "system":
        return Answer("marmalade")
    if "response_format" in body:
        return Answer('{"ready": true}')
    if "random" in body["messages"][-1]["content"]:
        return Answer(str(random.Random(body.get("seed")).random()))
    return Answer("ready")


def found(profile):
    capabilities = probe(profile)
    return {finding.name: finding.ok for finding in capabilities.findings}, capabilities


def test_a_capable_endpoint_shows_everything(server, profile):
    server.default = obedient
    results, capabilities = found(profile)
    names = ["reachable", "model", "answers", "usage", "temperature", "max_tokens", "seed", "system", "stream", "json"]
    assert results == dict.fromkeys(names, True)
    assert capabilities.usable
    assert capabilities.to_json()["seed"]["ok"] is True


def test_refused_parameters_are_found(server, profile):
    server.default = obedient
    server.rejects = {"temperature", "seed", "system", "max_tokens"}
    results, capabilities = found(profile)
    assert [name for name, ok in results.items() if ok is False] == ["temperature", "max_tokens", "seed", "system"]
    assert capabilities.usable


def test_silently_ignored_parameters_are_not_taken_for_supported(server, profile):
    server.default = lambda request: Answer(str(random.random()), usage=None)
    results, _ = found(profile)
    assert (results["seed"], results["system"], results["usage"]) == (False, None, False)
    server.default = Answer("never JSON, always the same")
    results, _ = found(profile)
    assert (results["seed"], results["json"]) == (None, False)


def test_a_rejected_format_is_a_no(server, profile):
    server.default = lambda r: (
        error(400, "no such thing as response_format") if "response_format" in r.body else Answer()
    )
    assert found(profile)[0]["json"] is False


@pytest.mark.parametrize(
    ("default", "results"),
    [
        (error(401, "key?"), {"reachable": True, "model": False}),
        (error(404, "no such model"), {"reachable": True, "model": False}),
        (Answer(status=500), {"reachable": True, "model": True, "answers": False}),
        (Answer(body="garbage"), {"reachable": True, "model": True, "answers": False}),
    ],
)
def test_an_unusable_endpoint_is_asked_once(server, profile, default, results):
    server.default = default
    measured, capabilities = found(profile)
    assert measured == results
    assert not capabilities.usable
    assert len(server.requests) == 1


def test_nobody_listening_is_said(profile):
    with FakeServer() as gone:
        url = gone.url
    measured, capabilities = found(replace(profile, base_url=url))
    assert measured == {"reachable": False}
    assert not capabilities.usable
