"""Recipes are read as they were written, and anything else is refused in a sentence."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.records.errors import UsageError
from rb_studio.records.precedence import Precedence
from rb_studio.records.recipe import FIGURES, Bootstrap, Recipe, RunsFrom

RECIPE = Recipe(
    RunsFrom(runs=("one", "two"), apart=True, results=7),
    figure="steps",
    x="tokens",
    log2=True,
    metrics=("steps",),
    arms=("a", "b"),
    hidden=("b",),
    names={"a": "Memory"},
    precedence=Precedence(("human", "truth")),
    bootstrap=Bootstrap(500, 3, 0.9),
    preset="paper-84",
)


def test_a_recipe_comes_back_from_its_text():
    assert Recipe.from_json(json.loads(json.dumps(RECIPE.to_json()))) == RECIPE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": 2}, "version 2"),
        ({"figure": "cake"}, "figure cake is unknown"),
        ({"x": "luck"}, "axis luck is unknown"),
        ({"split": "half"}, "split half is unknown"),
        ({"flavour": 1}, "flavour"),
        ({"source": {}}, "no sweep and no runs"),
        ({"source": None}, "names no source"),
        ({"bootstrap": {"resamples": 0}}, "1 to 1,000,000 resamples"),
        ({"bootstrap": {"rounds": 2}}, "cannot be read"),
        ({"arms": "all"}, "no list of words"),
        ({"precedence": ["nobody"]}, "give some of"),
        ({"names": 3}, "cannot be read"),
    ],
)
def test_what_cannot_be_followed_is_refused(change, sentence):
    with pytest.raises(UsageError, match=sentence):
        Recipe.from_json(RECIPE.to_json() | change)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from([*RECIPE.to_json()]), JSON)
@settings(max_examples=150)
def test_any_other_value_is_read_or_refused_in_a_sentence(name, value):
    try:
        found = Recipe.from_json(RECIPE.to_json() | {name: value})
    except UsageError:
        return
    assert found.figure in FIGURES
    assert Recipe.from_json(found.to_json()) == found
