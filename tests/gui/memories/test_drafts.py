"""Drafts: what counts as one, what they remember, and where they go when their item is gone."""

from rb_studio.gui.rooms.memories.drafts import NEW, NEW_KEY, Draft, Drafts, Key
from rb_studio.records.item_text import ItemText

STORED = ItemText("a", "b", "c")
TYPED = ItemText("a!", "b", "c")
THREE = Key(1, 3)


def test_the_stored_texts_again_are_no_draft() -> None:
    drafts = Drafts()

    assert drafts.type(THREE, Draft(TYPED, 1), STORED)
    assert drafts.ids(1) == {3}
    assert drafts.type(THREE, Draft(STORED, 1), STORED)
    assert drafts.ids(1) == set()


def test_an_item_has_a_draft_of_its_own_in_each_bank() -> None:
    drafts = Drafts()
    drafts.type(THREE, Draft(TYPED, 1), STORED)

    assert drafts.ids(2) == set()
    assert drafts.of(Key(2, 3)) is None


def test_a_draft_remembers_the_version_it_was_begun_over() -> None:
    drafts = Drafts()
    drafts.type(THREE, Draft(TYPED, 1), STORED)
    drafts.type(THREE, Draft(ItemText("more", "b", "c"), 2), STORED)

    kept = drafts.of(THREE)
    assert kept is not None
    assert (kept.version, kept.text.title) == (1, "more")


def test_what_was_typed_after_saving_stays_a_draft_over_the_new_version() -> None:
    drafts = Drafts()
    drafts.type(THREE, Draft(ItemText("later", "b", "c"), 1), STORED)
    drafts.saved(THREE, TYPED, 2)

    assert drafts.of(THREE) == Draft(ItemText("later", "b", "c"), 2)


def test_a_task_text_alone_is_a_draft_of_a_new_item() -> None:
    drafts = Drafts()
    drafts.type(NEW_KEY, Draft(ItemText(""), task="find it"), ItemText(""))

    assert drafts.ids(1) == {NEW}


def test_drafts_come_back_and_damaged_ones_are_left_out() -> None:
    drafts = Drafts()
    drafts.type(THREE, Draft(TYPED, 4, "", "clearer", "uid"), STORED)
    again = Drafts()
    again.restore([*drafts.to_plain(), {"bank": 1, "id": "x"}, None, {"text": {}}, "text"])

    assert again.all == {THREE: Draft(TYPED, 4, "", "clearer", "uid")}


def test_what_was_typed_since_is_not_overwritten_by_what_was_kept() -> None:
    drafts = Drafts()
    drafts.type(THREE, Draft(TYPED, 4), STORED)
    kept = drafts.to_plain()
    drafts.type(THREE, Draft(ItemText("newer", "b", "c"), 4), STORED)
    drafts.restore(kept)

    assert drafts.all[THREE].text.title == "newer"


def test_a_draft_steps_aside_while_its_item_is_gone_and_comes_back_with_it() -> None:
    drafts = Drafts()
    drafts.type(THREE, Draft(TYPED, 1, uid="u"), STORED)

    assert drafts.settle([THREE], {})
    assert (drafts.all, list(drafts.gone)) == ({}, [THREE])
    assert drafts.settle([THREE], {THREE: "u"})
    assert (list(drafts.all), drafts.gone) == ([THREE], {})


def test_another_item_with_the_same_number_does_not_get_the_text() -> None:
    drafts = Drafts()
    drafts.type(THREE, Draft(TYPED, 1, uid="u"), STORED)
    drafts.settle([THREE], {THREE: "another"})

    assert drafts.of(THREE) is None


def test_a_text_whose_item_is_gone_becomes_a_new_item_where_none_was_begun() -> None:
    drafts = Drafts()
    for key in (THREE, Key(1, 4)):
        drafts.type(key, Draft(TYPED, 1, uid="u"), STORED)
        drafts.settle([key], {})

    assert drafts.take_up()
    assert drafts.all == {NEW_KEY: Draft(TYPED)}
    assert not drafts.take_up()
    assert len(drafts.gone) == 1
