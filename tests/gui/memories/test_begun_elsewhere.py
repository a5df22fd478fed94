"""New items that were begun at steps of a rollout keep where they come from, and lead back to just those."""

from rb_studio.gui.rooms.memories.draft_part import BEGIN, GO_ON
from rb_studio.gui.rooms.memories.drafts import NEW, NEW_KEY, Drafts
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.gui.rooms.room import Place
from rb_studio.records.memory import ItemSource

ASKED = {
    "content": "Step 2: look",
    "task": "Find it",
    "reason": "From steps",
    "rollout": "",
    "steps": [2, 4],
    "status": "failure",
}


def asked(room: MemoriesRoom, **more: str) -> dict:
    uid = room.frame.session.workspace.reader().execute("SELECT uid FROM rollout LIMIT 1").fetchone()[0]
    return {"draft": ASKED | {"rollout": uid} | more}


def test_an_item_begun_elsewhere_is_saved_with_its_steps_and_leads_back_to_them(room, qtbot, stored) -> None:
    place = asked(room)
    room.show_place(place)
    editor = room.side.editor
    assert (editor.content.text(), editor.task.text(), editor.reason.text()) == (
        "Step 2: look",
        "Find it",
        "From steps",
    )
    assert editor.title.input.hasFocus() or not room.isActiveWindow()
    editor.title.load("", "Look twice")
    editor._tell()
    again = Drafts()
    again.restore(room.editing.drafts.to_plain())
    assert again.of(NEW_KEY) == room.editing.drafts.of(NEW_KEY)
    before = set(stored())
    editor.save()
    qtbot.waitUntil(lambda: len(stored()) > len(before))
    (item,) = (row for id_, row in stored().items() if id_ not in before)
    uid = place["draft"]["rollout"]
    assert item.sources == (ItemSource(uid, (2, 4), "failure"),)
    qtbot.waitUntil(lambda: "these 2 steps" in room.side.origin.facts.toPlainText())
    with qtbot.waitSignal(room.go) as gone:
        link = room.side.origin.facts.toHtml().split('href="go:rollout?')[2].split('"')[0].replace("&amp;", "&")
        room.side.origin.facts.anchorClicked.emit(f"go:rollout?{link}")
    assert gone.args == [Place("trajectories", {"rollout": uid, "steps": [2, 4]})]


def test_what_was_begun_before_is_gone_on_with_unless_it_is_given_up(room) -> None:
    room.show_place(asked(room, content="first"))
    room.frame.dialogs.answers = [GO_ON, BEGIN]
    room.show_place(asked(room, content="second"))
    assert room.side.editor.content.text() == "first"
    room.show_place(asked(room, content="second"))
    assert room.side.editor.content.text() == "second"
    assert room.editing.item_id == NEW


def test_it_stands_in_the_editor_though_the_room_is_shown_for_the_first_time(make_room, frame, qtbot) -> None:
    room = make_room(frame)
    room.show_place(asked(room))
    qtbot.waitUntil(lambda: bool(room.model.ids) and frame.session.idle)
    assert room.editing.item_id == NEW
    assert room.side.editor.content.text() == "Step 2: look"
