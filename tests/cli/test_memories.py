import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rb_studio.cli.main import main
from rb_studio.records.memory import Archived, Consolidation, Experience, ItemSource, ItemState, MemoryItem
from rb_studio.store import banks
from rb_studio.store.consolidation import save_consolidation
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run

CONTRACT = {
    "id", "uid", "title", "description", "content", "state", "polarity", "tags", "sources", "used", "effect", "version",
}  # fmt: skip
ITEM_FORM = "# Memory Item 1\n## Title Sort first\n## Description For extremes\n## Content Sort the table, then read.\n"


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    return tmp_path / "mine.rbank"


@pytest.fixture(scope="module")
def one_item(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("one") / "one.rbank"
    assert main(["memories", str(path), "add", "--title", "A", "--content", "About A."]) == 0
    return path


def _add(run: Run, ws: Path, title: str, *more: object) -> dict[str, Any]:
    ran = run("memories", ws, "add", "--title", title, "--content", f"About {title}.", *more, "--json")
    assert ran.code == 0, ran.err
    return dict(ran.json["items"][0])


def _stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))


def _arm_bank(ws: Path, name: str, *titles: str) -> None:
    learned = tuple(
        MemoryItem(
            uid=f"{name}-{title}",
            title=title,
            description="",
            content=f"Learned: {title}",
            polarity="failure",
            sources=(ItemSource("rollout-1", (2, 3), "failure"),),
        )
        for title in titles
    )
    experience = Experience(f"{name}-e", "suite/1", "Find the largest order", learned, ("rollout-1",))
    with Workspace.open(ws, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, name, "reasoningbank"))
        if titles:
            workspace.run(lambda db: import_items(db, bank, [experience]))


def test_the_first_item_begins_the_users_bank_and_has_every_key_of_the_contract(run: Run, ws: Path) -> None:
    item = _add(run, ws, "Sort first", "--description", "For extremes", "--tag", "tables", "--tag", "sorting")
    assert set(item) >= CONTRACT
    assert item["state"] == "active"
    assert item["tags"] == ["sorting", "tables"]
    assert (item["version"], item["used"], item["effect"], item["polarity"]) == (1, 0, None, "")
    listed = run("memories", ws, "list", "--json").json
    assert listed["bank"] == "reasoningbank"
    assert listed["items"] == [item]
    assert "Sort first" in run("memories", ws, "list").out


def test_a_mutation_says_what_it_did(run: Run, ws: Path) -> None:
    added = run("memories", ws, "add", "--title", "A", "--content", "a", "--json").json
    assert added["changed"] == [added["items"][0]["id"]]
    assert isinstance(added["operation"], int)
    assert "A" in added["label"]


def test_texts_come_from_a_file_or_from_standard_input(
    run: Run, ws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "item.md").write_text(ITEM_FORM, "utf-8")
    from_file = run("memories", ws, "add", "--file", tmp_path / "item.md", "--title", "Mine", "--json").json["items"][0]
    assert (from_file["title"], from_file["description"]) == ("Mine", "For extremes")
    _stdin(monkeypatch, ITEM_FORM)
    piped = run("memories", ws, "add", "--file", "-", "--json").json["items"][0]
    assert (piped["title"], piped["content"]) == ("Sort first", "Sort the table, then read.")


def test_the_same_text_may_be_added_twice(run: Run, ws: Path) -> None:
    assert _add(run, ws, "Twin")["uid"] != _add(run, ws, "Twin")["uid"]


def test_the_task_text_is_what_the_item_is_retrieved_by(run: Run, ws: Path) -> None:
    _add(run, ws, "Sort", "--task", "Which order was the largest?")
    with Workspace.open(ws, write=False) as workspace:
        conn = workspace.reader()
        value = banks.bank_value(conn, banks.banks(conn)[0].id, embedder="")
    assert value.experiences[0].task_text == "Which order was the largest?"


def test_an_edit_keeps_what_is_not_given_and_can_be_undone_and_redone(run: Run, ws: Path) -> None:
    item = _add(run, ws, "Old", "--description", "kept")
    edited = run("memories", ws, "edit", item["id"], "--title", "New", "--reason", "clearer", "--json").json
    assert edited["changed"] == [item["id"]]
    assert edited["items"][0] == {**item, "title": "New", "version": 2, "edited_by": "user"}
    undone = run("memories", ws, "undo", "--json").json
    assert undone["items"][0]["title"] == "Old"
    assert undone["label"] == edited["label"]
    assert run("memories", ws, "redo", "--json").json["items"][0]["title"] == "New"
    history = run("memories", ws, "history", item["id"], "--json").json
    assert [version["title"] for version in history["versions"]] == ["Old", "New", "Old", "New"]
    assert history["versions"][1]["reason"] == "clearer"
    assert {"text", "state"} == {change["kind"] for change in history["changes"]}
    assert "clearer" in run("memories", ws, "history", item["id"]).out


def test_the_same_texts_again_change_nothing(run: Run, ws: Path) -> None:
    item = _add(run, ws, "Same")
    again = run("memories", ws, "edit", item["id"], "--title", "Same", "--json").json
    assert (again["operation"], again["changed"]) == (None, [])
    assert "nothing to change" in run("memories", ws, "edit", item["id"], "--title", "Same").out


def test_many_items_change_state_in_one_step_of_undo(run: Run, ws: Path) -> None:
    ids = [_add(run, ws, title)["id"] for title in ("A", "B", "C")]
    run("memories", ws, "state", *ids[:2], "--to", "archived")
    assert [item["id"] for item in run("memories", ws, "list", "--state", "archived", "--json").json["items"]] == ids[
        :2
    ]
    run("memories", ws, "undo")
    assert run("memories", ws, "list", "--state", "archived", "--json").json["items"] == []


def test_deleted_items_show_only_when_asked_for(run: Run, ws: Path) -> None:
    item = _add(run, ws, "Gone")
    run("memories", ws, "state", item["uid"][:8], "--to", "deleted")
    assert run("memories", ws, "list", "--json").json["total"] == 0
    assert run("memories", ws, "list", "--state", "active,deleted", "--json").json["total"] == 1


def test_tags_go_on_and_off(run: Run, ws: Path) -> None:
    item = _add(run, ws, "A")
    assert run("memories", ws, "tag", item["id"], "--add", "web", "--json").json["items"][0]["tags"] == ["web"]
    assert [one["id"] for one in run("memories", ws, "list", "--tag", "web", "--json").json["items"]] == [item["id"]]
    assert run("memories", ws, "tag", item["id"], "--remove", "web", "--json").json["items"][0]["tags"] == []


def test_merging_keeps_the_first_text_unless_told_and_archives_the_originals(run: Run, ws: Path) -> None:
    ids = [_add(run, ws, title, "--tag", title.lower())["id"] for title in ("A", "B")]
    merged = run("memories", ws, "merge", *ids, "--content", "Both.", "--json").json
    item = merged["items"][0]
    assert (item["title"], item["content"], item["state"], item["tags"]) == ("A", "Both.", "active", ["a", "b"])
    assert merged["changed"] == [item["id"], *ids]
    assert {one["state"] for one in merged["items"][1:]} == {"archived"}


def test_a_bank_is_compared_with_a_snapshot_and_rolled_back_to_it(run: Run, ws: Path) -> None:
    kept, edited, tagged = (_add(run, ws, title) for title in ("Kept", "Edited", "Tagged"))
    snapshot = run("memories", ws, "snapshot", "before", "--json").json
    assert snapshot["snapshot"] == "before"
    run("memories", ws, "edit", edited["id"], "--content", "Other.")
    run("memories", ws, "state", kept["id"], "--to", "excluded")
    run("memories", ws, "tag", tagged["id"], "--add", "t")
    added = _add(run, ws, "Added")
    diff = run("memories", ws, "diff", "before", "--json").json
    assert diff["added"] == [added["uid"]]
    assert diff["edited"] == [edited["uid"]]
    assert diff["restated"] == [kept["uid"]]
    assert diff["retagged"] == [tagged["uid"]]
    change = next(one for one in diff["changes"] if one["change"] == "edited")
    assert (change["before"]["content"], change["after"]["content"]) == ("About Edited.", "Other.")
    text = run("memories", ws, "diff", "before", "now").out
    assert "+## Content Other." in text
    assert "active -> excluded" in text
    listed = run("memories", ws, "list", "--bank", "reasoningbank@before", "--json").json["items"]
    assert [item["title"] for item in listed] == ["Kept", "Edited", "Tagged"]
    run("memories", ws, "snapshot", "after")
    assert run("memories", ws, "rollback", "before", "--json").json["bank"] == "reasoningbank"
    assert run("memories", ws, "diff", "before", "--json").json["changes"] == []
    assert run("memories", ws, "diff", "after", "before", "--json").json["removed"] == [added["uid"]]
    run("memories", ws, "undo")
    assert run("memories", ws, "diff", "after", "--json").json["changes"] == []


def test_filters_pick_items(run: Run, ws: Path) -> None:
    _arm_bank(ws, "reasoningbank", "Learned one", "Learned two")
    written = _add(run, ws, "Written")["id"]

    def ids(*options: str) -> list[int]:
        return [item["id"] for item in run("memories", ws, "list", *options, "--json").json["items"]]

    learned = [item for item in ids() if item != written]
    assert ids("--polarity", "failure") == learned
    assert ids("--polarity", "none") == ids("--source", "hand") == [written]
    assert ids("--source", "rollout-1") == learned
    assert ids("--text", "one") == learned[:1]
    assert ids("--limit", "2") == ids()[:2]
    assert run("memories", ws, "list", "--limit", "2", "--json").json["total"] == len(ids()) == 3
    item = run("memories", ws, "show", learned[0], "--json").json["items"][0]
    assert item["sources"] == [{"rollout": "rollout-1", "steps": [2, 3], "status": "failure", "verdict": None}]
    assert "steps 2, 3" in run("memories", ws, "show", learned[0]).out


def test_without_a_bank_of_the_user_the_newest_with_items_is_meant_and_named(run: Run, ws: Path) -> None:
    _arm_bank(ws, "sweep 1 a", "First")
    _arm_bank(ws, "sweep 1 b", "Second")
    _arm_bank(ws, "sweep 1 c")
    ran = run("memories", ws, "list", "--json")
    assert ran.json["bank"] == "sweep 1 b"
    assert "sweep 1 b" in ran.err
    assert [bank["name"] for bank in ran.json["banks"]] == ["sweep 1 a", "sweep 1 b", "sweep 1 c"]
    other = run("memories", ws, "--bank", "sweep 1 a", "list", "--json")
    assert [item["title"] for item in other.json["items"]] == ["First"]
    assert other.err == ""


def test_every_bank_can_be_curated(run: Run, ws: Path) -> None:
    _arm_bank(ws, "reasoningbank", "Mine")
    _arm_bank(ws, "other", "Theirs")
    theirs = run("memories", ws, "list", "--bank", "other", "--json").json["items"][0]
    run("memories", ws, "edit", theirs["id"], "--title", "Changed", "--bank", "other")
    assert (
        run("memories", ws, "show", theirs["uid"], "--bank", "other", "--json").json["items"][0]["title"] == "Changed"
    )
    assert run("memories", ws, "show", theirs["uid"]).code == 2


def test_an_unknown_bank_names_those_that_exist(run: Run, ws: Path) -> None:
    _arm_bank(ws, "one", "A")
    ran = run("memories", ws, "list", "--bank", "two")
    assert ran.code == 2
    assert "one" in ran.err


def test_options_may_stand_before_the_verb(run: Run, ws: Path) -> None:
    _add(run, ws, "A")
    _add(run, ws, "B")
    assert len(run("memories", "--limit", "1", ws, "--bank", "reasoningbank", "list", "--json").json["items"]) == 1
    assert run("memories", ws, "--to", "archived", "state", "1", "--json").json["changed"] == [1]


def test_an_option_of_another_verb_is_refused(run: Run, ws: Path) -> None:
    _add(run, ws, "A")
    for arguments in (["--to", "archived", "list"], ["list", "--to", "archived"]):
        refused = run("memories", ws, *arguments)
        assert refused.code == 2
        assert "--to" in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "99"], "99"),
        (["show", ""], "no memory item"),
        (["state", "1", "--to", "asleep"], "asleep"),
        (["state", "1"], "--to"),
        (["list", "--state", "asleep"], "candidate"),
        (["tag", "1"], "--add"),
        (["tag", "1", "--add", "a", "--remove", "b"], "one of them"),
        (["tag", "1", "--add", "  "], "needs a name"),
        (["merge", "1"], "at least two"),
        (["merge", "1", "1"], "at least two"),
        (["edit", "1"], "--title"),
        (["edit", "1", "--title", ""], "title"),
        (["add"], "--title and --description and --content"),
        (["add", "--title", "T"], "--content"),
        (["diff", "never"], "none yet"),
        (["diff", "a", "b", "c"], "two snapshots"),
        (["rollback", "never"], "never"),
        (["snapshot", " "], "name"),
        (["redo"], "nothing to redo"),
        (["edit", "1", "--title", "T", "--bank", "reasoningbank@x"], "no snapshot"),
        (["list", "--limit", "0"], "out of range"),
        (["forget"], "list"),
        ([], "VERB"),
    ],
)
def test_wrong_usage_is_a_sentence_and_changes_nothing(
    run: Run, one_item: Path, arguments: list[str], said: str
) -> None:
    before = one_item.read_bytes()
    refused = run("memories", one_item, *arguments)
    assert refused.code == 2
    assert said in refused.err
    assert one_item.read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "no item at all", ITEM_FORM + ITEM_FORM.replace("1", "2"), "## Content only this"]
)
def test_a_file_that_is_not_one_item_is_refused(run: Run, ws: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "item.md").write_text(text, "utf-8")
    refused = run("memories", ws, "add", "--file", tmp_path / "item.md")
    assert refused.code == 2
    assert "item.md" in refused.err
    assert not ws.exists()


@pytest.mark.parametrize(
    "verb",
    [["list"], ["show", "1"], ["history", "1"], ["diff", "a"], ["search", "x"], ["duplicates"], ["undo"],
     ["state", "1", "--to", "active"], ["snapshot", "s"]],
)  # fmt: skip
def test_only_add_creates_a_workspace(run: Run, tmp_path: Path, verb: list[str]) -> None:
    missing = run("memories", tmp_path / "no.rbank", *verb)
    assert missing.code == 2
    assert "no.rbank" in missing.err
    assert not (tmp_path / "no.rbank").exists()


def test_a_workspace_without_a_bank_lists_nothing_and_says_what_to_do(run: Run, ws: Path) -> None:
    Workspace.open(ws, write=True, create=True).close()
    assert run("memories", ws, "list", "--json").json == {"bank": None, "banks": [], "items": [], "total": 0}
    assert "no memory bank yet" in run("memories", ws, "show", "1").err
    assert _add(run, ws, "First", "--bank", "reasoningbank")["id"] == 1


def test_every_state_can_be_reached(run: Run, ws: Path) -> None:
    item = _add(run, ws, "A")
    for state in (*list(ItemState)[::-1], ItemState.ACTIVE):
        changed = run("memories", ws, "state", item["id"], "--to", state, "--json").json
        assert changed["items"][0]["state"] == state


def test_the_module_runs_as_a_program(ws: Path) -> None:
    command = [sys.executable, "-m", "rb_studio.cli", "memories", str(ws)]
    added = subprocess.run([*command, "add", "--file", "-", "--json"], input=ITEM_FORM, capture_output=True, text=True)
    assert added.returncode == 0, added.stderr
    listed = subprocess.run([*command, "--json", "list"], capture_output=True, text=True, check=True)
    assert [item["title"] for item in json.loads(listed.stdout)["items"]] == ["Sort first"]


@pytest.fixture
def consolidated(run: Run, tmp_path: Path) -> Path:
    """Two arms' banks of two items each; a policy archived the first item of each, then the second of the first."""
    path = tmp_path / "arms.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        arms = {}
        for name in ("one", "two"):
            arms[name] = workspace.run(lambda db, name=name: banks.create_bank(db, name, "reasoningbank"))
            found = tuple(MemoryItem(f"{name} {n}", f"Item {n} of {name}", "", "Advice.") for n in (1, 2))
            learned = [Experience(f"experience {name}", "suite/1", "A task", found)]
            workspace.run(lambda db, name=name, learned=learned: import_items(db, arms[name], learned))
        for name, number in (("one", 1), ("two", 1), ("one", 2)):
            change = Consolidation("cap:1", (Archived(f"{name} {number}", None, "beyond the cap"),))
            workspace.run(lambda db, name=name, change=change: save_consolidation(db, 1, arms[name], "suite/1", change))
    return path


def _archived(run: Run, path: Path, bank: str) -> list[str]:
    found = run("memories", path, "list", "--bank", bank, "--state", "archived", "--json").json
    return [item["title"] for item in found["items"]]


def test_what_consolidation_did_is_taken_back_step_by_step(run: Run, consolidated: Path) -> None:
    undone = run("memories", consolidated, "undo", "--consolidation", "--json").json
    assert (undone["bank"], [item["title"] for item in undone["items"]]) == ("one", ["Item 2 of one"])
    assert _archived(run, consolidated, "one") == ["Item 1 of one"]
    run("memories", consolidated, "redo", "--consolidation")
    assert _archived(run, consolidated, "one") == ["Item 1 of one", "Item 2 of one"]


def test_consolidation_of_one_bank_is_taken_back_alone(run: Run, consolidated: Path) -> None:
    assert run("memories", consolidated, "--bank", "two", "undo", "--consolidation", "--json").json["bank"] == "two"
    assert _archived(run, consolidated, "two") == []
    assert len(_archived(run, consolidated, "one")) == 2
    refused = run("memories", consolidated, "undo", "--consolidation", "--bank", "two")
    assert refused.code == 2
    assert "nothing to undo in consolidation of this bank" in refused.err
    with Workspace.open(consolidated, write=True) as workspace:
        one = banks.find_bank(workspace.reader(), "one")
        change = Consolidation("cap:1", ())
        workspace.run(lambda db: save_consolidation(db, 1, one.id, "suite/2", change))
    run("memories", consolidated, "redo", "--consolidation", "--bank", "two")
    assert _archived(run, consolidated, "two") == ["Item 1 of two"]


def test_undo_by_hand_leaves_consolidation_alone(run: Run, consolidated: Path) -> None:
    run("memories", consolidated, "state", "3", "--to", "candidate", "--bank", "two")
    assert run("memories", consolidated, "undo", "--json").json["bank"] == "two"
    assert _archived(run, consolidated, "two") == ["Item 1 of two"]
    assert len(_archived(run, consolidated, "one")) == 2
    assert run("memories", consolidated, "list", "--consolidation").code == 2
