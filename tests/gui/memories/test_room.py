"""The room as a whole: places, growth while a run learns, foreign texts, small windows."""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSpinBox
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.commands import TABLE_KEYS, TOOL_BAR
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.gui.rooms.room import Place
from rb_studio.jobs.own_bank import add_by_hand
from rb_studio.records.event import Event
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, curation, operations

HOSTILE = '<b>bold</b><img src="file:///etc/passwd">&amp;'


def add(room: MemoriesRoom, count: int, title: str = "Later") -> None:
    """Items another writer added: nothing tells the room."""

    def work(db) -> None:
        for number in range(count):
            add_by_hand(db, room.presenter.bank, ItemText(f"{title} {number}", "d", "c"))

    room.frame.session.workspace.run(work)


def learned(room: MemoriesRoom) -> None:
    room.frame.session.events.emit([Event(1, 1, "distilled", "experience", 1, "")])


def test_the_place_is_plain_json_and_comes_back(room: MemoriesRoom, make_room, make_frame, qtbot: QtBot) -> None:
    import json

    room.presenter.set_query("state:active")
    room.table.choose(room.model.ids[3])
    qtbot.waitUntil(lambda: room.side.editor.item_id == room.model.ids[3])
    room.side.show_tab("history")
    kept = json.loads(json.dumps(room.place_to_keep()))
    again = MemoriesRoom(room.frame)
    qtbot.addWidget(again)
    again.restore_place(kept)
    again.entered()

    qtbot.waitUntil(lambda: again.table.current_id() == room.model.ids[3])
    assert again.bar.query.text() == "state:active"
    assert again.side.current_panel() is again.side.history
    again.closing()


def test_what_a_run_learns_appears_without_moving_anybody(room: MemoriesRoom, qtbot: QtBot) -> None:
    add(room, 60)
    learned(room)
    qtbot.waitUntil(lambda: len(room.model.ids) > 60)
    room.presenter.sort("id", True)
    qtbot.waitUntil(lambda: room.model.ids[0] > room.model.ids[-1])
    chosen = room.model.ids[30]
    room.table.choose(chosen)
    room.table.verticalScrollBar().setValue(25)
    top = room.model.ids[room.table.rowAt(0)]
    add(room, 5, "Newest")
    learned(room)

    qtbot.waitUntil(lambda: room.table.currentIndex().row() == 35)
    assert room.table.current_id() == chosen
    assert room.model.ids[room.table.rowAt(0)] == top
    assert room.table.verticalScrollBar().value() == 30


def test_events_that_teach_nothing_do_not_make_the_room_read(room: MemoriesRoom) -> None:
    room.frame.session.events.emit([Event(1, 1, "step", "step", 1, "")])

    assert not room._learning.isActive()


def test_going_to_an_item_a_query_and_a_bank(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    wanted = room.model.ids[4]
    room.show_place({"item": wanted})
    qtbot.waitUntil(lambda: room.table.current_id() == wanted)
    frame.session.workspace.run(lambda db: banks.fork_bank(db, room.presenter.bank, "my fork"))
    room.show_place({"bank": "my fork", "query": "polarity:success"})

    qtbot.waitUntil(lambda: room.presenter.bank_name == "my fork" and bool(room.model.ids))
    assert room.bar.query.text() == "polarity:success"
    assert room.bar.banks.currentText().startswith("my fork")


def test_links_of_the_origin_lead_to_rollouts_and_steps(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.table.choose(room.model.ids[0])
    qtbot.waitUntil(lambda: room.editing.detail is not None)
    assert room.editing.detail is not None
    source = room.editing.detail.row.sources[0]
    places: list[Place] = []
    room.go.connect(places.append)
    room.side.origin.facts.anchorClicked.emit(QUrl(f"go:rollout?rollout={source.rollout_uid}&step=2"))
    room.side.origin.facts.anchorClicked.emit(QUrl("go:rollouts"))

    assert places[0] == Place("trajectories", {"rollout": source.rollout_uid, "step": 2})
    assert places[1].target == {"rollouts": list(room.editing.detail.given_to)}
    assert source.rollout_uid in room.side.origin.facts.toHtml()


def test_foreign_texts_are_shown_as_they_are_and_fetch_nothing(room: MemoriesRoom, qtbot: QtBot) -> None:
    item = room.model.ids[0]
    text = ItemText(HOSTILE, HOSTILE, HOSTILE)
    room.frame.session.operate(lambda db: curation.edit_item(db, room.presenter.bank, item, text, reason=HOSTILE))
    room.frame.session.operate(lambda db: curation.add_tag(db, room.presenter.bank, [item], HOSTILE))
    room.table.choose(item)
    history = room.side.history
    qtbot.waitUntil(lambda: history.list.topLevelItemCount() == 4)
    history.list.setCurrentItem(history.list.topLevelItem(3))

    assert HOSTILE in history.diff.toPlainText()
    assert HOSTILE in room.side.editor.preview.text.toPlainText()
    assert room.side.editor.head.tags.textFormat() == Qt.TextFormat.PlainText
    assert history.diff.loadResource(2, QUrl("file:///etc/passwd")) is None
    tip = room.model.data(room.model.index(0, 2), Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip


def test_it_fits_a_small_window_and_filters_make_way(room: MemoriesRoom, qtbot: QtBot) -> None:
    assert room.verbs.filters_shown()
    room.resize(560, 400)

    qtbot.waitUntil(lambda: not room.verbs.filters_shown())
    smallest = room.minimumSizeHint()
    assert smallest.width() <= 560
    assert smallest.height() <= 400
    room.verbs.toggle_filters()
    assert room.verbs.filters_shown()


def test_every_input_has_a_name(room: MemoriesRoom) -> None:
    for kind in (QLineEdit, QPlainTextEdit, QComboBox, QSpinBox):
        for widget in room.findChildren(kind):
            inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QSpinBox | QComboBox)
            assert inner or widget.accessibleName(), widget


def test_every_tool_and_table_key_is_a_command(room: MemoriesRoom) -> None:
    known = {command.id for command in room.commands()}

    assert set(filter(None, (*TOOL_BAR, *TABLE_KEYS))) <= known
    assert all(command.enabled() in (True, False) for command in room.commands())


def test_f6_goes_round_the_panes(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.table.choose(room.model.ids[3])
    qtbot.waitUntil(lambda: room.side.editor.item_id == room.model.ids[3])
    with qtbot.waitActive(room):
        room.activateWindow()
        room.bar.focus_query()
    panes = (room.bar.query, room.filters, room.table, room.side)
    seen = []
    for _ in panes:
        room.verbs.next_pane()
        focus = room.window().focusWidget()
        seen.append(next(place for place, pane in enumerate(panes) if focus is pane or pane.isAncestorOf(focus)))

    assert seen == [1, 2, 3, 0]


def test_a_query_that_finds_nothing_offers_to_clear_it(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.presenter.set_query("tag:nobody-has-this")
    qtbot.waitUntil(lambda: room.panes.middle.currentIndex() == 2)
    room.frame.registry.action("memory.clear").trigger()

    qtbot.waitUntil(lambda: room.panes.middle.currentIndex() == 0)


def test_the_theme_reaches_everything_drawn(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.table.choose(room.model.ids[0])
    qtbot.waitUntil(lambda: room.editing.detail is not None)
    light = room.model.data(room.model.index(0, 1), Qt.ItemDataRole.DecorationRole).cacheKey()
    origin = room.side.origin.facts.toHtml()
    room.frame.theme.choose("dark")

    assert room.model.data(room.model.index(0, 1), Qt.ItemDataRole.DecorationRole).cacheKey() != light
    assert room.side.origin.facts.toHtml() != origin


def test_the_first_item_is_there_to_read_at_once(room: MemoriesRoom, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: room.side.editor.item_id == room.model.ids[0])

    assert room.table.selected_ids() == [room.model.ids[0]]


def test_by_keys_alone_from_the_table_to_the_editor_and_back(room: MemoriesRoom, stored, qtbot: QtBot) -> None:
    with qtbot.waitActive(room):
        room.activateWindow()
        room.table.setFocus()
    room.table.choose(room.model.ids[0])
    qtbot.keyClick(room.table, Qt.Key.Key_J)
    item = room.model.ids[1]
    qtbot.waitUntil(lambda: room.editing.detail is not None and room.editing.detail.row.id == item)
    qtbot.keyClick(room.table, Qt.Key.Key_Return)
    title = room.side.editor.title.input
    qtbot.waitUntil(title.hasFocus)
    title.selectAll()
    qtbot.keyClicks(title, "x y")
    room.frame.registry.action("memory.save").trigger()
    qtbot.waitUntil(lambda: stored()[item].title == "x y")
    qtbot.keyClick(title, Qt.Key.Key_Escape)
    assert room.table.hasFocus()
    qtbot.keyClick(room.table, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: stored()[item].state == "excluded")


def test_esc_in_the_table_leaves_the_current_row_alone_selected(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.table.choose(room.model.ids[2])
    room.verbs.select_all()
    assert len(room.model.ids) == room.table.selected_count()
    qtbot.keyClick(room.table, Qt.Key.Key_Escape)

    assert room.table.selected_ids() == [room.table.current_id()]


def test_an_undo_says_what_it_took_back(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    room.verbs.set_state(ItemState.EXCLUDED)
    qtbot.waitUntil(lambda: bool(frame.toast.said))
    frame.session.operate(lambda db: operations.undo(db, room.undo_scope()))

    qtbot.waitUntil(lambda: frame.toast.said[-1] == "Undo: Set 1 memory to excluded.")


def test_columns_come_back_in_their_order_and_width(room: MemoriesRoom, make_room, frame: Frame) -> None:
    header = room.table.header
    header.moveSection(2, 0)
    header.resizeSection(1, 321)
    kept = room.place_to_keep()
    frame.registry.remove([command.id for command in room.commands()])
    again = make_room(frame)
    again.restore_place(kept)

    assert again.table.shown_columns() == room.table.shown_columns()
    assert again.table.header.sectionSize(1) == 321


def test_the_items_own_part_of_the_block_is_in_sight_while_it_is_typed(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.resize(760, 520)
    for item in room.model.ids:
        room.table.choose(item)
        qtbot.waitUntil(lambda item=item: room.editing.detail is not None and room.editing.detail.row.id == item)
        assert room.editing.detail is not None
        if item != room.model.ids[0] and room.editing.detail.experience.items[-1].uid == room.editing.detail.row.uid:
            break
    room.side.editor.title.input.setText("Zebra")
    text = room.side.editor.preview.text
    cursor = text.document().find("Zebra")

    assert text.viewport().rect().contains(text.cursorRect(cursor).center())


def test_the_order_can_be_chosen_and_turned_by_keys(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    def choose_title() -> None:
        menu = room.table.header.sort_menu()
        next(action for action in menu.actions() if action.text().startswith("Title")).trigger()
        menu.close()

    choose_title()
    qtbot.waitUntil(lambda: (room.presenter.order, room.presenter.descending) == ("title", False))
    qtbot.waitUntil(lambda: room.table.header.sortIndicatorSection() == 2)
    choose_title()
    qtbot.waitUntil(lambda: room.presenter.descending)
    assert frame.registry.action("memory.sort").shortcut().toString() == "S"
