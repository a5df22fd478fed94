"""Files that are no task files: one sentence each, never a traceback."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.interchange.tasks import load, reading, sniff
from rb_studio.records.errors import RbStudioError, UnreadableInput

QUESTIONS = json.dumps([{"question": "a longer question", "answer": "4"}] * 3)


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("zero.json", b"", "is empty"),
        ("blank.csv", b" \n\n", "is empty"),
        ("bytes.jsonl", bytes(range(1, 256)) * 4, "is not UTF-8"),
        ("nul.bin", b"PK\x03\x04\x00\x00", "is no text file"),
        ("wide.csv", "question,answer\nq,a".encode("utf-16"), "encoded as UTF-16"),
        ("latin.csv", "question,answer\nq,a\ncafé,b".encode("latin-1"), "line 3"),
        ("cut.json", QUESTIONS[:50].encode(), "may be cut short"),
        ("cut.jsonl", b'{"question": "a"}\n{"question": "b', "line 2 of .*may be cut short"),
        ("cut.csv", b'question,answer\nq,"open\n', "row at line 2 .*double quotes"),
        ("deep.json", b"[" * 200_000, "nested too deeply"),
        ("deeper.json", b'{"a":' * 150 + b"1" + b"}" * 150, "nested too deeply"),
        ("digits.json", b'[{"question": ' + b"9" * 5_000 + b"}]", "is not usable JSON"),
        ("prose.txt", b"Dear reader,\n\nthis is a letter.\nIt has lines, and commas, too.\n", "is no task file"),
        ("word.md", b"hello", "is no task file"),
        ("scalar.json", b"[1, 2]", "item 1 is no object"),
        ("empty.json", b"[]", "holds no tasks"),
        ("two.json", b'{"train": [{"question": "a"}], "test": [{"question": "b"}]}', r"several lists \(train, test\)"),
        ("mixed.jsonl", b'{"question": "a"}\n[1]\n', "line 2 of .* is no JSON object"),
        ("header.csv", b"question,answer\n", "a header line and no tasks"),
        ("commas.csv", b",,\n,,\n", "a header line and no tasks"),
        ("wider.csv", b"question,answer\nwhy, oh why,4\n", "line 2 of .* has 3 cells and the header 2"),
        ("twice.csv", b"question,question\na,b\n", "more than one column named question"),
        ("chat.json", b'[{"question": [{"role": "user"}]}, {"question": "b"}]', "item 1 is a list, not text"),
        ("hollow.csv", b"question,answer\n ,4\n", "no column looks like the text"),
        ("no_id.json", b'[{"id": null, "question": "x"}]', "item 1 is no usable id"),
    ],
)
def test_each_bad_file_gets_its_sentence(tmp_path, name, data, part):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UnreadableInput, match=part) as caught:
        load(path)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnreadableInput, match="does not exist"):
        sniff(tmp_path / "none.json")


def test_an_unreadable_file_is_named(tmp_path, monkeypatch):
    path = tmp_path / "closed.json"
    path.write_text(QUESTIONS)

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(UnreadableInput, match="Permission denied"):
        load(path)


def test_a_file_over_the_size_limit_is_refused_with_both_sizes(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 2**20)
    path = tmp_path / "large.json"
    path.write_bytes(b" " * (3 * 2**20))
    with pytest.raises(UnreadableInput, match="has 3 MiB; a task file may have 1 MiB"):
        load(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_give_a_suite_or_one_sentence(tmp_path, data):
    loads_or_says_why(tmp_path / "any.csv", data)
    loads_or_says_why(tmp_path / "any.json", data)


names = st.sampled_from(["id", "question", "answer", "x", "eval"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=json_values, cut=st.integers(0, 400))
def test_any_json_whole_or_cut_gives_a_suite_or_one_sentence(tmp_path, value, cut):
    text = json.dumps(value).encode()
    loads_or_says_why(tmp_path / "any.json", text)
    loads_or_says_why(tmp_path / "any.json", text[:cut])


def loads_or_says_why(path, data):
    path.write_bytes(data)
    try:
        content = load(path)
    except RbStudioError as fault:
        content = str(fault)
    if isinstance(content, str):
        assert str(path) in content
    else:
        assert len(content.tasks) == len(content.gradings) > 0
        assert len({task.key for task in content.tasks}) == len(content.tasks)
