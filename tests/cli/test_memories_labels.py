import json
from pathlib import Path

import pytest

from rb_studio.jobs.retrieval_quality import label_report
from rb_studio.jobs.what_if import Question, answer, embedded_bank
from rb_studio.models import minilm
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run

TASKS = ("Which order of last month was the largest?", "Change the shipping address", "Count the reviews of a kettle")


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    path = tmp_path / "ws.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        learned = [
            Experience(f"e{n}", f"shop/{n}", text, tuple(MemoryItem(f"i{n}{m}", f"{text} {m}", "d", "c") for m in "ab"))
            for n, text in enumerate(TASKS)
        ]
        workspace.run(lambda db: import_items(db, bank, learned))
    return path


def test_a_task_is_labelled_and_retrieval_is_measured_by_it(run: Run, ws: Path) -> None:
    assert "no labelled tasks yet" in run("memories", ws, "labels").out
    run("memories", ws, "labels", "What was the biggest order in May?", "--relevant", "1=3,i0b")
    run("memories", ws, "labels", "Correct my delivery address", "--relevant", "1", "--author", "me", "--reason", "why")
    found = run("memories", ws, "labels", "--json").json
    assert [task["relevant"] for task in found["tasks"]] == [{"1": 3, "2": 1}, {"1": 1}]
    assert found["quality"]["recall"]["1"]["value"] == 0.25
    assert found["quality"]["mrr"]["value"] > 0
    assert found["quality"]["coverage"] == 1
    text = run("memories", ws, "labels", "--unit", "item").out
    assert "MRR" in text
    assert "95 %" in text
    assert run("memories", ws, "undo").code == 0
    assert len(run("memories", ws, "labels", "--json").json["tasks"]) == 1


def test_a_tasks_own_memory_shows_as_the_difference_to_naive_retrieval(run: Run, ws: Path) -> None:
    run("memories", ws, "labels", TASKS[0], "--relevant", "1,2")
    found = run("memories", ws, "labels", "--json").json
    assert (found["quality"]["recall"]["10"]["value"], found["naive"]["recall"]["3"]["value"]) == (0, 1)


def test_a_merged_item_keeps_its_labels(run: Run, ws: Path) -> None:
    run("memories", ws, "labels", "The largest order, please", "--relevant", "1=2,2=1,3")
    run("memories", ws, "merge", "1", "2", "--content", "Both.")
    run("memories", ws, "merge", "7", "3", "--content", "All.")
    with Workspace.open(ws, write=False) as workspace:
        report = label_report(workspace.reader(), 1, minilm.shared())
    assert report.out_of_use == 0
    assert report.quality.recall[10].value == 1


@pytest.mark.parametrize("unit", ["experience", "item"])
def test_the_ranking_measured_is_that_of_retrieval(run: Run, ws: Path, unit: str) -> None:
    run("memories", ws, "labels", "The largest order, please", "--relevant", "3")
    embedder = minilm.shared()
    with Workspace.open(ws, write=False) as workspace:
        conn = workspace.reader()
        report = label_report(conn, 1, embedder, unit=unit)
        value = embedded_bank(conn, 1, None, embedder, items=True)
        hits = answer(conn, value, Question("The largest order, please", 9, unit), embedder).retrieval.hits
    order = [uid for hit in hits for uid in hit.item_uids]
    assert report.quality.mrr.value == 1 / (order.index("i1a") + 1)


def test_labels_are_read_from_a_file(run: Run, ws: Path, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    lines = [
        {"task": "Biggest order?", "relevant": {"1": 2}},
        {"task": "Largest order?", "relevant": {"i0a": 2}, "paraphrase_of": "Biggest order?", "template": "t"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    found = run("memories", ws, "labels", "--pairs", path, "--json").json
    assert [(task["paraphrase_of"], task["template"]) for task in found["tasks"]] == [
        (None, None),
        ("Biggest order?", "t"),
    ]
    assert run("memories", ws, "labels", "--json").json["quality"]["cases"] == 1
    run("memories", ws, "undo")
    assert run("memories", ws, "labels", "--json").json["tasks"] == []


@pytest.mark.parametrize(
    "line",
    [
        '{"task": "Largest?", "relevant": {"1": 7}}',
        '{"task": "Largest?", "relevant": {"99": 1}}',
        '{"task": "Largest?", "relevant": {"1": true}}',
        '{"task": "Largest?", "relevant": {"1": 1}, "template": 5}',
        '{"task": "Largest?", "relevant": {"1": 1}, "paraphrase_of": "Unheard of"}',
        '["Largest?", {"1": 1}]',
    ],
)
def test_a_file_with_a_wrong_line_changes_nothing(run: Run, ws: Path, tmp_path: Path, line: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"task": "Biggest order?", "relevant": {"1": 2}}\n' + line)
    ran = run("memories", ws, "labels", "--pairs", path)
    assert (ran.code, "Traceback" in ran.err) == (2, False)
    assert run("memories", ws, "labels", "--json").json["tasks"] == []


@pytest.mark.parametrize(
    "given",
    [
        ("a task",),
        ("--relevant", "1"),
        ("t", "--relevant", "1=9"),
        ("t", "--relevant", "99"),
        ("t", "--relevant", "1=x"),
    ],
)
def test_what_cannot_be_labelled_is_refused_with_a_sentence(run: Run, ws: Path, given: tuple[str, ...]) -> None:
    assert run("memories", ws, "labels", *given).code == 2


@pytest.mark.parametrize("text", ["", "{", '{"task": "x"}', "[]", '{"task": "x", "relevant": {"1": "many"}}'])
def test_a_file_that_holds_no_labels_is_refused_with_its_line(run: Run, ws: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    found = run("memories", ws, "labels", "--pairs", path)
    assert found.code == 2
    assert "bad.jsonl" in found.err


def test_a_bank_is_embedded_by_command_and_told_before_what_it_lacks(run: Run, ws: Path) -> None:
    before = run("memories", ws, "embed", "--dry-run", "--json").json
    assert (before["items_missing"], before["tasks_missing"], before["embedded"]) == (6, 3, 0)
    after = run("memories", ws, "embed", "--json").json
    assert (after["items_missing"], after["tasks_missing"], after["embedded"]) == (0, 0, 9)
    assert "embedded 0 texts; all 6 items" in run("memories", ws, "embed").out
    assert "vectors of all-MiniLM" in run("memories", ws, "embed", "--dry-run", "--embedder", "hashing").out
