"""Clauses of any query can be taken out and put back without changing what is asked for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.gui.rooms.memories.switched import (
    Shown,
    clauses_of,
    shown_of,
    what_differs,
    with_clause,
    without_clause,
)
from rb_studio.jobs.item_query import parse_query
from rb_studio.store.saved_filters import SavedFilter

LEAF = st.sampled_from(
    ["word", '"two words"', "state:active", "-tag:review", 'tag:"a b"', "used:>5", "-waiting", "title:plan"]
)
PART = st.one_of(
    LEAF,
    st.lists(LEAF, min_size=2, max_size=3).map(lambda some: f"({' OR '.join(some)})"),
    st.lists(LEAF, min_size=2, max_size=3).map(lambda some: f"-({' '.join(some)})"),
)
MEANING = st.sampled_from(["", ' ~ "find the largest"', " ~ find the largest", ' sim:>0.5 ~ "x"'])
QUERY = st.one_of(
    st.tuples(st.lists(PART, max_size=4).map(" ".join), MEANING).map("".join),
    st.lists(LEAF, min_size=2, max_size=3).map(" OR ".join),
)


@settings(max_examples=60)
@given(QUERY, st.data())
def test_a_clause_that_is_switched_off_and_on_is_the_same_query(query: str, data: st.DataObject) -> None:
    clauses = clauses_of(query)
    assert parse_query(" ".join(clauses)).meaning == parse_query(query).meaning
    if not clauses:
        return
    place = data.draw(st.integers(0, len(clauses) - 1))
    less = without_clause(query, place)
    again = with_clause(less, clauses[place])

    assert sorted(clauses_of(less)) == sorted(clauses[:place] + clauses[place + 1 :])
    assert sorted(clauses_of(again)) == sorted(clauses)
    parse_query(less)
    assert parse_query(again).meaning == parse_query(query).meaning


@settings(max_examples=40)
@given(st.text('ab()"-~:>OR \n', max_size=25))
def test_any_text_has_clauses(text: str) -> None:
    for place in range(len(clauses_of(text))):
        without_clause(text, place)


def test_choices_at_the_top_are_one_clause() -> None:
    assert clauses_of("plan OR filter") == ("(plan OR filter)",)
    assert with_clause("plan OR filter", "state:active") == "(plan OR filter) state:active"
    assert with_clause('state:active ~ "goal"', "used:>2") == 'state:active used:>2 ~ "goal"'


def test_a_saved_filter_holds_every_condition() -> None:
    shown = Shown('state:active ~ "goal"', ("tag:odd",), "used", True, ("title", "state"), ("task",))
    saved = SavedFilter("one", shown.query, shown.to_json(), "")

    assert shown_of(saved, Shown()) == shown
    assert what_differs(shown, shown_of(saved, Shown())) == ""
    assert (
        what_differs(Shown("other", (), "used", True, ("title", "state"), ()), shown) == "query, clauses off, columns"
    )


def test_a_saved_filter_that_says_little_leaves_the_rest_as_it_is() -> None:
    present = Shown("x", ("y",), "used", True, ("title",), ("task",))

    assert shown_of(SavedFilter("old", "words", {}, ""), present) == Shown("words", (), *present_rest(present))
    assert shown_of(SavedFilter("odd", "words", {"columns": 3, "off": "text"}, ""), present).off == ()


def present_rest(shown: Shown) -> tuple[str, bool, tuple[str, ...], tuple[str, ...]]:
    return shown.order, shown.descending, shown.columns, shown.hidden
