import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models import minilm
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.records.task import Suite, SuiteContent, Task
from rb_studio.store import banks, suites
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run

TASKS = {
    "largest order": "Which order of last month was the largest?",
    "change address": "Change the shipping address of the account",
    "count reviews": "How many reviews does the kettle have?",
}
NEVER_NEEDED = ("sqlite_utils", "openai", "scipy", "pydantic", "torch", "sentence_transformers", "PySide6", "pyqtgraph")


def _experience(name: str, text: str, **item: Any) -> Experience:
    lesson = MemoryItem(f"item {name}", f"About {name}", "When it fits", f"Advice on {name}.", **item)
    return Experience(f"experience {name}", f"suite/{name}", text, (lesson,), template=f"template {name}")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("retrieve") / "ws.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        own = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        other = workspace.run(lambda db: banks.create_bank(db, "other", "reasoningbank"))
        first, *rest = (_experience(name, text) for name, text in TASKS.items())
        archived = _experience("archived", TASKS["largest order"], state=ItemState.ARCHIVED)
        workspace.run(lambda db: import_items(db, own, [first]))
        workspace.run(lambda db: banks.take_snapshot(db, own, "first only"))
        workspace.run(lambda db: import_items(db, own, [*rest, archived]))
        workspace.run(lambda db: import_items(db, other, [_experience("elsewhere", "Find the biggest order")]))
    return path


def test_the_nearest_experience_is_injected_and_the_rest_are_near_misses(run: Run, ws: Path) -> None:
    found = run("retrieve", ws, "What was the biggest order in May?", "--json").json
    (hit,) = found["experiences"]
    assert (hit["rank"], hit["task"]) == (1, TASKS["largest order"])
    assert isinstance(hit["id"], int)
    item = run("memories", ws, "show", hit["items"][0], "--json").json["items"][0]
    assert item["title"] == "About largest order"
    assert {miss["task"] for miss in found["near_misses"]} == set(TASKS.values()) - {TASKS["largest order"]}
    assert {miss["reason"] for miss in found["near_misses"]} == {"below the top 1"}
    assert all(miss["score"] <= hit["score"] for miss in found["near_misses"])
    assert found["bank"] == "reasoningbank"
    assert found["embedder"] == minilm.MiniLmEmbedder.identity


def test_the_block_is_what_a_run_would_inject(run: Run, ws: Path) -> None:
    asked = "What was the biggest order in May?"
    found = run("retrieve", ws, asked, "-n", "2", "--json").json
    embedder = minilm.shared()
    with Workspace.open(ws, write=True) as workspace:
        value = banks.bank_value(workspace.reader(), 1, embedder=embedder.identity)
        texts = [experience.task_text for experience in banks.missing_vectors(value)]
        vectors = dict(zip(texts, embedder.embed(texts), strict=True))
        workspace.run(lambda db: banks.save_vectors(db, embedder.identity, vectors))
        value = banks.bank_value(workspace.reader(), 1, embedder=embedder.identity)
    expected = retrieve(value, Task("new/1", "new", 1, asked), embedder, PromptSet.with_overrides(), n=2)
    assert found["block"] == expected.block
    assert [hit["score"] for hit in found["experiences"]] == [hit.score for hit in expected.hits]
    assert "Advice on largest order." in found["block"]


def test_a_prompt_of_the_workspace_shapes_the_block(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "own.rbank"
    run("memories", path, "add", "--title", "T", "--content", "C")
    run("prompts", path, "edit", "inject", "--text", "MY OWN WORDS\n{{items}}")
    assert run("retrieve", path, "x", "--json").json["block"].startswith("MY OWN WORDS\n# Memory Item 1")


def test_nothing_is_injected_at_n_zero(run: Run, ws: Path) -> None:
    found = run("retrieve", ws, "orders", "-n", "0", "--json").json
    assert (found["experiences"], found["block"]) == ([], "")
    assert "nothing to inject" in run("retrieve", ws, "orders", "-n", "0").out


def test_a_snapshot_and_another_bank_can_be_asked(run: Run, ws: Path) -> None:
    early = run("retrieve", ws, "How many reviews are there?", "--bank", "reasoningbank@first only", "--json").json
    assert [hit["task"] for hit in early["experiences"]] == [TASKS["largest order"]]
    assert early["near_misses"] == []
    other = run("retrieve", ws, "How many reviews are there?", "--bank", "other", "--json").json
    assert [hit["task"] for hit in other["experiences"]] == ["Find the biggest order"]


def test_a_template_can_be_left_out(run: Run, ws: Path) -> None:
    found = run("retrieve", ws, TASKS["largest order"], "--exclude-template", "template largest order", "--json").json
    assert found["experiences"][0]["task"] != TASKS["largest order"]
    assert "same template" in {miss["reason"] for miss in found["near_misses"]}


def test_the_very_task_of_an_experience_is_not_told_its_own_lesson(run: Run, ws: Path) -> None:
    found = run("retrieve", ws, TASKS["largest order"].upper(), "--json").json
    assert TASKS["largest order"] not in {one["task"] for one in found["experiences"]}
    assert "same task text" in {miss["reason"] for miss in found["near_misses"]}


def test_the_hashing_embedder_says_that_it_knows_no_meaning(run: Run, ws: Path) -> None:
    asked = " ".join(reversed(TASKS["largest order"].split()))
    found = run("retrieve", ws, asked, "--embedder", "hashing", "--json").json
    assert found["experiences"][0]["task"] == TASKS["largest order"]
    assert "not meaning" in found["notes"][0]


def test_reading_needs_no_lock_and_changes_nothing(run: Run, ws: Path) -> None:
    with Workspace.open(ws, write=True) as workspace:
        before = workspace.reader().execute("SELECT count(*) FROM vector").fetchone()[0]
        assert run("retrieve", ws, "orders", "--embedder", "hashing", "--json").code == 0
        assert workspace.reader().execute("SELECT count(*) FROM vector").fetchone()[0] == before


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Memories of two suites and two sites, with the suite one of them is of."""
    path = tmp_path_factory.mktemp("sites") / "ws.rbank"
    tasks = [Task(f"suite/{n}", "suite", n, text, "shop", f"kind {n}") for n, text in enumerate(TASKS.values(), 1)]
    learned = [
        replace(_experience(task.template or "", task.text), task_key=task.key, template=task.template, site=task.site)
        for task in tasks
    ]
    learned[1] = replace(learned[1], site="forum")
    learned += [replace(_experience("far", "The biggest order of all?"), task_key="elsewhere/1", site="shop")]
    with Workspace.open(path, write=True, create=True) as workspace:
        own = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        workspace.run(lambda db: import_items(db, own, learned))
        content = SuiteContent(Suite("suite", "answer", "exact"), tuple(tasks), ())
        workspace.run(lambda db: suites.save_suite(db, content))
    return path


def _asked(run: Run, path: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Tasks injected, and why the others are not."""
    found = run("retrieve", path, *arguments, "--json").json
    return [one["task"] for one in found["experiences"]], {m["task_key"]: m["reason"] for m in found["near_misses"]}


def test_a_stored_task_is_asked_for_by_its_key_and_never_shown_its_own_lesson(run: Run, sites: Path) -> None:
    injected, left = _asked(run, sites, "--task", "suite/1")
    assert injected == ["The biggest order of all?"]
    assert left["suite/1"] == "same task"


def test_a_scope_goes_by_the_suite_or_site_of_the_task(run: Run, sites: Path) -> None:
    injected, left = _asked(run, sites, "--task", "suite/1", "--scope", "suite", "-n", "9")
    assert sorted(injected) == sorted(list(TASKS.values())[1:])
    assert left == {"suite/1": "same task", "elsewhere/1": "another suite"}
    injected, left = _asked(run, sites, "biggest order", "--scope", "site", "--site", "forum", "-n", "9")
    assert injected == [TASKS["change address"]]
    assert set(left.values()) == {"another site"}


def test_items_are_hits_of_their_own_and_can_be_capped(run: Run, sites: Path) -> None:
    found = run("retrieve", sites, "Advice on far", "--retrieve-unit", "item", "-n", "2", "--json").json
    assert found["unit"] == "item"
    assert [len(one["items"]) for one in found["experiences"]] == [1, 1]
    assert found["experiences"][0]["task_key"] == "elsewhere/1"
    capped = run("retrieve", sites, "Advice on far", "-n", "3", "--most-items", "1", "--json").json
    assert len(capped["experiences"]) == 1


def test_what_a_split_holds_out_was_not_learned(run: Run, sites: Path) -> None:
    found = run("retrieve", sites, "biggest order", "--suite", "suite", "--split", "0.4:1", "-n", "9", "--json").json
    (held_out,) = found["held_out"]
    shown = {one["task_key"] for one in found["experiences"]}
    assert shown == {"suite/1", "suite/2", "suite/3", "elsewhere/1"} - {held_out.replace("kind ", "suite/")}


def test_a_bank_embedded_by_another_model_is_embedded_anew_and_it_is_said(run: Run, sites: Path) -> None:
    with Workspace.open(sites, write=True) as workspace:
        texts = list(TASKS.values())
        rows = HashingEmbedder().embed(texts)
        workspace.run(lambda db: banks.save_vectors(db, "other:384", dict(zip(texts, rows, strict=True))))
    notes = run("retrieve", sites, "biggest order", "--json").json["notes"]
    assert notes == [
        f"bank reasoningbank was embedded with other:384; its texts were embedded anew with "
        f"{minilm.MiniLmEmbedder.identity}, because scores of two models cannot be compared"
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--task", "suite/1"], "one of them"),
        (["--task", "suite/1"], "there is no task suite/1"),
        (["x", "--scope", "suite"], "give --suite S"),
        (["x", "--scope", "site"], "give --site S"),
        (["x", "--split", "0.5"], "--split needs to know the task's suite"),
        (["x", "--suite", "suite", "--split", "2"], "split '2' is unknown"),
        (["x", "--suite", "nowhere", "--split", "0.5"], "nowhere"),
        (["  "], "empty"),
        (["x", "-n", "11"], "out of range"),
        (["x", "--bank", "nobody"], "reasoningbank"),
        (["x", "--bank", "reasoningbank@never"], "first only"),
        ([], "TASK"),
    ],
)
def test_wrong_usage_is_a_sentence(run: Run, ws: Path, arguments: list[str], said: str) -> None:
    refused = run("retrieve", ws, *arguments)
    assert refused.code == 2
    assert said in refused.err


def test_a_workspace_must_exist_and_hold_a_bank(run: Run, tmp_path: Path) -> None:
    assert run("retrieve", tmp_path / "no.rbank", "x").code == 2
    assert not (tmp_path / "no.rbank").exists()
    Workspace.open(tmp_path / "bare.rbank", write=True, create=True).close()
    bare = run("retrieve", tmp_path / "bare.rbank", "x")
    assert bare.code == 2
    assert "no memory bank yet" in bare.err


def test_a_cold_start_loads_nothing_slow(ws: Path) -> None:
    program = (
        "import sys, json; from rb_studio.cli.main import main; code = main(sys.argv[1:]);"
        f"print(json.dumps([code, sorted(set({NEVER_NEEDED!r}) & set(sys.modules))]))"
    )
    command = [sys.executable, "-c", program, "retrieve", str(ws), "the biggest order", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    answer, loaded = map(json.loads, ran.stdout.splitlines())
    assert loaded == [0, []]
    assert answer["experiences"][0]["task"] == TASKS["largest order"]


def test_two_settings_are_put_side_by_side(run: Run, ws: Path) -> None:
    asked = "What was the biggest order in May?"
    found = run("retrieve", ws, asked, "--against", "n=2", "--against", "bank=reasoningbank", "--json").json
    other = found["against"]
    assert (found["n"], other["n"]) == (1, 2)
    assert other["block"] == run("retrieve", ws, asked, "-n", "2", "--json").json["block"]
    assert len(other["difference"]["only_second"]) == 1
    assert other["difference"]["more_tokens"] == other["tokens"] - found["tokens"] > 0
    assert "only the second 1" in run("retrieve", ws, asked, "--against", "n=2").out


def test_two_snapshots_and_banks_are_put_side_by_side(run: Run, ws: Path) -> None:
    asked = "Change the address"
    found = run("retrieve", ws, asked, "--against", "bank=reasoningbank@first only", "--json").json
    assert found["experiences"][0]["task"] == TASKS["change address"]
    assert found["against"]["experiences"][0]["task"] == TASKS["largest order"]
    assert not found["against"]["difference"]["same_block"]


def test_an_item_left_out_is_ranked_and_not_injected(run: Run, ws: Path) -> None:
    asked = "What was the biggest order in May?"
    (hit,) = run("retrieve", ws, asked, "--json").json["experiences"]
    found = run("retrieve", ws, asked, "--without", hit["items"][0], "--json").json
    assert found["parts"][0]["reason"] == "left out"
    assert found["experiences"][0]["id"] != hit["id"]
    assert found["line"] == found["experiences"][0]["score"]


@pytest.mark.parametrize("wrong", ["n", "colour=red", "n=many", "unit=page", "bank=nowhere"])
def test_an_unknown_other_side_is_refused_with_a_sentence(run: Run, ws: Path, wrong: str) -> None:
    found = run("retrieve", ws, "orders", "--against", wrong)
    assert found.code == 2
