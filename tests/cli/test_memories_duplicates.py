from pathlib import Path

import pytest

from rb_studio.jobs.operating_point import shipped
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run
from tests.jobs.test_duplicates import TEXTS


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    path = tmp_path / "ws.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        learned = [Experience(f"e-{uid}", f"t/{uid}", uid, (MemoryItem(uid, *text),)) for uid, text in TEXTS.items()]
        workspace.run(lambda db: import_items(db, bank, learned))
    return path


def test_groups_come_with_the_thresholds_and_how_well_they_were_measured(run: Run, ws: Path) -> None:
    found = run("memories", ws, "duplicates", "--json").json
    chosen = shipped().chosen
    assert found["thresholds"] == {"cosine": 0.85, "overlap": 0.45, "sure": 0.95}
    assert found["measured"]["precision"]["value"] == chosen.precision.value
    (group,) = found["groups"]
    assert group["suggested"]["id"] in group["ids"]
    assert group["weakest"]["cosine"] <= group["cosine"]
    text = run("memories", ws, "duplicates").out
    assert "of 294 labelled pairs precision 96 %" in text
    assert "might be kept" in text


def test_opposite_advice_is_pointed_out(run: Run, ws: Path) -> None:
    groups = run("memories", ws, "duplicates", "--threshold", "0.6", "--json").json["groups"]
    together = [pair for group in groups for pair in (*group["pairs"], *group["near"]) if 3 in (pair["a"], pair["b"])]
    assert together
    assert all(pair["negated"] for pair in together)
    assert "they may advise the opposite" in run("memories", ws, "duplicates", "--threshold", "0.6").out


def test_items_kept_apart_are_not_proposed_again(run: Run, ws: Path) -> None:
    run("memories", ws, "apart", "1", "2", "3")
    assert run("memories", ws, "duplicates", "--json").json["groups"] == []
    assert run("memories", ws, "apart", "--json").json["pairs"] == [[1, 2], [1, 3], [2, 3]]
    run("memories", ws, "apart", "1", "2", "--forget")
    assert [group["ids"] for group in run("memories", ws, "duplicates", "--json").json["groups"]] == [[1, 2]]
    assert run("memories", ws, "apart", "1", "2", "--forget").out.startswith("nothing to change")


def test_another_embedder_has_no_measured_operating_point(run: Run, ws: Path) -> None:
    found = run("memories", ws, "duplicates", "--embedder", "hashing", "--json").json
    assert found["measured"] is None
    assert "was not measured for hashing" in run("memories", ws, "duplicates", "--embedder", "hashing").out
