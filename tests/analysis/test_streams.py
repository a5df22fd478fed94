"""Success along a stream and siblings in it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.streams import cumulative_success, sibling_share
from rb_studio.records.task import Task


def tasks(*templates):
    return [Task(f"s/{i}", "s", i, "t", template=template) for i, template in enumerate(templates)]


def test_siblings_are_later_tasks_of_a_template_seen_before():
    assert sibling_share(tasks("a", "b", "a", "a", None, None)) == (2, 6)
    assert sibling_share([]) == (0, 0)


@given(st.lists(st.sampled_from(["a", "b", "c", None])), st.randoms())
def test_sibling_share_counts_tasks_beyond_the_first_of_each_template_in_any_given_order(templates, random):
    stream = tasks(*templates)
    random.shuffle(stream)
    known = [template for template in templates if template]
    assert sibling_share(stream) == (len(known) - len(set(known)), len(templates))


def test_cumulative_success_is_the_mean_so_far_and_passes_over_unknown_tasks():
    values = cumulative_success([None, True, False, None, 1.0, 0.5])
    assert np.isnan(values[0])
    np.testing.assert_allclose(values[1:], [1, 0.5, 0.5, 2 / 3, 0.625])
    assert len(cumulative_success([])) == 0
