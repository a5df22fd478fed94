import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.jobs.item_query import clauses, parse_query, toggled
from rb_studio.records.errors import UsageError


def test_words_phrases_fields_and_a_meaning_are_told_apart() -> None:
    query = parse_query('waiting "two words" tag:"needs work" state:active used:>5 ~ "find the largest"')

    assert query.where.words == ("waiting", "two words")
    assert query.where.tags == ("needs work",)
    assert query.where.states == ("active",)
    assert query.where.numbers == (("used", ">", 5),)
    assert query.meaning == "find the largest"


def test_a_meaning_without_quotes_reaches_to_the_end() -> None:
    assert parse_query("tag:a ~ what sorts a table").meaning == "what sorts a table"


@pytest.mark.parametrize(("text", "polarity"), [("source:failure", "failure"), ("polarity:success", "success")])
def test_what_an_item_was_learned_from_can_be_asked_two_ways(text: str, polarity: str) -> None:
    assert parse_query(text).where.polarity == polarity


def test_several_states_widen_and_none_as_tag_means_untagged() -> None:
    where = parse_query("state:active state:candidate tag:none").where

    assert where.states == ("active", "candidate")
    assert where.untagged


@pytest.mark.parametrize(
    ("text", "said"),
    [("colour:red", 'no field "colour"'), ("state:alive", 'no state "alive"'), ("used:many", "used:>5"),
     ("id:x", "id:12"), ("polarity:odd", 'no polarity "odd"')],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_mend(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_query(text)


def test_a_clause_goes_in_before_the_meaning_and_out_again() -> None:
    with_tag = toggled('sort ~ "largest"', "tag", "needs work")

    assert with_tag == 'sort tag:"needs work" ~ "largest"'
    assert toggled(with_tag, "tag", "needs work") == 'sort ~ "largest"'


def test_a_clause_that_stands_alone_takes_the_place_of_another() -> None:
    assert toggled("polarity:success x", "polarity", "failure", alone=True) == "x polarity:failure"


@given(st.text(alphabet=st.sampled_from('ab :~"<>=5é中\t\n'), max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    refused = ""
    try:
        parse_query(text)
    except UsageError as error:
        refused = str(error)
    assert not refused or ":" in text


@given(st.text(alphabet=st.sampled_from('ab: "5x'), max_size=30))
def test_putting_a_clause_in_makes_it_findable(text: str) -> None:
    if any(one.field == "tag" for one in clauses(text)):
        return

    assert ("tag", "zz") in [(one.field, one.value) for one in clauses(toggled(text, "tag", "zz"))]
