from pathlib import Path

import pytest

from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run
from tests.jobs.test_map_and_themes import LESSONS


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    path = tmp_path / "ws.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        learned = [
            Experience(f"e{n}", f"s/{n}", f"task {n}", (MemoryItem(f"i{n}", title, "d", content),))
            for n, (title, content) in enumerate(LESSONS)
        ]
        workspace.run(lambda db: import_items(db, bank, learned))
    return path


def test_themes_are_listed_labelled_and_named(run: Run, ws: Path) -> None:
    found = run("memories", ws, "themes", "--json").json
    (theme,) = found["themes"]
    assert [item["id"] for item in theme["items"]] == [1, 3, 4]
    assert (theme["name"], theme["path"], found["others"]) == (None, [], 2)
    run("memories", ws, "themes", "1", "i2", "--stage", "procedure", "--reason", "read")
    run("memories", ws, "themes", "4", "--stage", "adaptive")
    assert run("memories", ws, "themes", "4", "--name", "Sorting prices").code == 0
    text = run("memories", ws, "themes", "--least", "2").out
    assert "Sorting prices, 3 items, places 1 to 4: procedure -> adaptive" in text
    assert "2 themes" in text
    run("memories", ws, "undo")
    assert run("memories", ws, "themes", "--json").json["themes"][0]["name"] is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("1",), "named only to label them"),
        (("--stage", "adaptive"), "name the items"),
        (("1", "2", "--name", "x"), "name the one item"),
        (("1", "--stage", "adaptive", "--name", "x"), "do not go together"),
        (("1", "--stage", "genius"), "choose procedure"),
        (("1", "--model", "practice"), "practice model cannot say"),
        (("99", "--stage", "adaptive"), "no memory item 99"),
    ],
)
def test_what_cannot_be_labelled_is_refused_with_a_sentence(
    run: Run, ws: Path, given: tuple[str, ...], says: str
) -> None:
    found = run("memories", ws, "themes", *given)
    assert found.code == 2
    assert says in found.err
