"""The map: drawn off the GUI thread, a lasso and a ring that select in the table, a selection that shows on it."""

import time
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainterPath
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import gathered, vectors_first
from rb_studio.gui.rooms.memories.map_draw import MARKERS, drawn, inside, radius_of, whole
from rb_studio.gui.rooms.memories.map_part import MapPart
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.item_vectors import keep_vectors, missing_texts
from rb_studio.jobs.map import SENTENCE, bank_map
from rb_studio.jobs.reembed import reembed
from rb_studio.records.memory import ItemState


def part_of(room: MemoriesRoom) -> MapPart:
    return next(part for part in room.parts.all if isinstance(part, MapPart))


@pytest.fixture
def mapped(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> MapPart:
    """The map of the bank, made without another process; nobody looks at it yet."""
    room.side.panel("map")
    workspace, bank, part = frame.session.workspace, room.bank(), part_of(room)
    with chosen_embedder("hashing") as embedder:
        keep_vectors(
            workspace.run, missing_texts(workspace.reader(), bank, embedder), embedder, lambda done, total: None
        )
        found = bank_map(workspace.reader(), bank, embedder)
    part.presenter.map, part.presenter.bank = found, bank
    part.show()
    part.presenter._show(bank, found)
    qtbot.waitUntil(lambda: "active" in part.panel.legend.text())
    return part


def drag(view: QWidget, to: QPoint) -> None:
    """A move with the left button down, which a move of QTest does not have."""
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at = QPointF(to)
    QApplication.sendEvent(view, QMouseEvent(QEvent.Type.MouseMove, at, view.mapToGlobal(at), left, left, plain))


def rectangle(part: MapPart, rows: list[int]) -> QPainterPath:
    path = QPainterPath()
    for x, y in part.panel.view.pixels()[rows].tolist():
        path.addRect(x - 1, y - 1, 3, 3)
    return path


def test_the_map_is_drawn_when_looked_at_and_says_what_it_is_not(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    part, workspace = part_of(room), frame.session.workspace
    with chosen_embedder("hashing") as embedder:
        keep_vectors(
            workspace.run, missing_texts(workspace.reader(), room.bank(), embedder), embedder, lambda done, total: None
        )
    frame.registry.action("memory.map").trigger()
    qtbot.waitUntil(lambda: part.presenter.map is not None, timeout=20_000)

    assert len(part.presenter.map.ids) == len(room.presenter.ids)
    assert part.panel.sentence.text().startswith(SENTENCE)
    assert "not metric" in part.panel.sentence.text()


def test_a_lasso_lists_and_selects_its_items(mapped: MapPart, room: MemoriesRoom, qtbot: QtBot) -> None:
    rows = [0, 1]
    mapped.panel.view.gather(rectangle(mapped, rows), Qt.KeyboardModifier.NoModifier)
    wanted = set(mapped.presenter.ids_of(mapped.panel.view.chosen.nonzero()[0]))
    assert set(mapped.presenter.map.ids[rows].tolist()) <= wanted

    qtbot.waitUntil(lambda: set(room.table.selected_ids()) == wanted)
    assert set(room.selected()) == wanted


def test_dragging_draws_a_lasso(mapped: MapPart, qtbot: QtBot) -> None:
    view = mapped.panel.view
    corners = [QPoint(1, 1), QPoint(view.width() - 1, 0), QPoint(view.width() - 1, view.height() - 1)]
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=corners[0])
    for corner in [*corners[1:], QPoint(0, view.height() - 1)]:
        drag(view, corner)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(0, view.height() - 1))

    qtbot.waitUntil(lambda: bool(view.chosen.all()))


def test_the_ring_gathers_without_a_mouse(mapped: MapPart, room: MemoriesRoom, qtbot: QtBot) -> None:
    view = mapped.panel.view
    view.setFocus()
    for _ in range(12):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    QTest.keyClick(view, Qt.Key.Key_Space)
    count = int(view.chosen.sum())
    assert count > 1
    qtbot.waitUntil(lambda: room.table.selected_count() == count)
    QTest.keyClick(view, Qt.Key.Key_Space, Qt.KeyboardModifier.AltModifier)

    assert int(view.chosen.sum()) == 0


def test_what_is_selected_in_the_table_stands_out(mapped: MapPart, room: MemoriesRoom, qtbot: QtBot) -> None:
    room.table.choose(room.model.ids[3])

    qtbot.waitUntil(lambda: int(mapped.panel.view.chosen.sum()) == 1)
    row = int(mapped.panel.view.chosen.nonzero()[0][0])
    assert mapped.presenter.map.ids[row] == room.model.ids[3]


def test_a_click_shows_the_item(mapped: MapPart, room: MemoriesRoom, qtbot: QtBot) -> None:
    view = mapped.panel.view
    x, y = view.pixels()[5].tolist()
    row = view.nearest(QPointF(x, y), 12)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(x, y))

    qtbot.waitUntil(lambda: room.table.current_id() == mapped.presenter.map.ids[row])


def test_states_change_on_the_map_and_it_says_it_is_older(mapped: MapPart, room: MemoriesRoom, qtbot: QtBot) -> None:
    room.acts.set_state(list(room.presenter.ids), ItemState.EXCLUDED)

    qtbot.waitUntil(lambda: "excluded" in mapped.panel.legend.text())
    assert "changed since" in mapped.panel.status.text()


@pytest.mark.parametrize("by", ["state", "polarity"])
def test_every_point_has_a_colour_and_a_marker(mapped: MapPart, qtbot: QtBot, by: str) -> None:
    mapped.presenter.colour(by)
    qtbot.waitUntil(lambda: ("success" in mapped.panel.legend.text()) == (by == "polarity"))

    assert "\u25cf" in mapped.panel.legend.text()


def test_however_many_were_gathered_all_are_listed(
    mapped: MapPart, room: MemoriesRoom, frame: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathered, "MOST_NAMED", 2)
    rows, ids = np.arange(8), set(mapped.presenter.map.ids[:8].tolist())
    mapped._gathered(rows)
    qtbot.waitUntil(lambda: set(room.table.selected_ids()) == ids)
    assert room.bar.query.text() == "gathered:items"
    room.presenter.set_query(f"gathered:items -id:{min(ids)}")
    qtbot.waitUntil(lambda: set(room.model.ids) == ids - {min(ids)})
    room.presenter.set_query("-gathered:items")
    qtbot.waitUntil(lambda: len(room.model.ids) > 0 and not ids & set(room.model.ids))
    room.presenter.set_query("gathered:items OR tag:x")
    qtbot.waitUntil(lambda: gathered.APART in room.bar.note.text())
    assert room.presenter.place()["query"] == ""
    frame.registry.action("memory.filter.save").trigger()

    assert frame.toast.said[-1] == gathered.NOT_SAVED


def test_each_marker_has_its_own_shape() -> None:
    pictures = set()
    for place in range(len(MARKERS)):
        pixels, kinds = np.array([[10, 10]], np.int32), np.array([place])
        colours = [0xFF112233] * len(MARKERS)
        picture = drawn(pixels, kinds, np.zeros(1, bool), colours, 0xFFFFFFFF, 0xFF000000, (21, 21))
        pictures.add((picture == 0xFF112233).tobytes())

    assert len(pictures) == len(MARKERS)


def test_a_chosen_point_is_ringed_and_points_out_of_sight_are_left_out() -> None:
    pixels = np.array([[10, 10], [500, 500], [-4, 3]], np.int32)
    kinds, chosen = np.zeros(3, np.int64), np.array([True, False, False])
    picture = drawn(pixels, kinds, chosen, [0xFF0000FF], 0xFFFFFFFF, 0xFF00FF00, (40, 30))

    assert picture[10, 10] == 0xFF0000FF
    assert (picture == 0xFF00FF00).any()
    assert inside(pixels, np.ones((30, 40), bool)).tolist() == [True, False, False]


def test_a_hundred_thousand_points_are_drawn_elsewhere_and_gathered_at_once(mapped: MapPart, qtbot: QtBot) -> None:
    view, count = mapped.panel.view, 100_000
    points = np.random.default_rng(1).normal(size=(count, 2)).astype(np.float32)
    began = time.perf_counter()
    view.show_points(points, np.zeros(count, np.int64))
    view.repaint()
    shown = time.perf_counter() - began
    qtbot.waitUntil(lambda: not view._drawing, timeout=20_000)
    assert radius_of(count) == 2
    assert len(whole(points, 10, 10).pixels(points)) == count

    assert shown < 0.5  # generous: the picture itself is made on another thread


def test_what_has_no_vector_is_embedded_before_it_is_drawn(
    room: MemoriesRoom, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_first, "reembed", partial(reembed, isolated=False))
    part = part_of(room)
    part.show()
    qtbot.waitUntil(lambda: part.panel.button.text().startswith("Embed"))
    assert "nothing to draw" in part.panel.status.text()
    part.panel.button.click()
    qtbot.waitUntil(lambda: part.presenter.map is not None and len(part.presenter.map.ids) > 0, timeout=20_000)

    assert len(part.presenter.map.ids) == len(room.presenter.ids)
    qtbot.waitUntil(lambda: part.panel.button.text() == "Draw again")
