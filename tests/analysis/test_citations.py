"""What an agent said of its notes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis import citations
from rb_studio.analysis.citations import cited_items

TITLES = ("Check the date filter", "Do not trust the first result", "Search")
YES, NO, NOTHING = True, False, None


@pytest.mark.parametrize(
    ("thought", "cited"),
    [
        ("I open the orders page first.", (NOTHING, NOTHING, NOTHING)),
        ("", (NOTHING, NOTHING, NOTHING)),
        ("I will search for the first result.", (NOTHING, NOTHING, NOTHING)),
        ("I will use note 1.", (YES, NO, NO)),
        ("I will use notes 1 and 3 and leave aside note 2.", (YES, NO, YES)),
        ("Using notes 1-3.", (YES, YES, YES)),
        ("I'll use Memory Item 2, leaving the others aside.", (NO, YES, NO)),
        ("I will use 'check the date-filter'; the rest is irrelevant here.", (YES, NO, NO)),
        ('The lesson "Do not trust the first result" fits.', (NO, YES, NO)),
        ("Do not trust the first result: useful. Check the date filter does not apply.", (NO, YES, NO)),
        ("**Search** is what I will follow.", (NO, NO, YES)),
        ("I ignore note 2.", (NOTHING, NO, NOTHING)),
        ("The first one applies, but the second one doesn't fit.", (YES, NO, NO)),
        ("The last note helps.", (NO, NO, YES)),
        ("None of the notes fit this task.", (NO, NO, NO)),
        ("None of them apply.", (NO, NO, NO)),
        ("I will use all of the notes.", (YES, YES, YES)),
        ("The notes do not fit.", (NO, NO, NO)),
        ("The notes are helpful: I will use note 2.", (NO, YES, NO)),
        ("Note 1 says not to use the menu, so I go by the search box.", (YES, NO, NO)),
        ("Note 7 is what I will use.", (NOTHING, NOTHING, NOTHING)),
        ("I will use note 1 while note 3 is unrelated.", (YES, NO, NO)),
        ('I use "Check the date filter", not the other one.', (YES, NO, NO)),
        ('I use "Check the date filter" and not the other one.', (YES, NO, NO)),
        ("I will use 'Check the date filter', not 'Do not trust the first result'.", (YES, NO, NO)),
        ("I use note 1, not note 2.", (YES, NO, NO)),
        ("I use note 1 (not the second one).", (YES, NO, NO)),
        ("I use note 1 rather than note 2.", (YES, NO, NO)),
        ("Instead of note 2 I use note 1.", (YES, NO, NO)),
        ("I will use note 1, not the others.", (YES, NO, NO)),
        ("I will use not only note 1 but note 2.", (YES, YES, NO)),
        ('"Do not trust the first result" is what I use, not the menu.', (NO, YES, NO)),
    ],
)
def test_what_the_agent_said_of_its_notes_is_read(thought, cited):
    assert cited_items(thought, TITLES) == cited


def test_a_title_inside_another_is_not_taken_for_it():
    assert cited_items("I will use Check the date filter.", ("Check the date", TITLES[0])) == (False, True)


def test_a_title_with_the_words_that_part_clauses_is_one_name():
    titles = ("Search first, but read as you go", "Sort")
    assert cited_items("I will use Search first, but read as you go.", titles) == (True, False)


_SAID = st.lists(
    st.sampled_from(
        ["I", "use", "not", "note", "notes", "1", "2", "the", "first", "other", "one", "Sort", "tables", "by", "date",
         ",", ".", '"', "and", "none", "of", "them", "all", "ignore", "_Sort_", "menu"]
    ),
    max_size=14,
).map(" ".join)  # fmt: skip


@given(_SAID, st.lists(st.sampled_from(["Sort", "Sort tables", "by date", "_Sort_", "1", "", "menu"]), max_size=3))
def test_what_is_put_aside_at_once_says_nothing_when_read_in_full(thought, titles):
    in_full = citations._read([citations._marked(thought, titles)], len(titles))
    assert cited_items(thought, titles) == in_full


@given(_SAID, st.sampled_from(["Sort tables", "by date", "the first note", "1 2"]))
def test_a_title_is_found_wherever_its_words_follow_each_other(thought, title):
    name = re.compile(r"\b" + r"\W+".join(title.split()) + r"\b", re.IGNORECASE)
    assert citations._marked(thought, [title]) == name.sub("\ue000", thought)


def test_without_notes_nothing_is_said():
    assert cited_items("I will use note 1", ()) == ()


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=4))
def test_any_text_has_a_reading(thought, titles):
    assert len(cited_items(thought, titles)) == len(titles)
