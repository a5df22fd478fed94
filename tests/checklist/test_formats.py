"""The official files both ways, whatever is in them (checklist 1, 16, 17, 24; D8, D9)."""

import gzip
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.interchange.load import load_path
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.interchange.reasoningbank_out import write_bank
from rb_studio.interchange.tasks import load as load_suite
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.item_text import render_items
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.records.trajectory import ExitReason
from rb_studio.store import banks, rollouts
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run, own_settings, run
from tests.interchange.conftest import write
from tests.interchange.files import Write, load_one
from tests.interchange.importing import imported
from tests.interchange.official import (
    CACHE,
    COMPARED,
    FAILED,
    SCALING,
    SCALING_LINE,
    SWE,
    SWE_LINE,
    TWO,
    WEB,
    WEB_LINE,
    cache,
    checked,
    injected,
    jsonl,
    lines_of,
    vector,
)

__all__ = ["own_settings", "run", "write"]


def learned(file: LoadedFile) -> list[tuple[Any, ...]]:
    """All that a bank's line says, without the names that follow from where the file lies."""
    return [
        (
            one.task_key,
            one.task_text,
            one.label,
            one.kind,
            one.raw,
            one.template,
            [(item.title, item.description, item.content, item.polarity, item.mode) for item in one.items],
        )
        for one in file.experiences
    ]


def acted(file: LoadedFile) -> list[list[tuple[str, str]]]:
    return [[(step.thought, step.action_text) for step in one.steps] for one in file.trajectories]


def exported(run: Run, ws: Path, target: Path, form: str = "official", *more: str) -> Path:
    ran = run("export", ws, "memories", "--format", form, "-o", target, *more, "--json")
    assert ran.code == 0, ran.err
    return target


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    return tmp_path / "official.rbank"


def test_point_1_the_task_list_of_the_paper_in_ascending_order(webarena_file: Path) -> None:
    content = load_suite(webarena_file)
    by_name = {subset.name: subset.ordinals for subset in content.subsets}
    sizes = {"shopping": 187, "shopping_admin": 182, "gitlab": 180, "reddit": 106, "multi": 29}
    assert {name: len(by_name[f"webarena/{name}"]) for name in sizes} == sizes
    paper = by_name["webarena/paper"]
    assert len(paper) == sum(sizes.values()) == 684
    assert list(paper) == sorted(paper)
    assert set(paper) == {ordinal for name in sizes for ordinal in by_name[f"webarena/{name}"]}


def test_point_24_a_web_bank_comes_back_as_it_was(run: Run, ws: Path, write: Write, tmp_path: Path) -> None:
    given = write("memories_reasoningbank/shopping.jsonl", jsonl(WEB_LINE, FAILED))
    imported(run, ws, given)
    back = exported(run, ws, tmp_path / "out" / "shopping.jsonl")
    lines = [checked(line, WEB) for line in lines_of(back)]
    assert lines == [WEB_LINE, FAILED]
    assert injected(lines, "21") == TWO + "\n"
    first, second = load_one(given), load_one(back)
    assert learned(second) == learned(first)
    assert acted(second) == acted(first)
    assert [len(one.items) for one in second.experiences] == [2, 2]


def test_point_24_a_scaling_bank_comes_back_as_it_was(run: Run, ws: Path, write: Write, tmp_path: Path) -> None:
    given = write("memories_scaling/gitlab.jsonl", jsonl(SCALING_LINE))
    imported(run, ws, given)
    string = exported(run, ws, tmp_path / "gitlab.jsonl", "official-scaling")
    assert [checked(line, SCALING) for line in lines_of(string)] == [SCALING_LINE]
    # The official agent goes through memory_items entry by entry: only a list gives it texts and not letters.
    listed = exported(run, ws, tmp_path / "list" / "gitlab.jsonl")
    assert injected([checked(line, COMPARED) for line in lines_of(listed)], "23") == TWO + "\n"
    assert learned(load_one(string)) == learned(load_one(listed)) == learned(load_one(given))
    assert load_one(given).experiences[0].kind == "contrast"


def test_point_24_a_swe_bank_comes_back_as_it_was(run: Run, ws: Path, write: Write, tmp_path: Path) -> None:
    given = write("memory/gemini-2.5-flash.jsonl", jsonl(SWE_LINE))
    imported(run, ws, given)
    back = exported(run, ws, tmp_path / "m.jsonl")
    assert [checked(line, SWE) for line in lines_of(back)] == [SWE_LINE]
    assert learned(load_one(back)) == learned(load_one(given))
    assert load_one(back).experiences[0].task_key == "swe-bench/a__b-1"


@pytest.mark.parametrize("mode", ["awm", "synapse"])
def test_point_24_workflows_and_trajectories_keep_their_text(
    run: Run, ws: Path, write: Write, tmp_path: Path, mode: str
) -> None:
    text = "Workflow 1: find\n\n<think>x</think>\n<action>click('1')</action>"
    given = write(f"memories_{mode}/reddit.jsonl", jsonl({**WEB_LINE, "memory_items": text.split("\n\n")}))
    assert imported(run, ws, given)[0]["bank"] == f"imported {mode}"
    back = exported(run, ws, tmp_path / f"memories_{mode}_out" / "reddit.jsonl")
    assert injected([checked(line, WEB) for line in lines_of(back)], "21") == text + "\n"
    assert learned(load_one(back)) == learned(load_one(given))


def test_d9_an_edited_item_is_written_as_it_is_now_and_items_out_of_use_are_not(
    run: Run, ws: Path, write: Write, tmp_path: Path
) -> None:
    imported(run, ws, write("memories_x/shopping.jsonl", jsonl(WEB_LINE)))
    items = run("memories", ws, "list", "--json").json["items"]
    ids = {item["title"]: str(item["id"]) for item in items}
    assert run("memories", ws, "edit", ids["Sort"], "--content", "Sort, then filter.").code == 0
    assert run("memories", ws, "state", ids["Check"], "--to", "excluded").code == 0
    (line,) = lines_of(exported(run, ws, tmp_path / "b.jsonl"))
    assert "\n\n".join(checked(line, WEB)["memory_items"]) == (
        "# Memory Item 1\n## Title Sort\n## Description For extremes.\n## Content Sort, then filter."
    )
    both = exported(run, ws, tmp_path / "both.jsonl", "official", "--state", "active,excluded")
    assert [item.title for item in load_one(both).experiences[0].items] == ["Sort", "Check"]


def test_tasks_of_other_suites_keep_their_names_and_types(tmp_path: Path) -> None:
    item = MemoryItem("i", "T", "D", "C")
    bank = [
        Experience("e1", "practice/17", "Find it", (item,), template="find.cheapest", label="success"),
        Experience("e2", "imported/own", "Do it", (item,), label="failure+success"),
        Experience("e3", "practice/18", "Nothing", ()),
    ]
    target = tmp_path / "own.jsonl"
    assert write_bank(bank, lambda _: None, target) == 2
    first, second = lines_of(target)
    assert checked(first, WEB)["task_id"] == "practice/17"
    assert first["template_id"] >= 1_000_000
    assert checked(second, COMPARED)["task_id"] == "own"
    again = load_one(target)
    assert [one.task_key for one in again.experiences] == ["imported/practice/17", "imported/own"]
    write_bank(again.experiences, lambda _: None, tmp_path / "twice.jsonl")
    assert learned(load_one(tmp_path / "twice.jsonl")) == learned(again)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)


@given(texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4), reply=TEXTS)
@settings(max_examples=60)
def test_point_24_what_was_read_once_is_the_same_however_often_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, str]], reply: str
) -> None:
    folder = tmp_path_factory.mktemp("trips")
    wild = [MemoryItem(str(place), *one) for place, one in enumerate(texts)]
    text = reply + "\n\n" + render_items(wild)
    (folder / "a.jsonl").write_text(jsonl({**WEB_LINE, "memory_items": text.split("\n\n")}), "utf-8")
    first = load_one(folder / "a.jsonl")
    without_raw = [replace(one, raw="") for one in first.experiences]
    for place, bank in enumerate((first.experiences, without_raw)):
        target = folder / f"b{place}.jsonl"
        if not write_bank(bank, lambda _: None, target):
            continue
        read = [[(i.title, i.description, i.content) for i in one.items] for one in load_one(target).experiences]
        assert read == [[(i.title, i.description, i.content) for i in one.items] for one in bank]


def test_point_24_an_embedding_cache_comes_back_under_the_model_that_made_it(
    run: Run, ws: Path, write: Write, tmp_path: Path
) -> None:
    rows = [("21", WEB_LINE["query"], vector(3072, 1)), ("22", FAILED["query"], vector(3072, 2))]
    write("m/shopping.jsonl", jsonl(WEB_LINE, FAILED))
    given = write("m/shopping_embeddings.jsonl", cache(*rows, rows[0], ("99", "never learned", vector(3072, 3))))
    _, entry = sorted(imported(run, ws, tmp_path / "m"), key=lambda one: one["format"])
    assert (entry["format"], entry["vectors"]) == ("reasoningbank-embeddings", 3)
    assert "does not say which model made its vectors" in entry["guessed"][0]
    back = exported(run, ws, tmp_path / "out_embeddings.jsonl", "official-embeddings")
    lines = [checked(line, CACHE) for line in lines_of(back)]
    assert [(line["id"], line["text"]) for line in lines] == [row[:2] for row in rows]
    for line, row in zip(lines, rows, strict=True):
        unit = np.asarray(row[2]) / np.linalg.norm(row[2])
        assert np.allclose(line["embedding"], unit, atol=1e-6)
    (first,), (second,) = (load_one(path).text_vectors.values() for path in (given, back))
    assert all(np.allclose(second[text], first[text], atol=1e-7) for text in second)


def embedded_here(ws: Path) -> None:
    """The bank's task with a vector of a model of ours."""
    made = HashingEmbedder().embed([WEB_LINE["query"]])[0]
    with Workspace.open(ws, write=True) as workspace:
        workspace.run(lambda db: banks.save_vectors(db, HashingEmbedder().identity, {WEB_LINE["query"]: made}))


def test_d8_imported_vectors_never_meet_those_of_another_model(
    run: Run, ws: Path, write: Write, tmp_path: Path
) -> None:
    bank = write("m/shopping.jsonl", jsonl(WEB_LINE))
    imported(run, ws, bank, write("m/shopping_embeddings.jsonl", cache(("21", WEB_LINE["query"], vector(384)))))
    embedded_here(ws)
    found = run("retrieve", ws, "Which colour is cheapest?", "--embedder", "hashing", "--json").json["experiences"]
    assert [one["score"] > 0.5 for one in found] == [True]
    with Workspace.open(ws, write=False) as workspace:
        conn = workspace.reader()
        (row,) = banks.banks(conn)
        known = banks.embedders(conn, row.id)
        assert len(known) == 2
        assert known[0] == "hashing:384:text"
        assert known[1].startswith("unknown model of m/shopping_embeddings:384")
        for name in known:
            assert len(banks.bank_value(conn, row.id, embedder=name).vectors) == 1
    unsaid = run("export", ws, "memories", "--format", "official-embeddings", "-o", tmp_path / "e.jsonl")
    assert unsaid.code == 2
    assert "several models" in unsaid.err
    named = exported(run, ws, tmp_path / "e.jsonl", "official-embeddings", "--embedder", "hashing")
    assert len(lines_of(named)[0]["embedding"]) == 384


def test_d8_a_named_model_is_taken_at_its_word_unless_its_own_vectors_say_otherwise(
    run: Run, ws: Path, write: Write
) -> None:
    bank = write("m/shopping.jsonl", jsonl(WEB_LINE))
    imported(run, ws, bank)
    embedded_here(ws)
    named = ("--embedder", "hashing")
    foreign = write("a_embeddings.jsonl", cache(("21", WEB_LINE["query"], vector(384))))
    (entry,) = imported(run, ws, foreign, options=named)
    assert "another model made the file" in " ".join(entry["warnings"])
    wrong = write("b_embeddings.jsonl", cache(("21", "another text", vector(383))))
    (entry,) = imported(run, ws, wrong, options=named)
    assert "embed everything with one model" in " ".join(entry["warnings"])
    right = [float(number) for number in 2 * HashingEmbedder().embed(["another text"])[0]]
    (entry,) = imported(run, ws, write("c_embeddings.jsonl", cache(("21", "another text", right))), options=named)
    assert (entry["guessed"], entry["vectors"]) == ([], 1)
    assert entry["warnings"] == ["vectors by hashing:384:text: 1; only that model's searches use them"]
    with Workspace.open(ws, write=False) as workspace:
        assert banks.embedders(workspace.reader(), 1) == ["hashing:384:text"]


def test_d8_vectors_of_several_lengths_in_one_cache_are_kept_apart(write: Write) -> None:
    rows = [("1", "a", vector(3072)), ("2", "b", vector(4096)), ("3", "c", vector(3072, 1))]
    loaded = load_one(write("m/x_embeddings.jsonl", cache(*rows)))
    unknown = "unknown model of m/x_embeddings"
    assert {name: list(found) for name, found in loaded.text_vectors.items()} == {
        f"{unknown}:3072:official cache": ["a", "c"],
        f"{unknown}:4096:official cache": ["b"],
    }
    assert loaded.warnings == ("line 2 has 4,096 numbers, unlike the lines before: kept as another model's",)


def test_d8_caches_of_vectors_of_one_length_are_not_taken_for_one_models(
    run: Run, ws: Path, write: Write, tmp_path: Path
) -> None:
    text = WEB_LINE["query"]
    write("m/shopping.jsonl", jsonl(WEB_LINE))
    for place in (1, 2):
        write(f"m/by_{place}_embeddings.jsonl", cache(("21", text, vector(3072, place))))
    imported(run, ws, tmp_path / "m")
    with Workspace.open(ws, write=False) as workspace:
        known = banks.embedders(workspace.reader(), 1)
    assert known == [f"unknown model of m/by_{place}_embeddings:3072:official cache" for place in (1, 2)]
    assert run("export", ws, "memories", "--format", "official-embeddings", "-o", tmp_path / "e.jsonl").code == 2


class Trap:
    """Pickled, it would make a folder where it is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("name", ["shopping.jsonl", "step_0.pkl", "x_autoeval.json"])
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_point_24_a_malicious_pickle_is_refused_whatever_its_name(
    run: Run, ws: Path, write: Write, tmp_path: Path, name: str, protocol: int
) -> None:
    sprung = tmp_path / "sprung"
    raw = pickle.dumps(Trap(sprung), protocol=protocol)
    for payload in (raw, gzip.compress(raw)):
        ran = run("import", ws, write(name, payload), "--json")
        assert ran.code == 2
        (entry,) = ran.json["files"]
        assert entry["format"] == "python-pickle"
        assert "opening one runs whatever code" in entry["warnings"][0]
        assert "pickle" in ran.err
    assert not sprung.exists()
    assert not ws.exists()


def test_point_24_the_sample_run_has_22_messages_10_calls_and_was_submitted(samples: Path) -> None:
    path = samples / "mini-swe-agent" / "v1" / "test_output.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert len(document["messages"]) == 22
    (loaded,) = load_path(path)
    (trajectory,) = loaded.trajectories
    assert len(trajectory.steps) == document["info"]["model_stats"]["api_calls"] == 10
    assert (trajectory.exit_reason, trajectory.exit_detail) == (ExitReason.IMPORTED, "Submitted")


def software_run(instance: str) -> dict[str, Any]:
    """A run as the skeleton has it: thoughts with a block of shell, answers of the shell."""
    shell = ["grep -rn bug .", "sed -i s/bug/fix/ a.py", "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"]
    turns = [
        [
            {"role": "assistant", "content": f"THOUGHT: step {n}\n\n```bash\n{command}\n```"},
            {"role": "user", "content": f"<returncode>0</returncode>\n<output>\nseen {n}\n</output>"},
        ]
        for n, command in enumerate(shell, 1)
    ]
    return {
        "info": {
            "exit_status": "Submitted",
            "submission": f"diff --git a/{instance} b/{instance}\n",
            "model_stats": {"instance_cost": 0.02, "api_calls": len(shell)},
            "mini_version": "1.10.0",
        },
        "messages": [
            {"role": "system", "content": "End with echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT."},
            {"role": "user", "content": "<pr_description>\nFix the bug\n</pr_description>"},
            *[message for turn in turns for message in turn][:-1],
        ],
        "trajectory_format": "mini-swe-agent-1",
        "instance_id": instance,
    }


SOFTWARE: dict[str, Any] = {
    "whole": lambda run: run,
    "no instance_id": lambda run: {name: value for name, value in run.items() if name != "instance_id"},
    "no format": lambda run: {name: value for name, value in run.items() if name != "trajectory_format"},
    "1.1 with extras": lambda run: {
        **run,
        "trajectory_format": "mini-swe-agent-1.1",
        "messages": [{**message, "extra": {"timestamp": 1.7e9}} for message in run["messages"]],
    },
    "bare list": lambda run: run["messages"],
}


@pytest.mark.parametrize("variant", SOFTWARE)
def test_point_24_a_software_run_in_any_variant_gives_its_steps_and_its_predictions_back(
    run: Run, ws: Path, write: Write, tmp_path: Path, variant: str
) -> None:
    instance = "demo__lib-1"
    made = software_run(instance)
    patch = made["info"]["submission"]
    preds = {instance: {"model_name_or_path": "m", "instance_id": instance, "model_patch": patch}}
    write("out/preds.json", json.dumps(preds))
    write(f"out/{instance}/{instance}.traj.json", json.dumps(SOFTWARE[variant](made)))
    assert run("import", ws, tmp_path / "out", "--json").code == 0
    with Workspace.open(ws, write=False) as opened:
        [row] = rollouts.rollout_rows(opened.reader())
        trajectory = rollouts.trajectory(opened.reader(), row.uid)
    assert (row.task_key, len(trajectory.steps)) == ("swe-bench/demo__lib-1", 3)
    assert [step.thought for step in trajectory.steps] == ["step 1", "step 2", "step 3"]
    assert [step.action_text for step in trajectory.steps][1] == "sed -i s/bug/fix/ a.py"
    assert "seen 1" in trajectory.steps[0].observation
    target = tmp_path / "back.json"
    assert run("export", ws, "trajectories", "--format", "preds", "-o", target, "--json").json["count"] == 1
    [back] = json.loads(target.read_text("utf-8")).values()
    assert (back["instance_id"], back["model_patch"]) == (instance, patch)
    assert back.keys() == preds[instance].keys()
