"""Queries over trajectories: fields and words, refused in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.jobs.query import FIELDS, RolloutQuery, parse_query
from rb_studio.records.errors import UsageError


def test_fields_and_words_are_told_apart() -> None:
    query = parse_query("run:3 site:gitlab task:webarena/7 refund a:")
    assert query == RolloutQuery(run=3, site="gitlab", task="webarena/7", words=("refund", "a:"))
    assert parse_query("") == RolloutQuery()


@pytest.mark.parametrize("text", ["run:x", "run:-1", "sweep:1.5", "colour:red", "run:" + "9" * 30])
def test_a_query_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_query(text)
    assert text.partition(":")[0] in str(refused.value)


PARTS = st.lists(st.sampled_from([*FIELDS, ":", " ", "1", "x", "é", "²", "\n"]), max_size=12)


@given(PARTS.map("".join))
def test_any_text_is_a_query_or_a_sentence(text: str) -> None:
    try:
        query = parse_query(text)
    except UsageError:
        assert ":" in text
    else:
        assert isinstance(query.run, int | None)
        assert all(word in text for word in query.words)
