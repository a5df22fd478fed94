"""Runs grouped into curves: what imported ones are called."""

import pytest

from rb_studio.jobs.pools import family_name


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (["lite"], "lite"),
        (["lite", "lite"], "lite"),
        (["deepseek_chat_dev", "deepseek_chat_dev_rerun", "deepseek_lite"], "deepseek"),
        (["gpt-5 run-1", "gpt-5 run-2"], "gpt-5 run"),
        (["deep", "deeper"], "deep and 1 more"),
        (["a-1", "b-1", "c-1"], "a-1 and 2 more"),
    ],
)
def test_imported_runs_are_called_by_the_words_they_share(names, family):
    assert family_name(names) == family
