"""Looking for a text in one text, and what the index may say of it."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.records.errors import UsageError
from rb_studio.store.find_text import FIELDS, SLOW_TEXTS, Matcher, Patience, Search, TooSlow, folded, snippet
from rb_studio.store.step_index import pieces

# Letters that make trouble: other lengths, other alphabets, no spaces, young or old Unicode, nothing at all.
LETTERS = (
    "abABkKsSiI 01_.\"'\n\t\x00\u0130\u0131\u017f\u212a\u00df\u00e9\u0301\u03a3\u03c3\u03c2\u10d0\u1c90\u13a0\uab70"
)
TEXTS = st.text(LETTERS + "\u0416\u0436\u691c\u7d22\u6ce8\u6587\ud55c\U0001f600\u023a\u2c65", max_size=30)


def spans(wanted: str, text: str, **more: object) -> list[tuple[int, int]]:
    search = Search(wanted, **more)
    return Matcher(search, words=bool(search.words)).spans(text, 1000)


def found(wanted: str, text: str, **more: object) -> list[str]:
    return [text[start : start + length] for start, length in spans(wanted, text, **more)]


@pytest.mark.parametrize(
    ("wanted", "text", "more", "expected"),
    [
        ("Order", "order ORDER disorder", {}, ["order", "ORDER", "order"]),
        ("Order", "order Order", {"case": True}, ["Order"]),
        ("save it", "it: save it", {}, ["save it"]),
        ("save it", "it: save it", {"words": True}, ["it", "save", "it"]),
        ("save it", "save", {"words": True}, []),
        ('"save it" now', "now save it", {"words": True}, ["now", "save it"]),
        ('click("a b")', 'click("a b")', {}, ['click("a b")']),
        ('click("a b")', 'b") click("a', {"words": True}, ['b")', 'click("a']),
        ("\u6ce8\u6587", "\u6700\u65b0\u306e\u6ce8\u6587\u3092\u958b\u304f", {}, ["\u6ce8\u6587"]),
        ("NA\u00cfVE", "\U0001f600 \u2013 na\u00efve", {}, ["na\u00efve"]),
        ("stra", "stra\u00dfe", {}, ["stra"]),
        ("\u0130", "\u0130i", {}, ["\u0130"]),
        ("aa", "aaaaa", {}, ["aa", "aa"]),
        ("order orders", "orders", {"words": True}, ["order"]),
        (r"#\d+$", "see #12\n#3 x\n#45", {"regex": True}, ["#12", "#45"]),
        ("A+", "caab", {"regex": True}, ["aa"]),
        ("A+", "caab", {"regex": True, "case": True}, []),
        ("x*", "axb", {"regex": True}, ["x"]),
        ("", "anything", {}, []),
    ],
)
def test_a_text_is_found_where_a_reader_sees_it(
    wanted: str, text: str, more: dict[str, object], expected: list[str]
) -> None:
    assert found(wanted, text, **more) == expected


@given(TEXTS.filter(len), TEXTS, st.booleans())
def test_places_are_those_of_a_plain_comparison(wanted: str, text: str, case: bool) -> None:
    same = (lambda one: one) if case else folded
    places, at = [], 0
    while at <= len(text) - len(wanted):
        hit = same(text)[at : at + len(wanted)] == same(wanted)
        places += [(at, len(wanted))] if hit else []
        at += len(wanted) if hit else 1
    assert spans(wanted, text, case=case) == places


@given(TEXTS)
def test_small_letters_stand_where_the_large_ones_stood(text: str) -> None:
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)


@given(TEXTS, st.data())
def test_what_is_shown_around_a_place_holds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, len(text) - start))
    shown, at = snippet(text, start, length)
    held = "".join(one if one.isprintable() else " " for one in text[start : start + length])
    assert shown[at : at + length] == held
    assert shown.isprintable()


def test_a_snippet_is_one_line_of_the_words_around() -> None:
    text = "x" * 100 + " before\n\n the place\x1b[0m after " + "y" * 200
    shown, at = snippet(text, text.index("place"), 5)
    assert shown[at : at + 5] == "place"
    assert "before the place [0m after yyy" in shown
    assert shown.startswith("\u2026")
    assert shown.endswith("\u2026")


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE t USING fts5(text, content='', columnsize=0, detail=none, tokenize='trigram')")
    yield conn
    conn.close()


@settings(max_examples=300)
@given(TEXTS, TEXTS.filter(len), TEXTS, st.data())
def test_the_index_names_every_text_that_is_found(
    index: sqlite3.Connection, before: str, wanted: str, after: str, data: st.DataObject
) -> None:
    said = data.draw(st.sampled_from((str.upper, str.lower, str.swapcase, str)))(wanted)
    text = before + said + after
    query = pieces([wanted])
    if not spans(wanted, text) or query is None:
        return
    index.execute("BEGIN")
    index.execute("INSERT INTO t (rowid, text) VALUES (1, ?)", (text.replace("\x00", " "),))
    assert index.execute("SELECT rowid FROM t(?)", (query,)).fetchall() == [(1,)]
    index.execute("ROLLBACK")


def test_the_index_is_asked_for_three_letters_and_more() -> None:
    assert pieces(["ab"]) is None
    assert pieces(['a"b', "xy"]) == '"a""b"'
    assert pieces(["\u6ce8\u6587\u3092"]) == '"\u6ce8\u6587\u3092"'
    assert len((pieces(["".join(map(str, range(500)))]) or "").split(" AND ")) <= 16


def test_a_hostile_pattern_is_given_up_after_a_few_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rb_studio.store.find_text.SECONDS", 0.02)
    eager = Patience(Matcher(Search("(a|aa)+$", regex=True), words=False))
    text = "a" * 400 + "b"
    for _ in range(SLOW_TEXTS - 1):
        assert eager.spans(text, 10) == []
    assert eager.skipped == SLOW_TEXTS - 1
    with pytest.raises(TooSlow, match="takes too long"):
        eager.spans(text, 10)


@pytest.mark.parametrize("pattern", ["(", "[a", "(?P<x>a)(?P<x", "*", "a{2"])
def test_a_pattern_that_cannot_be_read_is_refused_or_read(pattern: str) -> None:
    try:
        Matcher(Search(pattern, regex=True), words=False)
    except UsageError as error:
        assert repr(pattern) in str(error)  # noqa: PT017 - some of these can be read


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="in thoughts: choose of thought"):
        Search("x", fields=frozenset(("thoughts",)))
    assert Search("x").fields == set(FIELDS) - {"prompt", "reply"}
