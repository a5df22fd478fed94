"""Judging one rollout after the other without being told what others said."""

import pytest
from PySide6.QtWidgets import QToolButton

from rb_studio.gui.frame import Frame
from rb_studio.gui.review.queue import Standing
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.rooms.verdicts.commands import WHERE
from rb_studio.gui.rooms.verdicts.item_model import COLUMNS
from rb_studio.gui.rooms.verdicts.presenter import HIDING
from rb_studio.gui.rooms.verdicts.review_part import BLIND
from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
from tests.gui.verdicts.conftest import DRAWS


@pytest.fixture
def room(frame: Frame, qtbot) -> VerdictsRoom:
    made = VerdictsRoom(frame)
    qtbot.addWidget(made)
    frame.registry.add(*made.commands())
    made.resize(1200, 760)
    made.show()
    made.entered()
    qtbot.waitUntil(lambda: made.presenter.shown is not None and len(made.presenter.ids) == DRAWS)
    return made


def do(frame: Frame, command: str) -> None:
    assert frame.registry.command(command).enabled()
    frame.registry.command(command).do()


def begin(room: VerdictsRoom, frame: Frame, qtbot) -> list[str]:
    frame.dialogs.answers.append(BLIND)
    do(frame, "verdicts.queue.begin")
    qtbot.waitUntil(lambda: on_screen(room, frame) != "")
    return list(reviews_of(frame).queue(WHERE).items)


def on_screen(room: VerdictsRoom, frame: Frame) -> str:
    queue, shown = reviews_of(frame).queue(WHERE), room.presenter.shown.detail.rollout
    return queue.current if queue is not None and queue.current == f"{shown.run}/{shown.uid}" else ""


def test_a_verdict_goes_on_to_the_next_and_skipping_is_no_verdict(room, frame, qtbot) -> None:
    items = begin(room, frame, qtbot)
    assert len(items) == DRAWS
    qtbot.waitUntil(lambda: on_screen(room, frame) == items[0])
    do(frame, "verdicts.judge.unknown")
    qtbot.waitUntil(lambda: on_screen(room, frame) == items[1])
    do(frame, "verdicts.queue.skip")
    qtbot.waitUntil(lambda: on_screen(room, frame) == items[2])
    queue = reviews_of(frame).queue(WHERE)
    assert [queue.standing(one) for one in items[:3]] == [Standing.DONE, Standing.SKIPPED, Standing.PENDING]
    qtbot.waitUntil(lambda: room.presenter.report.human == 1)
    do(frame, "verdicts.queue.back")
    qtbot.waitUntil(lambda: on_screen(room, frame) == items[1])


def test_blind_hides_all_that_tells_and_shows_what_was_done(room, frame, qtbot) -> None:
    own = room.list.hidden_columns()
    begin(room, frame, qtbot)
    assert all(room.list.table.isColumnHidden(COLUMNS.index(name)) for name in HIDING)
    hidden = (room.overview.matrix, room.overview.rates, room.panel.tabs, room.panel.table, room.heading.scopes)
    assert not any(widget.isVisible() for widget in hidden)
    assert room.panel.did.isVisible()
    qtbot.waitUntil(lambda: room.panel.did.toPlainText() != "")
    for told in ("verdicts.prompt", "verdicts.copy_rates", "verdicts.list.unknown", "verdicts.given"):
        assert not frame.registry.command(told).enabled()
    assert room.list.hidden_columns() == own
    do(frame, "verdicts.queue.end")
    assert all(widget.isVisible() for widget in hidden)
    assert not room.panel.did.isVisible()


def test_an_order_or_a_cell_that_tells_is_given_up(room, frame, qtbot) -> None:
    room.presenter.order("judge", False)
    room.presenter.choose_cell({"judge": "failure"})
    qtbot.waitUntil(lambda: len(room.presenter.ids) < DRAWS)
    do(frame, "verdicts.blind")
    qtbot.waitUntil(lambda: len(room.presenter.ids) == DRAWS)
    assert room.presenter.sort == "order"


def test_blind_the_task_has_the_width_and_what_is_under_review_is_in_sight(room, frame, qtbot) -> None:
    table = room.list.table
    room.resize(1200, 420)
    width = table.columnWidth(0)
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    do(frame, "verdicts.blind")
    assert table.horizontalHeader().length() == table.viewport().width()
    qtbot.waitUntil(lambda: table.viewport().rect().contains(table.visualRect(table.currentIndex()).center()))
    do(frame, "verdicts.blind")
    assert table.columnWidth(0) == width


def test_the_queue_has_a_key_and_a_button(room, frame) -> None:
    action = frame.registry.action("verdicts.queue.begin")
    assert frame.registry.command("verdicts.queue.begin").shortcut == "Q"
    assert any(button.defaultAction() is action for button in room.list.findChildren(QToolButton))
