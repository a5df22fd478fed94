from pathlib import Path

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.store.saved_filters import delete_filter, save_filter, saved_filters
from rb_studio.store.workspace import Workspace

QUERY = 'sort -tag:"needs work" (used:>5 OR source:hand) sim:>0.6 ~ "find the largest"'
SHOWN = {"order": "low", "descending": True, "columns": ["title", "used"], "off": ["-tag:x"]}


def test_a_filter_holds_every_condition_over_closing(workspace: Workspace, path: Path) -> None:
    change = workspace.run(lambda db: save_filter(db, "memories", " Weak ones ", QUERY, SHOWN))
    workspace.close()

    with Workspace.open(path, write=False) as again:
        (found,) = saved_filters(again.reader(), "memories")
    assert (found.name, found.query, found.shown) == ("Weak ones", QUERY, SHOWN)
    assert change.tables == ("saved_filter",)
    assert change.operation is None


def test_a_name_is_given_once_in_a_room_and_can_be_given_anew(workspace: Workspace) -> None:
    workspace.run(lambda db: save_filter(db, "memories", "b", "first", {}))
    workspace.run(lambda db: save_filter(db, "trajectories", "b", "other room", {}))
    workspace.run(lambda db: save_filter(db, "memories", "A", "x", {}))
    workspace.run(lambda db: save_filter(db, "memories", "b", "second", {"order": "id"}))

    found = saved_filters(workspace.reader(), "memories")
    assert [(one.name, one.query) for one in found] == [("A", "x"), ("b", "second")]
    assert found[1].shown == {"order": "id"}


def test_a_filter_is_deleted_in_its_room_alone(workspace: Workspace) -> None:
    for room in ("memories", "trajectories"):
        workspace.run(lambda db, room=room: save_filter(db, room, "b", "x", {}))
    workspace.run(lambda db: delete_filter(db, "memories", "b"))

    assert saved_filters(workspace.reader(), "memories") == []
    assert len(saved_filters(workspace.reader(), "trajectories")) == 1
    with pytest.raises(UsageError, match="no saved filter 'b'; there is none yet"):
        workspace.run(lambda db: delete_filter(db, "memories", "b"))
    with pytest.raises(UsageError, match="needs a name"):
        workspace.run(lambda db: save_filter(db, "memories", "  ", "x", {}))
