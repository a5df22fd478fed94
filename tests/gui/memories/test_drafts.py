from rb_studio.gui.rooms.memories.drafts import NEW, Draft, Drafts
from rb_studio.records.item_text import ItemText

STORED = ItemText("a", "b", "c")
TYPED = ItemText("a!", "b", "c")


def test_the_stored_texts_again_are_no_draft() -> None:
    drafts = Drafts()

    assert drafts.type(3, Draft(TYPED, 1), STORED)
    assert drafts.ids == {3}
    assert drafts.type(3, Draft(STORED, 1), STORED)
    assert drafts.ids == set()


def test_a_draft_remembers_the_version_it_was_begun_over() -> None:
    drafts = Drafts()
    drafts.type(3, Draft(TYPED, 1), STORED)
    drafts.type(3, Draft(ItemText("more", "b", "c"), 2), STORED)

    kept = drafts.of(3)
    assert kept is not None
    assert (kept.version, kept.text.title) == (1, "more")


def test_what_was_typed_after_saving_stays_a_draft_over_the_new_version() -> None:
    drafts = Drafts()
    drafts.type(3, Draft(ItemText("later", "b", "c"), 1), STORED)
    drafts.saved(3, TYPED, 2)

    assert drafts.of(3) == Draft(ItemText("later", "b", "c"), 2)


def test_a_task_text_alone_is_a_draft_of_a_new_item() -> None:
    drafts = Drafts()
    drafts.type(NEW, Draft(ItemText(""), task="find it"), ItemText(""))

    assert drafts.ids == {NEW}


def test_drafts_come_back_and_damaged_ones_are_left_out() -> None:
    drafts = Drafts()
    drafts.type(3, Draft(TYPED, 4, ""), STORED)
    again = Drafts()
    again.restore([*drafts.to_plain(), {"id": "x"}, None, {"text": {}}])

    assert again.of(3) == Draft(TYPED, 4, "")
    assert again.ids == {3}
