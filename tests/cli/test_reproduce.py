"""`rb-studio reproduce` and `rb-studio export WS card`: from a sweep to a card to the same sweep."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

SHORT = ("--suite", "practice", "--limit", 3, "--embedder", "hashing", "--workers", 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A workspace with a small sweep, and its card."""
    from rb_studio.cli.main import main

    folder = tmp_path_factory.mktemp("made")
    workspace, card = folder / "mine.rbank", folder / "card.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RB_STUDIO_CONFIG_DIR", str(folder / "config"))
        assert main(["sweep", str(workspace), *map(str, SHORT), "--k", "1,2"]) == 0
        assert main(["export", str(workspace), "card", "--sweep", "1", "-o", str(card)]) == 0
    return workspace, card


def test_a_card_is_reproduced_without_a_key_and_exported_again(
    run: Run, made: tuple[Path, Path], tmp_path: Path
) -> None:
    again = tmp_path / "again.json"
    ran = run("reproduce", made[1], "--workers", 1, "--export", again, "--json")
    assert (ran.code, ran.json["simulated"], ran.json["workspace"]) == (0, True, None)
    assert (ran.json["identical"], ran.json["differs"], ran.json["not_comparable"]) == (4, 0, 0)
    assert {arm["status"] for arm in ran.json["arms"]} == {"identical"}
    assert all(arm["there"] == arm["here"] for arm in ran.json["arms"])
    assert json.loads(again.read_text())["hash"] == json.loads(made[1].read_text())["hash"] == ran.json["hash"]


def test_a_rerun_is_kept_where_asked_and_told_as_a_table(run: Run, made: tuple[Path, Path], tmp_path: Path) -> None:
    kept = tmp_path / "kept.rbank"
    ran = run("reproduce", made[1], "-w", kept, "--workers", 1)
    assert ran.code == 0
    assert ran.out.startswith("4 arms run again (simulated): 4 identical")
    assert run("curves", kept, "--sweep", 1, "--json").json["simulated"]


def test_what_is_not_the_same_ends_with_1_and_a_sentence(run: Run, made: tuple[Path, Path], tmp_path: Path) -> None:
    card = json.loads(made[1].read_text())
    card["arms"][0]["canonical"] = "0" * 64
    card["arms"][1]["config"]["suite_hash"] = "0" * 64
    path = tmp_path / "other.json"
    path.write_text(json.dumps(card))
    ran = run("reproduce", path, "--workers", 1, "--json")
    assert (ran.code, ran.json["identical"], ran.json["differs"], ran.json["not_comparable"]) == (1, 2, 1, 1)
    assert ran.err.splitlines()[-1].startswith("rb-studio: not reproduced: 1 of 4 arms differ and 1 cannot be compared")


def test_wrong_usage_is_one_sentence(run: Run, made: tuple[Path, Path], tmp_path: Path) -> None:
    workspace, card = made
    older = tmp_path / "older.json"
    older.write_text('{"rb_studio": "experiment card", "version": 0}')
    for arguments in (
        ("reproduce", tmp_path / "absent.json"),
        ("reproduce", older),
        ("reproduce", workspace),
        ("reproduce", card, "--export", tmp_path),
        ("reproduce", card, "--export", card),
        ("export", workspace, "card", "--sweep", 9, "-o", tmp_path / "x.json"),
        ("export", workspace, "card", "--run", 99, "-o", tmp_path / "x.json"),
        ("export", workspace, "verdicts", "--sweep", 1, "-o", tmp_path / "x.csv"),
        ("export", workspace, "card", "--sweep", 1, "--run", 1, "-o", tmp_path / "x.json"),
    ):
        ran = run(*arguments, "--json")
        assert (ran.code, ran.err.count("\n")) == (2, 1), arguments
        assert ran.json["error"] in ran.err
    assert not (tmp_path / "x.json").exists()
