import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rb_studio.jobs.item_query import clauses, parse_query, toggled
from rb_studio.jobs.query_tree import joined, read
from rb_studio.records.errors import UsageError
from rb_studio.store.item_filter import ItemFilter


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


@given(st.text(alphabet=st.sampled_from('ab :~"<>=5é中\t\n()-OR'), max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    refused = ""
    try:
        parse_query(text)
    except UsageError as error:
        refused = str(error)
    assert not refused or set(":~)") & set(text)


@given(st.text(alphabet=st.sampled_from('ab: "5x'), max_size=30))
def test_putting_a_clause_in_makes_it_findable(text: str) -> None:
    if any(one.field == "tag" for one in clauses(text)):
        return

    assert ("tag", "zz") in [(one.field, one.value) for one in clauses(toggled(text, "tag", "zz"))]


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("-word", ItemFilter(words=("word",))),
        ('-"two words"', ItemFilter(words=("two words",))),
        ("-tag:x", ItemFilter(tags=("x",))),
        ("-tag:none", ItemFilter(untagged=True)),
        ("-state:archived", ItemFilter(states=("archived",))),
        ("-used:>3", ItemFilter(numbers=(("used", ">", 3),))),
        ("-(a tag:b)", ItemFilter(words=("a",), tags=("b",))),
        ("-(a OR b)", ItemFilter(any_of=((ItemFilter(words=("a",)), ItemFilter(words=("b",))),))),
    ],
)
def test_a_minus_leaves_out(text: str, left_out: ItemFilter) -> None:
    assert parse_query(text).where == ItemFilter(without=(left_out,))
    assert parse_query(f"sort {text}").where == ItemFilter(words=("sort",), without=(left_out,))


@pytest.mark.parametrize(
    "text", ["-", "sort -", "tag:", "-tag:", "sort OR", "OR", "( )", "(", "-(", "sim:", "~", '~ "']
)
def test_what_was_only_begun_counts_for_nothing(text: str) -> None:
    where = parse_query(text).where

    assert where in (ItemFilter(), ItemFilter(words=("sort",)), ItemFilter(words=("(",)), ItemFilter(words=(")",)))


def test_choices_stand_beside_or_and_in_parentheses() -> None:
    a, b, both = ItemFilter(tags=("a",)), ItemFilter(tags=("b",)), ItemFilter(words=("x", "y"))

    assert parse_query("tag:a OR tag:b").where == ItemFilter(any_of=((a, b),))
    assert parse_query("sort (tag:a OR x y)").where == ItemFilter(words=("sort",), any_of=((a, both),))
    assert parse_query("x y OR tag:b").where == ItemFilter(any_of=((both, b),))
    assert parse_query('tag:a OR tag:b ~ "largest"').meaning == "largest"
    assert parse_query('tag:a OR tag:b ~ "largest"').where == ItemFilter(any_of=((a, b),))
    assert parse_query("a*b(c)").where.words == ("a*b(c)",)
    assert parse_query("(a*b(c) OR d)").where.any_of[0][0].words == ("a*b(c)",)


def test_a_field_an_item_has_one_value_of_takes_either_of_several() -> None:
    where = parse_query("polarity:success source:failure mode:awm mode:none run:3 run:4,5 task:a").where

    assert where.any_of == ((ItemFilter(polarity="success"), ItemFilter(polarity="failure")),)
    assert (where.modes, where.runs, where.task) == (("awm", ""), (3, 4, 5), "a")


def test_texts_origin_and_measures_are_fields() -> None:
    where = parse_query(
        'title:sort description:"two words" model:m label:gt site:shop template:t effect:<0 low:>=-0.25 cited:2'
    ).where

    assert where.fields == (("title", "sort"), ("description", "two words"))
    assert (where.models, where.labels, where.sites, where.templates) == (("m",), ("gt",), ("shop",), ("t",))
    assert where.numbers == (("effect", "<", 0), ("low", ">=", -0.25), ("cited", "=", 2))


def test_dates_are_days_months_and_years_of_the_persons_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Rome")
    time.tzset()
    try:
        day = parse_query("created:2026-11-22").where.created
        after = parse_query("created:>2026-12").where.created
        until = parse_query("created:<=2025").where.created
    finally:
        monkeypatch.undo()
        time.tzset()
    assert day == ((">=", "2026-11-21T23:00:00.000000Z"), ("<", "2026-11-22T23:00:00.000000Z"))
    assert after == ((">=", "2026-12-31T23:00:00.000000Z"),)
    assert until == (("<", "2025-12-31T23:00:00.000000Z"),)


def test_likeness_is_bounded_beside_a_meaning() -> None:
    query = parse_query('sim:>0.6 tag:a ~ "largest"')

    assert query.sim == ((">", 0.6),)
    assert query.where == ItemFilter(tags=("a",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('sort -~"largest"', r"a meaning cannot be left out \(at character 6\): leave out words"),
        ("-sim:>0.5 ~ x", "turn the comparison round"),
        ('(sort ~ "x")', r"a meaning cannot stand in parentheses \(at character 7\)"),
        ("sort colour:red", r'no field "colour" \(at character 6\): use state'),
        ("polarty:failure", r'no field "polarty": write polarity:, or put'),
        ("(a OR tag:b) )", r'"\)" without its "\(" \(at character 14\)'),
        ("created:yesterday", "created:2026-11"),
        ("created:2026-13", "no date"),
        ("created:9999-12-31", "no date"),
        ("effect:low", "write effect:0.1, effect:>0.1 or effect:<=0"),
        ("run:first", "names no runs: write run:12"),
        ("a OR (b state:alive)", r'no state "alive" \(at character 9\)'),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_query(text)


@pytest.mark.parametrize(
    ("text", "way", "said"),
    [
        ("sort", {"negated": True}, "sort -tag:b"),
        ("sort -tag:b", {"negated": True}, "sort"),
        ("sort tag:b", {"negated": True}, "sort -tag:b"),
        ("sort -tag:b", {}, "sort tag:b"),
        ("tag:a sort", {"either": True}, "(tag:a OR tag:b) sort"),
        ("(tag:a OR tag:c) ~ x", {"either": True}, "(tag:a OR tag:c OR tag:b) ~ x"),
        ("(tag:a OR tag:b) sort", {}, "(tag:a) sort"),
        ("tag:a sort OR tag:b", {"negated": True}, "((tag:a sort)) -tag:b"),
        ("sort", {"either": True}, "sort tag:b"),
        ("tag:a tag:c x", {"alone": True}, "x tag:b"),
    ],
)
def test_a_facet_goes_in_as_wanted_as_left_out_or_as_another_choice(text: str, way: dict[str, bool], said: str) -> None:
    assert toggled(text, "tag", "b", **way) == said


@given(st.text(alphabet=st.sampled_from('ab :~"()-OR \t<5é'), max_size=40))
def test_a_query_written_back_means_the_same(text: str) -> None:
    try:
        meant = parse_query(text)
    except UsageError:
        return
    assume(not any('"' in one.value and set("()") & set(one.value) for one in clauses(text)))
    assert parse_query(joined(read(text))) == meant
