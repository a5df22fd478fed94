import io
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
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


@pytest.fixture(autouse=True)
def no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def write_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a short program the user's editor; it has the file's `path` and its `text`."""

    def _write_with(program: str) -> None:
        script = tmp_path / "my editor.py"
        head = "import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\ntext = path.read_text('utf-8')\n"
        script.write_text(head + program, "utf-8")
        monkeypatch.setenv("EDITOR", shlex.join([sys.executable, str(script), "--wait"]))

    return _write_with


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


def test_a_prompt_is_written_in_the_users_editor(
    run: Run, ws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_with: Callable[[str], None]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    write_with("path.write_text(text.replace('Below', 'Here'), 'utf-8'); (path.parent / 'inject.md~').write_text(text)")
    changed = run("prompts", ws, "edit", "inject", "--json").json
    assert changed["prompts"][0]["changed"] is True
    assert run("prompts", ws, "show", "inject").out.strip() == shipped()["inject"].replace("Below", "Here").strip()
    write_with("path.write_text(text + 'More.\\n', 'utf-8')")
    assert run("prompts", ws, "edit", "inject").code == 0
    assert run("prompts", ws, "show", "inject").out.endswith("{{items}}\nMore.\n")
    write_with("")
    assert "was so already" in run("prompts", ws, "edit", "inject").out
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("path.write_text('no slot', 'utf-8')", "would lose {{items}}"),
        ("path.write_bytes(bytes([255, 254]))", "no UTF-8 text"),
        ("path.write_text(text + 'half done', 'utf-8'); sys.exit(3)", "ended with code 3"),
    ],
)
def test_what_was_written_in_vain_is_kept_and_named(
    run: Run, ws: Path, write_with: Callable[[str], None], program: str, said: str
) -> None:
    write_with(program)
    refused = run("prompts", ws, "edit", "inject")
    assert refused.code == 2
    assert said in refused.err
    kept = re.search(r"your text is kept in (.*\.md)", refused.err)
    assert kept is not None
    assert Path(kept[1]).read_bytes() != shipped()["inject"].encode()
    assert run("prompts", ws, "list", "--json").json["prompts"][0]["changed"] is False
    shutil.rmtree(Path(kept[1]).parent)


@pytest.mark.parametrize(
    ("command", "said"), [("/no/such/editor", "cannot be started"), ("vi 'un", "cannot be read as a command")]
)
def test_an_editor_that_cannot_run_is_a_sentence(
    run: Run, ws: Path, monkeypatch: pytest.MonkeyPatch, command: str, said: str
) -> None:
    monkeypatch.setenv("VISUAL", command)
    refused = run("prompts", ws, "edit", "inject")
    assert refused.code == 2
    assert said in refused.err
    assert "kept" not in refused.err


def test_earlier_versions_are_listed_shown_and_taken_up_again(run: Run, ws: Path) -> None:
    for text in ("First:\n{{items}}", "Second:\n{{items}}"):
        run("prompts", ws, "edit", "inject", "--text", text)
    versions = run("prompts", ws, "show", "inject", "--json").json["versions"]
    assert [(one["who"], one["in_force"]) for one in versions] == [("user", False), ("user", True)]
    first = versions[0]["hash"]
    assert run("prompts", ws, "show", "inject", "--version", first[:8]).out == "First:\n{{items}}\n"
    back = run("prompts", ws, "edit", "inject", "--version", first[:8], "--json").json
    assert back["prompts"][0]["hash"] == first
    packaged = PromptSet.with_overrides().hash("inject")
    assert run("prompts", ws, "edit", "inject", "--version", packaged, "--json").json["prompts"][0]["changed"] is False
    missing = run("prompts", ws, "show", "inject", "--version", "zzz")
    assert missing.code == 2
    assert first[:12] in missing.err


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
