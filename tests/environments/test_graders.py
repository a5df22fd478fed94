"""What each grader calls right, wrong and unknown."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.environments.graders import GRADERS, grader
from rb_studio.environments.graders import regex as regex_module
from rb_studio.environments.graders.number import last_number, whole_number
from rb_studio.records.calls import Failure, FailureKind, Reply
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Task

TASK = Task("own/1", "own", 1, "What is it?")


def truth(name, answer, expected):
    return grader(name)(answer, expected, TASK)


def success(name, answer, expected):
    return truth(name, answer, expected).success


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("  New\n York ", "new york"),
        ("7", 7),
        ("True", True),
        ("cafe\u0301", "caf\u00e9"),
        ("NYC", ["New York", "NYC"]),
        ("Straße", {"value": "Straße", "case": True}),
    ],
)
def test_exact_accepts_equal_text_whatever_its_case_spacing_and_unicode_form(answer, expected):
    assert success("exact", answer, expected) is True


@pytest.mark.parametrize(
    ("answer", "expected"), [("Paris.", "Paris"), ("", "x"), ("paris", {"value": "Paris", "case": True})]
)
def test_exact_refuses_anything_else(answer, expected):
    assert success("exact", answer, expected) is False


@pytest.mark.parametrize("expected", [[], {"case": True}, [[1]]])
def test_exact_calls_an_unusable_reference_unknown(expected):
    result = truth("exact", "x", expected)
    assert result.success is None
    assert result.detail


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The band is Quest Lumaflex™ Band.", "quest lumaflex™ band"),
        ("Alice, then Bob", ["Bob", "alice"]),
        ("it took 20 minutes", "20 min |OR| 20 minutes"),
        ("答案是北京。", "北京"),
        ("1, 2 and 12", "12"),
        ("the total is 12.", "12"),
        ("scores: 3,12", "12"),
        ("C++ it is", "C++"),
    ],
)
def test_contains_finds_whole_words_and_numbers(answer, expected):
    assert success("contains", answer, expected) is True


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("it is 312", "12"),
        ("it is 12.5", "12"),
        ("it is 3.12", "12"),
        ("it is 12,000", "12"),
        ("it is 12,000", "000"),
        ("unsuccessful", "success"),
        ("Alice only", ["Alice", "Bob"]),
        ("neither", "a |OR| b"),
    ],
)
def test_contains_refuses_parts_of_words_and_missing_texts(answer, expected):
    assert success("contains", answer, expected) is False


def test_contains_says_what_is_missing():
    assert truth("contains", "Alice", ["Alice", "Bob"]).detail == "missing: Bob"


@pytest.mark.parametrize("expected", [[], "", " |OR| ", [""], {"a": 1}])
def test_contains_with_nothing_to_look_for_is_unknown(expected):
    assert success("contains", "anything", expected) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("so 3 and 4 make 1,234.5", 1234.5),
        ("it costs $1,234.50", "1234.5"),
        ("-$5", -5),
        ("−7", -7),
        ("about 5 - 3", 3),
        ("\\boxed{42} because 7", 42),
        ("\\boxed{\\frac{1}{4}}", 0.25),
        ("3/4", "0.75"),
        ("steps 1 2 3\n#### 1,024", 1024),
        ("it is 15 km2", 15),
        ("12%", 12),
        ("12 \\%", "12%"),
        ("12%", 0.12),
        ("0.12", "12%"),
        ("1.5e3", 1500),
        (".5", 0.5),
        ("0.1000000000000001", 0.1),
        ("9.81 m/s", {"value": 9.8, "tolerance": 0.02}),
        ("98", {"value": 100, "tolerance": "2%"}),
        ("98", {"value": 100, "relative": 0.02}),
        ("she has 18.", "5 + 13 = 18 #### 18"),
    ],
)
def test_number_reads_the_last_number_in_its_usual_forms(answer, expected):
    assert success("number", answer, expected) is True


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("no digits at all", 3),
        ("42 but really 43", 42),
        ("12345678901234567890", 12345678901234567891),
        ("97.9", {"value": 100, "tolerance": "2%"}),
        ("v1.2.3", 3),
        ("\\boxed{x}", 3),
        ("1e999999", 1),
    ],
)
def test_number_refuses_other_numbers(answer, expected):
    assert success("number", answer, expected) is False


@pytest.mark.parametrize(
    "expected",
    ["about three", {"value": "x"}, {"value": 1, "tolerance": -1}, {"value": 1, "tolerance": "nan"}, True, [1]],
)
def test_number_without_a_usable_reference_is_unknown(expected):
    assert success("number", "3", expected) is None


@given(st.integers(-(10**12), 10**12))
def test_number_reads_back_any_integer_written_with_separators(value):
    found = last_number(f"The answer, after 2 tries, is {value:,}.")
    assert found is not None
    assert found.value == value


@given(st.text(max_size=200))
def test_number_never_raises_on_any_text(text):
    last_number(text)
    whole_number(text)
    assert success("number", text, 1) in (True, False)


def test_whole_number_refuses_text_around_a_number():
    assert whole_number("3 apples") is None
    assert whole_number(True) is None
    assert whole_number("$3.50").value == whole_number(3.5).value


def test_regex_searches_and_is_case_sensitive_unless_told():
    assert success("regex", "the Order 12-B", r"\b\d+-[AB]$") is True
    assert success("regex", "order", "ORDER") is False
    assert success("regex", "order", "(?i)ORDER") is True


def test_regex_with_catastrophic_backtracking_is_cut_off_and_unknown(monkeypatch):
    monkeypatch.setattr(regex_module, "SECONDS", 0.5)
    began = time.monotonic()
    result = truth("regex", "a" * 60 + "!", r"^(a+)+$")
    assert time.monotonic() - began < 5
    assert result.success is None
    assert "took more than 0.5 s" in result.detail


@pytest.mark.parametrize(
    ("answer", "pattern", "part"),
    [
        ("x", "(", "is invalid"),
        ("x", "a" * 1_001, "at most 1000"),
        ("x" * 20_001, "x", "at most 20000"),
        ("x", 5, "must be a pattern"),
    ],
)
def test_regex_names_what_it_cannot_try(answer, pattern, part):
    result = truth("regex", answer, pattern)
    assert result.success is None
    assert part in result.detail


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    (tmp_path / "own_checks_for_test.py").write_text(
        "def same(answer, expected, task):\n    return answer == expected and task['key'] == 'own/1'\n"
        "def half(answer, expected, task):\n    return 0.5\n"
        "def full(answer, expected, task):\n    return 1.0\n"
        "def odd(answer, expected, task):\n    return 'yes'\n"
        "def broken(answer, expected, task):\n    raise KeyError('price')\n"
        "constant = 3\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return "own_checks_for_test"


@pytest.mark.parametrize(
    ("function", "success", "reward"),
    [("same", True, 1.0), ("half", False, 0.5), ("full", True, 1.0), ("odd", None, None)],
)
def test_entry_point_grades_with_the_users_function(own_module, function, success, reward):
    result = grader(f"{own_module}:{function}")("a", "a", TASK)
    assert (result.success, result.reward) == (success, reward)


def test_entry_point_that_raises_is_unknown_with_the_reason(own_module):
    result = grader(f"{own_module}:broken")("a", "a", TASK)
    assert result.success is None
    assert "KeyError" in result.detail


def test_entry_point_may_return_numpy_values(tmp_path, monkeypatch):
    (tmp_path / "own_numpy_checks.py").write_text(
        "import numpy as np\ndef same(answer, expected, task):\n    return np.bool_(answer == expected)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert grader("own_numpy_checks:same")("a", "a", TASK).success is True
    assert isinstance(np.bool_(True).item(), bool)


@pytest.mark.parametrize("function", ["missing", "constant"])
def test_entry_point_that_does_not_exist_is_a_usage_error(own_module, function):
    with pytest.raises(UsageError, match=function):
        grader(f"{own_module}:{function}")
    with pytest.raises(UsageError, match="PYTHONPATH"):
        grader("no_such_module_anywhere:f")


def asked(text="", failure=None):
    seen = []

    def ask(values):
        seen.append(values)
        return Reply(text, failure=failure)

    return grader("llm", llm=ask), seen


@pytest.mark.parametrize(
    ("text", "success"),
    [
        ("Thoughts: same\nStatus: correct", True),
        ("**Status:** Incorrect.", False),
        ("It is correct.", None),
        ("Status: correct or incorrect", None),
        ("Status: correct\nStatus: incorrect", None),
        ("", None),
    ],
)
def test_llm_grader_reads_the_status_line_only_and_reports_only(text, success):
    grade, _ = asked(text)
    result = grade("An answer", "a reference", TASK)
    assert result.success is success
    assert result.report_only


def test_llm_grader_hands_over_question_reference_and_answer():
    grade, seen = asked("Status: correct")
    grade("it is {{task}}", ["ref", 1], TASK)
    assert seen == [{"task": "What is it?", "reference": '["ref",1]', "answer": "it is {{task}}"}]


def test_llm_grader_whose_call_failed_is_unknown():
    grade, _ = asked(failure=Failure(FailureKind.TIMEOUT, "the endpoint did not answer"))
    result = grade("a", "b", TASK)
    assert result.success is None
    assert "did not answer" in result.detail


def test_llm_grader_needs_a_model():
    with pytest.raises(UsageError, match="role grader"):
        grader("llm")


def test_none_never_knows():
    assert success("none", "a", "a") is None


@pytest.mark.parametrize("name", ["exact", "contains", "number", "regex"])
def test_comparing_graders_fail_a_missing_answer_and_do_not_know_without_reference(name):
    assert success(name, None, "1") is False
    assert success(name, "1", None) is None
    assert truth(name, "1", "1").source == name


def test_an_unknown_grader_is_refused_with_the_names_there_are():
    with pytest.raises(UsageError, match="exact, contains"):
        grader("magic")
    assert set(GRADERS) == {"exact", "contains", "number", "regex", "llm", "none"}
