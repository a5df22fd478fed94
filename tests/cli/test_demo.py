"""`rb-studio demo`: the whole loop on the practice world, in one command."""

from pathlib import Path

import pytest

from rb_studio.jobs.demo import demo_request
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings, save
from tests.cli.conftest import Run
from tests.cli.test_run import rows
from tests.cli.test_sweep import ARM_KEYS


@pytest.fixture(autouse=True)
def offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def test_a_small_demo_shows_arms_comparisons_and_pictures_and_comes_back_at_once(run: Run, tmp_path: Path) -> None:
    """Whatever the settings say, the demo plays the practice model: nothing is listening at this address."""
    save(Settings(profiles={"mine": Profile("mine", "http://127.0.0.1:9/v1", "m")}, profile="mine", embedder="hashing"))
    path = tmp_path / "shown.rbank"
    command = ("demo", "--headless", "-w", path, "--tasks", 2, "--json")
    ran = run(*command)
    assert ran.code == 0
    data = ran.json
    assert {"workspace", "simulated", "arms", "pictures"} <= data.keys()
    assert (data["workspace"], data["simulated"], data["resumed"], data["seeds"]) == (str(path), True, False, [0, 1, 2])
    assert len(data["arms"]) == 18
    assert all(arm.keys() >= ARM_KEYS and arm["simulated"] and arm["n"] == 2 for arm in data["arms"])
    wanted = {
        ("none parallel · k=1", "reasoningbank parallel · k=1", "pass_at_1"),
        ("none parallel · k=1", "none parallel · k=5", "best_of_k"),
        ("reasoningbank parallel · k=1", "reasoningbank parallel · k=5", "best_of_k"),
    }
    assert wanted <= {(c["a"], c["b"], c["metric"]) for c in data["comparisons"]}
    assert len(data["pictures"]) == 2
    for picture in map(Path, data["pictures"]):
        assert picture.parent == tmp_path
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size > 20_000
        assert run("curves", path, "--recipe", picture, "--json").json["notes"] == []
    before = rows(path, "run", "outcome", "event", "sweep")
    again = run(*command)
    assert again.json == {**data, "resumed": True}
    assert rows(path, "run", "outcome", "event", "sweep") == before
    text = run(*command[:-1]).out
    assert "paired difference" in text
    assert "simulated" in text


def test_an_embedder_without_meaning_is_refused(run: Run, tmp_path: Path) -> None:
    ran = run("demo", "--headless", "-w", tmp_path / "a.rbank", "--embedder", "hashing", "--json")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "hashing" in ran.json["error"]
    assert list(tmp_path.iterdir()) == []


def test_what_the_demo_runs_is_declared_by_its_seed_alone() -> None:
    request = demo_request(7)
    assert request.seeds == (7, 8, 9)
    assert (request.memories, request.ks) == (("none", "reasoningbank"), (1, 3, 5))
    assert request.hash == demo_request(7).hash != demo_request(8).hash


def test_a_workspace_that_is_none_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.rbank"
    path.write_text("Dear diary", encoding="utf-8")
    ran = run("demo", "--headless", "-w", path)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
