"""Looks of arms: a place for good, a name while a person wants it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.store.arm_looks import Look, completed, keep_looks, stored_looks
from rb_studio.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as opened:
        yield opened


def kept(workspace: Workspace, keys: list[str], names: dict[str, str] | None = None) -> dict[str, Look]:
    workspace.run(lambda db: keep_looks(db, keys, names or {}))
    return stored_looks(workspace.reader())


def test_an_arm_keeps_its_place_and_a_new_one_takes_the_next(workspace: Workspace) -> None:
    assert kept(workspace, ["a", "b"]) == {"a": Look(0), "b": Look(1)}
    assert kept(workspace, ["c", "b"]) == {"a": Look(0), "b": Look(1), "c": Look(2)}
    assert completed({"b": Look(4)}, ["a", "b", "a"]) == {"b": Look(4), "a": Look(5)}


def test_a_name_is_one_clean_line_and_goes_when_it_is_emptied(workspace: Workspace) -> None:
    assert kept(workspace, ["a"], {"a": " Ours\u202e\n(k) "})["a"] == Look(0, "Ours (k)")
    assert kept(workspace, ["a", "b"])["a"].name == "Ours (k)"
    assert kept(workspace, ["a"], {"a": ""})["a"] == Look(0)


@pytest.mark.parametrize(
    ("names", "said"),
    [({"a": "x" * 201}, "201 characters"), ({"a": "Ours (judged)"}, "judged"), ({"a": "one", "b": "one"}, "several")],
)
def test_what_would_confuse_a_figure_is_refused_and_nothing_kept(workspace: Workspace, names: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        kept(workspace, ["a", "b"], names)
    assert stored_looks(workspace.reader()) == {}


def test_nothing_new_changes_nothing(workspace: Workspace) -> None:
    kept(workspace, ["a"], {"a": "A"})
    assert workspace.run(lambda db: keep_looks(db, ["a"], {"a": "A"})).empty
