import shutil
from pathlib import Path
from typing import Any

import pytest

from rb_studio.cli.main import main
from rb_studio.store import curation
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run

LESSONS = {
    "Sort before reading": "Order a table by the column that matters before reading off the highest value.",
    "Save the form": "A form that is left without pressing the button keeps nothing.",
    "Quote the answer": "Report the value as it stands on the page.",
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "search.rbank"
    for title, content in LESSONS.items():
        assert main(["memories", str(path), "add", "--title", title, "--content", content]) == 0
    return path


@pytest.fixture
def ws(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(prepared, tmp_path))


def _found(run: Run, ws: Path, *arguments: object) -> Any:
    ran = run("memories", ws, "search", *arguments, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def test_words_find_items(run: Run, ws: Path) -> None:
    found = _found(run, ws, "form", "button")
    assert [item["title"] for item in found["items"]] == ["Save the form"]
    assert found["items"][0]["word_rank"] == 1
    assert found["items"][0]["cosine"] is None
    assert found["embedder"] is None


def test_meaning_finds_what_shares_no_word(run: Run, ws: Path) -> None:
    question = "arrange rows descending, look for largest"
    assert _found(run, ws, question)["items"] == []
    for arguments in (["--meaning", question], [question, "--meaning"], [f'~ "{question}"'], ["~", question]):
        found = _found(run, ws, *arguments)
        assert found["items"][0]["title"] == "Sort before reading"
        assert found["items"][0]["meaning_rank"] == 1
        assert 0 < found["items"][0]["cosine"] <= 1
        assert found["embedder"].startswith("all-MiniLM-L6-v2")


def test_vectors_are_kept_and_only_missing_ones_are_made(run: Run, ws: Path) -> None:
    def kept() -> int:
        with Workspace.open(ws, write=False) as workspace:
            return int(workspace.reader().execute("SELECT count(*) FROM vector").fetchone()[0])

    _found(run, ws, "button", "--meaning")
    assert kept() == len(LESSONS)
    _found(run, ws, "button", "--meaning")
    assert kept() == len(LESSONS)
    run("memories", ws, "edit", "1", "--content", "Something else.")
    _found(run, ws, "button", "--meaning")
    assert kept() == len(LESSONS) + 1


def test_search_works_while_another_process_writes_and_says_what_is_left_out(run: Run, ws: Path) -> None:
    with Workspace.open(ws, write=True):
        found = _found(run, ws, "form", "--meaning")
    assert [item["title"] for item in found["items"]] == ["Save the form"]
    assert "without a vector" in found["notes"][0]


def test_limit_and_state_narrow_a_search(run: Run, ws: Path) -> None:
    assert len(_found(run, ws, "the", "--meaning", "--limit", "1")["items"]) == 1
    run("memories", ws, "state", "2", "--to", "archived")
    assert _found(run, ws, "form", "--state", "active")["items"] == []
    assert len(_found(run, ws, "form", "--state", "archived")["items"]) == 1
    assert "nothing found" in run("memories", ws, "search", "form", "--state", "active").out


def test_a_search_for_nothing_is_refused(run: Run, ws: Path) -> None:
    for query in ("", "  ", "~", '~ ""'):
        assert run("memories", ws, "search", query).code == 2


@pytest.mark.parametrize(
    "query", ['"', "AND OR NOT", "a*b(c)", "~~", "title:x", "表を並べ替える", "\x00'; DROP TABLE item"]
)
def test_any_text_is_a_query(run: Run, ws: Path, query: str) -> None:
    assert run("memories", ws, "search", query, "--meaning").code == 0


def test_a_search_knows_fields_what_is_left_out_and_how_near(run: Run, ws: Path) -> None:
    def titles(*query: str) -> list[str]:
        return [item["title"] for item in _found(run, ws, *query)["items"]]

    run("memories", ws, "tag", "2", "--add", "needs work")
    assert sorted(titles("the -form")) == ["Quote the answer", "Sort before reading"]
    assert titles('tag:"needs work"') == ["Save the form"]
    assert titles('the -tag:"needs work" title:quote') == ["Quote the answer"]
    assert titles("title:sort OR title:quote") == ["Sort before reading", "Quote the answer"]
    assert sorted(titles('-title:form ~ "keep a form"')) == ["Quote the answer", "Sort before reading"]
    assert titles('sim:>0.99 ~ "something else"') == []
    assert titles("--", "-form -sort") == ["Quote the answer"]


def test_a_list_takes_the_same_queries(run: Run, ws: Path) -> None:
    found = run("memories", ws, "list", "source:hand -title:sort", "--text", "form", "--json").json
    assert [item["title"] for item in found["items"]] == ["Save the form"]
    assert found["total"] == 1
    assert "memories search" in run("memories", ws, "list", "~ meaning").err


def test_effects_that_are_not_known_find_nothing_and_say_so(run: Run, ws: Path) -> None:
    found = run("memories", ws, "list", "effect:<0", "--json").json
    assert (found["items"], found["total"]) == ([], 0)
    assert "not known" in found["notes"][0]
    assert "not known" in run("memories", ws, "search", "low:>0").out


@pytest.mark.parametrize(
    ("query", "said"),
    [("form colour:red", "character 6"), ("-~x sort", "cannot be left out"), ("sim:>0.5", "add one")],
)
def test_what_cannot_be_is_refused_with_its_place(run: Run, ws: Path, query: str, said: str) -> None:
    refused = run("memories", ws, "search", query)
    assert refused.code == 2
    assert said in refused.err


def test_duplicates_are_grouped_with_evidence(run: Run, ws: Path) -> None:
    for title in ("Save the form", "Save each form"):
        run("memories", ws, "add", "--title", title, "--content", LESSONS["Save the form"])
    groups = run("memories", ws, "duplicates", "--json").json["groups"]
    assert [group["ids"] for group in groups] == [[2, 4, 5]]
    assert groups[0]["cosine"] == pytest.approx(1.0, abs=1e-5)
    assert {item["id"] for item in groups[0]["items"]} == {2, 4, 5}
    assert all(pair["a"] < pair["b"] for pair in groups[0]["pairs"])
    assert "Save each form" in run("memories", ws, "duplicates").out


def test_items_called_distinct_or_put_away_are_no_duplicates(run: Run, ws: Path) -> None:
    run("memories", ws, "add", "--title", "Save the form", "--content", LESSONS["Save the form"])
    with Workspace.open(ws, write=True) as workspace:
        workspace.run(lambda db: curation.mark_distinct(db, 1, [2, 4]))
    assert run("memories", ws, "duplicates", "--json").json["groups"] == []
    run("memories", ws, "undo")
    assert len(run("memories", ws, "duplicates", "--json").json["groups"]) == 1
    run("memories", ws, "state", "4", "--to", "archived")
    assert run("memories", ws, "duplicates", "--json").json["groups"] == []
    assert len(run("memories", ws, "duplicates", "--state", "active,archived", "--json").json["groups"]) == 1


def test_a_bank_without_items_has_no_duplicates(run: Run, ws: Path) -> None:
    for number in (1, 2, 3):
        run("memories", ws, "state", number, "--to", "deleted")
    assert run("memories", ws, "duplicates", "--json").json["groups"] == []
