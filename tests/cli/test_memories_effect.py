"""`memories effect`, `test`, `leave-out` and `experiments`, and what `run` says it kept back."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rb_studio.cli.main import main
from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run

ESTIMATE = {
    "difference", "low", "high", "with_rate", "baseline", "shrunk", "n_with", "n_without", "tasks", "steps_difference",
    "steps_low", "steps_high", "evidence", "flagged", "retrieved", "injected", "withheld", "cited", "rollouts",
}  # fmt: skip


@pytest.fixture(scope="module")
def withheld(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A learned bank, a snapshot, two frozen runs with a hold-out, and a curation after them."""
    path = tmp_path_factory.mktemp("withheld") / "withheld.rbank"
    base = ["run", str(path), "--suite", "practice", "--limit", "10", "--embedder", "hashing"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RB_STUDIO_CONFIG_DIR", str(path.parent / "config"))
        assert main(base) == 0
        assert main(["memories", str(path), "snapshot", "fresh"]) == 0
        for seed in ("1", "2"):
            frozen = ["--bank", "reasoningbank", "--learn", "off", "--withhold", "0.4", "--seed", seed]
            assert main([*base, *frozen]) == 0
        assert main(["memories", str(path), "state", "polarity:failure", "--to", "archived"]) == 0
    return path


@pytest.fixture
def ws(withheld: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(withheld, tmp_path / "mine.rbank"))


def test_effects_stand_with_the_surest_first_and_are_not_estimable_rather_than_zero(run: Run, ws: Path) -> None:
    found = run("memories", ws, "effect", "--json").json
    effects = [item["effect"] for item in found["items"]]
    assert effects
    assert all(set(effect) == ESTIMATE for effect in effects)
    lows = [effect["low"] for effect in effects]
    known = [low for low in lows if low is not None]
    assert known == sorted(known, reverse=True)
    assert lows == [*known, *([None] * (len(lows) - len(known)))]
    assert all(effect["retrieved"] == effect["injected"] + effect["withheld"] for effect in effects)
    assert sum(effect["withheld"] for effect in effects) > 0
    assert {effect["cited"] for effect in effects} == {None}
    text = run("memories", ws, "effect", "--limit", "1").out
    assert "90 %" in text
    assert f"{len(effects)} items, the first 1 shown" in text


def test_list_show_and_search_tell_the_effect_too_and_queries_may_ask_for_it(run: Run, ws: Path) -> None:
    shown = run("memories", ws, "effect", "--json").json["items"][0]
    listed = {item["id"]: item["effect"] for item in run("memories", ws, "list", "--json").json["items"]}
    assert listed.get(shown["id"], shown["effect"]) == shown["effect"]
    assert None in listed.values()
    assert run("memories", ws, "show", shown["id"], "--json").json["items"] == [shown]
    assert "retrieved" in run("memories", ws, "show", shown["id"]).out
    wanted = run("memories", ws, "list", "injected:>1", "--json").json["items"]
    assert wanted
    assert all(item["effect"]["injected"] > 1 for item in wanted)
    assert run("memories", ws, "effect", shown["id"], "--json").json["items"] == [shown]


def test_the_cost_is_told_before_and_a_dry_run_only_tells_it(run: Run, ws: Path) -> None:
    before = ws.read_bytes()
    dry = run("memories", ws, "test", "fresh", "--limit", "3", "--seeds", "0:2", "--dry-run", "--json")
    assert dry.json["cost"]["rollouts"] == 12
    assert dry.json["cost"]["known"] == 30
    assert ws.read_bytes() == before
    ran = run("memories", ws, "test", "fresh", "--limit", "3", "--embedder", "hashing")
    assert "6 rollouts to run over 3 tasks. Estimate: " in ran.err


def test_a_curation_is_tested_from_a_snapshot_and_the_result_can_be_read_again(run: Run, ws: Path) -> None:
    made = run(
        "memories", ws, "test", "fresh", "now", "--limit", "6", "--seeds", "0:2", "--embedder", "hashing", "--json"
    )
    assert made.code == 0, made.err
    found = made.json
    assert (found["kind"], found["status"], found["n"], found["missing"]) == ("curation", "finished", 6, 0)
    assert found["before"] < found["after"]
    assert {one["metric"] for one in found["comparisons"]} >= {"pass_at_1", "steps", "tokens"}
    assert {key: value for key, value in found.items() if key != "cost"} == run(
        "memories", ws, "experiments", found["experiment"], "--json"
    ).json
    listed = run("memories", ws, "experiments", "--json").json["experiments"]
    assert [one["experiment"] for one in listed] == [found["experiment"]]
    assert "flipped" in run("memories", ws, "experiments").out
    assert "came out otherwise" in run("memories", ws, "experiments", found["experiment"]).out


def test_an_item_is_left_out_at_the_tasks_it_was_retrieved_at(run: Run, ws: Path) -> None:
    item = run("memories", ws, "effect", "state:active", "--json").json["items"][0]
    made = run("memories", ws, "leave-out", item["id"], "--embedder", "hashing", "--json")
    assert made.code == 0, made.err
    assert made.json["without"] == [item["uid"]]
    assert made.json["cost"]["tasks"] == made.json["n"] <= item["effect"]["retrieved"]
    assert run("memories", ws, "show", item["id"], "--json").json["items"][0]["effect"]["evidence"] in (
        "left out",
        "none",
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["test", "fresh", "fresh"], "nothing to test"),
        (["test", "never"], "never"),
        (["test", "a", "b", "c"], "compares two"),
        (["leave-out", "999"], "999"),
        (["experiments", "7"], "no experiment 7"),
        (["experiments", "x"], "no number of an experiment"),
    ],
)
def test_what_cannot_be_tested_is_told_in_a_sentence(run: Run, ws: Path, arguments: list[str], words: str) -> None:
    ran = run("memories", ws, *arguments)
    assert ran.code == 2
    assert words in ran.err


def test_an_item_that_was_never_retrieved_needs_to_be_told_where(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.rbank"
    run("memories", path, "add", "--title", "A", "--content", "About A.")
    ran = run("memories", path, "leave-out", "1")
    assert ran.code == 2
    assert "--suite" in ran.err
    assert "no item of bank" in run("memories", path, "effect").out


def test_a_run_says_what_it_kept_back(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "kept.rbank"
    base = ["run", path, "--suite", "practice", "--limit", "6", "--embedder", "hashing", "--bank", "empty"]
    ran = run(*base, "--withhold", "0.5", "--review", "all", "--json")
    assert (ran.json["withhold"], ran.json["review"], ran.json["candidates"]) == (0.5, "all", ran.json["items"])
    text = run(*base, "--review", "all").out
    assert "without the lessons of its own tasks" in text
    plain = run(*base, "--json").json
    assert (plain["withhold"], plain["review"], plain["candidates"]) == (0.0, "off", 0)
    for wrong in (["--withhold", "1"], ["--review", "some"]):
        assert run(*base, *wrong).code == 2


def _lines(path: Path) -> str:
    with Workspace.open(path, write=False) as workspace:
        return canonical_jsonl(workspace.reader())


def _outcomes(path: Path) -> int:
    conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(conn.execute("SELECT count(*) FROM outcome").fetchone()[0])
    finally:
        conn.close()


def test_killed_in_the_middle_it_goes_on_to_the_same_result(run: Run, ws: Path, tmp_path: Path) -> None:
    whole = Path(shutil.copy(ws, tmp_path / "whole.rbank"))
    command = ["test", "fresh", "--seeds", "0:3", "--limit", "20", "--embedder", "hashing"]
    started = _outcomes(ws)
    process = subprocess.Popen(
        [sys.executable, "-m", "rb_studio.cli", "memories", str(ws), *command],
        stderr=subprocess.DEVNULL,
        env=os.environ,
    )
    deadline = time.monotonic() + 60
    while _outcomes(ws) < started + 50 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    killed = _outcomes(ws)
    assert started < killed
    again = run("memories", ws, *command, "--json")
    assert again.code == 0, again.err
    assert again.json["cost"]["done"] > 0
    straight = run("memories", whole, *command, "--json").json
    assert again.json["effect"] == straight["effect"]
    assert again.json["missing"] == 0
    assert _lines(ws) == _lines(whole)
    assert len(again.json["runs"]["before"]) == len(again.json["runs"]["after"]) == 3
