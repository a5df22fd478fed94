import io
import subprocess
import sys
from pathlib import Path

import pytest

from rb_studio.method.prompts import PromptSet, shipped
from rb_studio.records.arm import ArmConfig
from rb_studio.store.prompts import prompt_texts
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run

ANSWER_JUDGE = shipped()["judge.answer"]


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.rbank"
    Workspace.open(path, write=True, create=True).close()
    return path


def _stdin(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), "utf-8"))


def test_every_packaged_prompt_is_listed_with_role_and_hash(run: Run, ws: Path) -> None:
    prompts = run("prompts", ws, "list", "--json").json["prompts"]
    by_name = {prompt["name"]: prompt for prompt in prompts}
    assert set(by_name) == set(shipped())
    assert not any(prompt["changed"] for prompt in prompts)
    assert {name: prompt["hash"] for name, prompt in by_name.items()} == PromptSet.with_overrides().hashes()
    roles = {name: by_name[name]["role"] for name in ("act.web", "inject", "judge.web", "contrast", "select", "grade")}
    assert list(roles.values()) == ["actor", "actor", "judge", "distiller", "selector", "grader"]
    assert by_name["distill-failure.web"]["role"] == by_name["common-mistake"]["role"] == "distiller"


def test_an_edited_prompt_is_in_force_until_reset(run: Run, ws: Path, tmp_path: Path) -> None:
    mine = tmp_path / "judge.md"
    mine.write_text(ANSWER_JUDGE.replace("You review", "You strictly review"), "utf-8")
    edited = run("prompts", ws, "edit", "judge.answer", "--file", mine, "--json").json
    assert edited["prompts"][0]["changed"] is True
    assert "another arm" in edited["notes"][0]
    assert run("prompts", ws, "show", "judge.answer", "--json").json["text"] == mine.read_text("utf-8")
    assert "+You strictly review" in run("prompts", ws, "diff", "judge.answer").out
    reset = run("prompts", ws, "reset", "judge.answer", "--json").json
    assert reset["prompts"][0] == {
        "role": "judge",
        "name": "judge.answer",
        "hash": PromptSet.with_overrides().hash("judge.answer"),
        "changed": False,
    }
    assert run("prompts", ws, "diff", "judge.answer", "--json").json["diff"] == ""


def test_a_changed_prompt_changes_the_hash_of_the_arm(run: Run, ws: Path) -> None:
    run("prompts", ws, "edit", "inject", "--text", "Hints:\n{{items}}")
    with Workspace.open(ws, write=False) as workspace:
        changed = PromptSet.with_overrides(prompt_texts(workspace.reader())).hashes()
    packaged = PromptSet.with_overrides().hashes()
    assert ArmConfig("practice", prompts=changed).hash != ArmConfig("practice", prompts=packaged).hash


def test_a_prompt_is_read_from_standard_input(run: Run, ws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for option in ("--file", "--text"):
        text = f"Given by {option}:\n{{{{items}}}}\n"
        _stdin(monkeypatch, text.replace("\n", "\r\n").encode())
        assert run("prompts", ws, "edit", "inject", option, "-").code == 0
        assert run("prompts", ws, "show", "inject", "--json").json["text"] == text


def test_giving_the_packaged_text_again_is_no_change(run: Run, ws: Path) -> None:
    again = run("prompts", ws, "edit", "inject", "--text", shipped()["inject"], "--json").json
    assert again["prompts"][0]["changed"] is False
    assert again["notes"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[user]\nIs {{task}} done? {{steps}} {{observations}}", "{{answer}}"),
        ("", "{{task}}, {{steps}}, {{observations}}, {{answer}}"),
        ("lost {{task}}\n" + ANSWER_JUDGE, "would not be sent"),
        (ANSWER_JUDGE + "{{reward}}", "nothing fills {{reward}}"),
    ],
)
def test_a_text_that_cannot_work_is_refused_and_nothing_changes(run: Run, ws: Path, text: str, said: str) -> None:
    refused = run("prompts", ws, "edit", "judge.answer", "--text", text)
    assert refused.code == 2
    assert said in refused.err
    assert run("prompts", ws, "list", "--json").json["prompts"][0]["changed"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "jugde.web"], "judge.web"),
        (["edit", "inject"], "--file"),
        (["edit", "inject", "--text", "a", "--file", "b"], "not allowed"),
        (["edit", "inject", "--file", "missing.md"], "missing.md"),
        (["erase"], "list"),
        ([], "list"),
    ],
)
def test_wrong_usage_is_a_sentence(run: Run, ws: Path, arguments: list[str], said: str) -> None:
    refused = run("prompts", ws, *arguments)
    assert refused.code == 2
    assert said in refused.err


def test_bytes_that_are_no_text_are_refused(run: Run, ws: Path, tmp_path: Path) -> None:
    for raw in (b"\xff\xfe{{items}}", b"{{items}}\0", b"x" * 5_000_000):
        (tmp_path / "raw.md").write_bytes(raw)
        refused = run("prompts", ws, "edit", "inject", "--file", tmp_path / "raw.md")
        assert refused.code == 2
        assert "raw.md" in refused.err


@pytest.mark.parametrize("verb", [["list"], ["show", "inject"], ["diff", "inject"], ["reset", "inject"]])
def test_reading_never_creates_a_workspace(run: Run, tmp_path: Path, verb: list[str]) -> None:
    missing = run("prompts", tmp_path / "no.rbank", *verb, "--json")
    assert missing.code == 2
    assert "no.rbank" in missing.json["error"]
    assert not (tmp_path / "no.rbank").exists()


def test_an_edit_may_begin_a_workspace(run: Run, tmp_path: Path) -> None:
    assert run("prompts", tmp_path / "new.rbank", "edit", "inject", "--text", "Try:\n{{items}}").code == 0
    assert run("prompts", tmp_path / "new.rbank", "show", "inject").out == "Try:\n{{items}}\n"


def test_the_module_runs_as_a_program(ws: Path) -> None:
    command = [sys.executable, "-m", "rb_studio.cli", "prompts", str(ws), "show", "act.web"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert shown.stdout == shipped()["act.web"]
