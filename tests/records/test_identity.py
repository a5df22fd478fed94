"""Identities are for ever: files are merged, re-imported and compared by them. These values may never change."""

from hypothesis import given
from hypothesis import strategies as st

from rb_studio.records.identity import call_seed, canonical_json, digest, uid


def test_golden_uids():
    assert uid("a") == "b1e422d8-06e0-5f4e-803e-336d4bc2fc96"
    assert uid("arm", "practice/17", 0) == "f75b9494-2c96-541a-8115-3b7927bb3582"


def test_golden_seeds():
    assert call_seed(0, "practice/17", 0, "actor", 0) == 1913660783
    assert call_seed(0, "practice/17", 0, "actor", 1) == 856090833
    assert call_seed(0, "practice/17", 1, "actor", 0) == 1940524349
    assert call_seed(1, "practice/17", 0, "judge", 0) == 621738512


def test_golden_digests():
    assert digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest("häß") == "75f46bf42d9409fca50bb527409a28d7eac1621c087755cd0136451e65631caf"


def test_canonical_json_is_sorted_compact_and_unescaped():
    assert canonical_json({"b": [1, None, True], "a": "ä"}) == '{"a":"ä","b":[1,null,true]}'


def test_parts_of_a_uid_do_not_run_together():
    assert len({uid("a", "b"), uid("a,b"), uid('["a","b"]'), uid("b", "a"), uid("ab")}) == 5


def test_a_number_and_its_text_are_the_same_part():
    assert uid("a", 0) == uid("a", "0")


@given(
    st.integers(0, 2**40),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.integers(0, 99),
    st.integers(0, 99),
)
def test_a_seed_fits_31_bits_and_depends_on_every_part(seed, key, rollout, number):
    base = call_seed(seed, key, rollout, "actor", number)
    assert 0 <= base < 2**31
    assert base == call_seed(seed, key, rollout, "actor", number)
    others = {
        call_seed(seed + 1, key, rollout, "actor", number),
        call_seed(seed, key + "x", rollout, "actor", number),
        call_seed(seed, key, rollout + 1, "actor", number),
        call_seed(seed, key, rollout, "judge", number),
        call_seed(seed, key, rollout, "actor", number + 1),
    }
    assert base not in others
