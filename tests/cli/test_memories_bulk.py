"""Verbs of `memories` that act on many, on banks, and on the trash."""

from pathlib import Path
from typing import Any

import pytest

from rb_studio.cli.main import main
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import banks
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    """Twelve items, the last two of them candidates."""
    path = tmp_path / "mine.rbank"
    found = tuple(
        MemoryItem(
            f"u{n}",
            f"Sort the list {n}",
            "When asked",
            f"Do {n}",
            state=ItemState.CANDIDATE if n > 10 else ItemState.ACTIVE,
            tags=("even",) if n % 2 == 0 else (),
        )
        for n in range(1, 13)
    )
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        workspace.run(lambda db: import_items(db, bank, [Experience("e1", "", "Find it", found, kind="import")]))
    return path


def states(run: Run, ws: Path) -> dict[int, str]:
    every = ",".join(ItemState)
    return {one["id"]: one["state"] for one in run("memories", ws, "list", "--state", every, "--json").json["items"]}


def told(run: Run, ws: Path, *arguments: object) -> dict[str, Any]:
    ran = run("memories", ws, *arguments, "--json")
    assert ran.code == 0, ran.err
    return dict(ran.json)


def test_a_dry_run_tells_and_the_act_does_just_that(run: Run, ws: Path) -> None:
    before = ws.read_bytes()
    plan = told(run, ws, "state", "tag:even", "--to", "archived", "--dry-run")
    assert (plan["matching"], plan["changing"], plan["by_state"]) == (6, 6, {"active": 5, "candidate": 1})
    assert [item["id"] for item in plan["items"]] == [2, 4, 6, 8, 10]
    assert ws.read_bytes() == before
    done = told(run, ws, "state", "tag:even", "--to", "archived", "--author", "Ann", "--reason", "old")
    assert (done["changed"], done["snapshot"]) == ([2, 4, 6, 8, 10, 12], None)
    entry = told(run, ws, "history", 2)["changes"][-1]
    assert (entry["who"], entry["reason"], entry["detail"]) == ("Ann", "old", "archived")


def test_an_act_on_many_is_undone_in_one_step_and_has_a_snapshot(run: Run, ws: Path) -> None:
    before = states(run, ws)
    done = told(run, ws, "state", "sort", "list", "--to", "excluded")
    assert (len(done["changed"]), done["snapshot"]) == (12, "before setting 12 items to excluded")
    (snapshot,) = told(run, ws, "snapshots")["snapshots"]
    assert (snapshot["name"], snapshot["automatic"]) == (done["snapshot"], True)
    assert run("memories", ws, "undo").code == 0
    assert states(run, ws) == before


def test_tags_by_query_and_what_matches_nothing(run: Run, ws: Path) -> None:
    assert told(run, ws, "tag", "state:candidate", "--add", "new", "--dry-run")["changing"] == 2
    assert told(run, ws, "tag", "state:candidate", "--add", "new")["changed"] == [11, 12]
    assert told(run, ws, "tag", "tag:new", "--remove", "even")["changed"] == [12]
    ran = run("memories", ws, "tag", "nothing-of-the-kind", "--add", "x")
    assert (ran.code, ran.out.strip()) == (0, "no item matches")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("state", "1", "99", "--to", "active"), "no memory item 99"),
        (("state", "1", "word", "--to", "active"), "no memory item word"),
        (("state", "sort ~ meaning", "--to", "active"), "leave it out"),
        (("state", "colour:red", "--to", "active"), "colour"),
        (("state", "(", "--to", "archived"), "nothing in particular"),
        (("state", "", "--to", "archived"), "nothing in particular"),
        (("state", "sort tag:", "--to", "archived"), "tag: is only begun"),
        (("state", "sim:>0.5", "--to", "archived"), "leave it out"),
        (("replace", "Sort", "x", "--query", '~ "sorting"'), "leave it out"),
        (("replace", "Sort", "x", "--query", ""), "nothing in particular"),
        (("replace", "(", "x", "--regex"), "cannot be read"),
        (("replace", "a", "b", "--field", "name"), "choose title, description, content"),
        (("review", "--accept"), "ids, a query, or all"),
        (("review", "all", "--accept", "--reject"), "one of them at a time"),
        (("merge", "1", "2", "--take", "colour=1"), "FIELD=ID"),
        (("merge", "1", "2", "--take", "title=3"), "none of those merged"),
        (("apart", "1"), "two or more"),
        (("trash", "1", "--empty"), "not in the trash"),
        (("snapshots", "--delete", "x", "--rename", "x", "y"), "renamed or deleted"),
        (("fork", "reasoningbank"), "already"),
        (("edit", "1", "--title", "x", "--author", " "), "an author needs a name"),
        (("list", "--dry-run"), "unrecognized"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    run: Run, ws: Path, words: tuple[str, ...], why: str
) -> None:
    before = states(run, ws)
    ran = run("memories", ws, *words)
    assert ran.code == 2
    assert why in ran.err
    assert states(run, ws) == before


def test_replacing_is_previewed_text_by_text(run: Run, ws: Path) -> None:
    plan = told(run, ws, "replace", "the list", "a table", "--query", "tag:even", "--dry-run")
    assert plan["changing"] == 6
    assert plan["replacements"][0] == {
        "item": 2,
        "field": "title",
        "before": "Sort the list 2",
        "after": "Sort a table 2",
        "count": 1,
    }
    told(run, ws, "replace", r"the (\w+)", r"any \1", "--regex", "--field", "title", "--case")
    assert told(run, ws, "show", 1)["items"][0]["title"] == "Sort any list 1"
    assert told(run, ws, "undo")["label"] == r"Replace “the (\w+)” by “any \1” in 12 memories"


def test_the_queue_is_read_and_decided(run: Run, ws: Path) -> None:
    waiting = told(run, ws, "review")
    assert ([item["id"] for item in waiting["items"]], waiting["waiting"]) == ([11, 12], 2)
    assert told(run, ws, "review", 11, "--accept")["changed"] == [11]
    assert told(run, ws, "review", "all", "--reject", "--dry-run")["changing"] == 1
    assert told(run, ws, "review", "all", "--reject", "--to", "deleted")["changed"] == [12]
    assert told(run, ws, "review")["items"] == []


def test_a_merge_takes_fields_and_lineage_tells_of_it(run: Run, ws: Path) -> None:
    merged = told(run, ws, "merge", 1, 2, "--take", "title=2", "--tag", "both", "--apart", 3, "--author", "Ann")
    item = merged["items"][0]
    assert (item["title"], item["content"], item["tags"]) == ("Sort the list 2", "Do 1", ["both"])
    lines = told(run, ws, "lineage", item["id"])
    assert lines["merged_from"] == [1, 2]
    assert [(link["outgoing"], link["who"]) for link in lines["links"]] == [(False, "Ann")] * 2
    assert "merged into" in run("memories", ws, "lineage", 1).out
    assert run("memories", ws, "apart", 1, 3).out.startswith("nothing to change")


def test_the_trash_says_what_goes_and_what_stays_before_it_is_emptied(run: Run, ws: Path) -> None:
    told(run, ws, "state", 1, 2, "--to", "deleted")
    told(run, ws, "snapshot", "with 3")
    told(run, ws, "state", 3, "--to", "deleted")
    found = told(run, ws, "trash")
    assert (found["erasable"], found["kept"]) == ([1, 2], {"3": "snapshot with 3 of reasoningbank shows it in use"})
    assert told(run, ws, "trash", "--empty", "--dry-run")["erasable"] == [1, 2]
    done = told(run, ws, "trash", "--empty")
    assert (done["erased"], list(done["kept"])) == ([1, 2], ["3"])
    assert states(run, ws).keys() == set(range(3, 13))
    assert "no memory item 1" in run("memories", ws, "show", 1).err
    assert "nothing was erased" in run("memories", ws, "trash", "--empty").out


def test_snapshots_have_names_and_banks_have_forks(run: Run, ws: Path) -> None:
    told(run, ws, "snapshot", "good", "--reason", "before the tests")
    told(run, ws, "snapshots", "--rename", "good", "better")
    told(run, ws, "state", 1, "--to", "deleted")
    assert told(run, ws, "--bank", "reasoningbank@better", "fork", "side")["parent"] == "reasoningbank"
    assert len(told(run, ws, "--bank", "side", "list")["items"]) == 12
    told(run, ws, "rollback", "better", "--author", "Ann")
    told(run, ws, "snapshots", "--delete", "better")
    assert told(run, ws, "snapshots")["snapshots"] == []
    assert states(run, ws)[1] == "active"


def test_a_file_is_compared_before_it_is_read(run: Run, ws: Path, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    assert (
        main(["export", str(ws), "memories", "--format", "csv", "-o", str(table), "--state", ",".join(ItemState)]) == 0
    )
    text = table.read_text(encoding="utf-8").replace('Do 1"', 'Do one"').replace('Do 3"', 'Do three"')
    table.write_text(text + '"","","New","","By hand"\n', encoding="utf-8")
    plan = told(run, ws, "--bank", "reasoningbank", "import", table, "--dry-run", "--collisions", "both")
    (met,) = plan["banks"]
    assert (len(met["new"]), len(met["identical"])) == (1, 10)
    assert [(one["uid"], one["fields"], one["choice"]) for one in met["different"]] == [
        ("u1", ["content"], "both"),
        ("u3", ["content"], "both"),
    ]
    assert states(run, ws).keys() == set(range(1, 13))
    more = ("--collisions", "both", "--choose", "u3=keep", "--author", "Ann", "--reason", "from a table")
    told(run, ws, "--bank", "reasoningbank", "import", table, *more)
    rows = told(run, ws, "list")["items"]
    assert [row["content"] for row in rows if row["title"] == "Sort the list 1"] == ["Do 1", "Do one"]
    assert told(run, ws, "show", 3)["items"][0]["content"] == "Do 3"
    assert "copied as" in run("memories", ws, "lineage", 1).out
    assert told(run, ws, "history", rows[-1]["id"])["changes"][0]["who"] == "Ann"
    told(run, ws, "undo")
    assert states(run, ws).keys() == set(range(1, 13))
    ran = run("memories", ws, "--bank", "reasoningbank", "import", table, "--choose", "u9=keep")
    assert (ran.code, "--dry-run tells of" in ran.err) == (2, True)


def test_importing_begins_a_workspace(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "one.md"
    source.write_text("# Memory Item 1\n## Title A\n## Description B\n## Content C\n", encoding="utf-8")
    assert run("memories", tmp_path / "new.rbank", "import", source).code == 0
    assert [row["title"] for row in told(run, tmp_path / "new.rbank", "list")["items"]] == ["A"]
    source.write_text("nothing to learn", encoding="utf-8")
    assert run("memories", tmp_path / "other.rbank", "import", source).code == 2
    assert not (tmp_path / "other.rbank").exists()


@pytest.mark.parametrize("name", ["official", "official-scaling"])
def test_lessons_of_no_task_reach_the_official_code_and_come_back(
    run: Run, ws: Path, tmp_path: Path, name: str
) -> None:
    for number in "12":
        told(run, ws, "add", "--title", f"By hand {number}", "--description", "d", "--content", "c")
    target = tmp_path / "bank.jsonl"
    assert run("export", ws, "memories", "--format", name, "-o", target, "--json").json["count"] == 12
    assert run("memories", tmp_path / "back.rbank", "import", target).code == 0
    titles = {row["title"] for row in told(run, tmp_path / "back.rbank", "list")["items"]}
    assert {"By hand 1", "By hand 2"} <= titles
    assert len(titles) == 12


def test_lessons_go_into_an_agents_file_beside_what_stands_there(run: Run, ws: Path, tmp_path: Path) -> None:
    target = tmp_path / "AGENTS.md"
    target.write_text("# Ours\n", encoding="utf-8")
    for _ in range(2):
        assert run("export", ws, "memories", "--format", "agents-md", "-o", target, "--json").json["count"] == 10
    text = target.read_text(encoding="utf-8")
    assert text.startswith("# Ours\n\n")
    assert text.count("### Sort the list") == 10


def test_a_short_word_is_looked_for_though_a_uid_begins_with_it(run: Run, ws: Path) -> None:
    assert told(run, ws, "state", "u", "--to", "excluded", "--dry-run")["matching"] == 0
    assert told(run, ws, "state", "u1", "--to", "excluded", "--dry-run")["matching"] == 1
    assert told(run, ws, "state", "version:>0", "--to", "excluded", "--dry-run")["matching"] == 12


def test_a_snapshot_called_now_is_not_the_present(run: Run, ws: Path) -> None:
    told(run, ws, "snapshot", "now")
    told(run, ws, "state", 3, "--to", "deleted")
    assert told(run, ws, "diff", "now")["restated"] == ["u3"]
    assert told(run, ws, "diff", "now", "now")["restated"] == []


def test_an_undo_for_one_bank_leaves_the_change_of_another_alone(run: Run, ws: Path) -> None:
    told(run, ws, "fork", "mine")
    told(run, ws, "state", 3, "--to", "archived")
    refused = run("memories", ws, "--bank", "mine", "undo")
    assert (refused.code, "was in bank reasoningbank" in refused.err) == (2, True)
    assert states(run, ws)[3] == "archived"
    told(run, ws, "--bank", "reasoningbank", "undo")
    assert states(run, ws)[3] == "active"
    assert run("memories", ws, "--bank", "mine", "redo").code == 2
