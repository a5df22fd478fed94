"""One's own JSON, JSONL and CSV files as suites."""

import json

import pytest

from rb_studio.environments.registry import open_environment
from rb_studio.interchange.tasks import load, parse_mapping, preview, sniff
from rb_studio.records.errors import UnreadableInput, UsageError


def written(tmp_path, text, name="tasks.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def written_json(tmp_path, value):
    return written(tmp_path, json.dumps(value), "tasks.json")


def written_lines(tmp_path, rows):
    return written(tmp_path, "\n".join(json.dumps(row) for row in rows) + "\n", "tasks.jsonl")


ROWS = [{"question": "2 + 2?", "answer": "4"}, {"question": "3 + 3?", "answer": "6"}]


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"version": 1, "data": rows}])
def test_json_is_an_array_or_an_object_with_one_list(tmp_path, wrap):
    content = load(written_json(tmp_path, wrap(ROWS)))
    assert [task.text for task in content.tasks] == ["2 + 2?", "3 + 3?"]
    assert content.suite.name == "tasks"
    assert content.suite.environment == "answer"
    assert content.suite.runnable


def test_jsonl_keeps_its_order_and_tolerates_blank_lines_and_crlf(tmp_path):
    path = written(tmp_path, "\r\n\r\n".join(json.dumps(row) for row in ROWS), "t.jsonl")
    assert sniff(path) == "jsonl"
    assert [task.key for task in load(path).tasks] == ["t/1", "t/2"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_delimiters_are_found(tmp_path, delimiter):
    rows = [["id", "question", "answer"], ["a", '"1, 2; 3 | 4"', "x"], ["b", "two", "y"]]
    path = written(tmp_path, "\ufeff" + "\r\n".join(delimiter.join(row) for row in rows), "t.txt")
    content = load(path)
    assert sniff(path) == "csv"
    assert [task.text for task in content.tasks] == ["1, 2; 3 | 4", "two"]
    assert [grading.expected for grading in content.gradings] == ["x", "y"]


def test_csv_cells_may_hold_line_breaks_and_large_texts(tmp_path):
    large = "word " * 60_000
    content = load(written(tmp_path, f'question,answer\n"line one\nline two",a\n"{large}",b\n'))
    assert content.tasks[0].text == "line one\nline two"
    assert content.tasks[1].text == large.strip()


@pytest.mark.parametrize(
    ("answers", "grader"),
    [
        (["4", "1,000"], "number"),
        ([4, 2.5], "number"),
        (["so 2 + 2 = 4\n#### 4", "#### 6"], "number"),
        ([{"value": 3, "tolerance": 0.1}, 4], "number"),
        (["Paris", "4"], "exact"),
        (["4", None], "number"),
        ([True, False], "exact"),
        ([None, ""], "none"),
    ],
)
def test_the_default_grader_follows_the_answers(tmp_path, answers, grader):
    rows = [{"question": "q", "answer": answer} for answer in answers]
    content = load(written_json(tmp_path, rows))
    assert content.suite.grader == grader
    assert {grading.grader for grading in content.gradings} == {grader}


def test_a_csv_cell_may_hold_a_tolerance_or_alternatives(tmp_path):
    text = 'question,answer\nq,"{""value"": 9.8, ""tolerance"": 0.1}"\n'
    content = load(written(tmp_path, text))
    assert content.gradings[0].expected == {"value": 9.8, "tolerance": 0.1}
    content = load(written(tmp_path, 'question,answer\nq,"[""a"", ""b""]"\nq,[open\n'), grader="contains")
    assert [grading.expected for grading in content.gradings] == [["a", "b"], "[open"]


def test_guessed_columns_and_grader_are_reported(tmp_path):
    content = load(written(tmp_path, "Task ID,Prompt,Expected Answer\n7,why?,because\n"))
    assert content.tasks[0].key == "tasks/7"
    assert content.warnings[0] == (
        "guessed the columns text=Prompt, answer=Expected Answer, id=Task ID; change with --map FIELD=COLUMN"
    )
    assert "guessed the grader exact" in content.warnings[1]


def test_a_mapping_wins_over_guesses(tmp_path):
    rows = [{"question": "no", "body": "yes", "gold": "4", "topic": "sums", "area": 1, "passage": "P"}]
    mapping = parse_mapping(["text=body", "answer=gold", "template=topic", "site=area"])
    task = load(written_json(tmp_path, rows), mapping=mapping).tasks[0]
    assert (task.text, task.template, task.site, task.setup) == ("yes", "sums", "1", {"context": "P"})


def test_nothing_but_the_context_reaches_the_setup(tmp_path):
    task = load(written_json(tmp_path, [{"question": "q", "answer": "secret", "hint": "secret"}])).tasks[0]
    assert task.setup == {}


def test_whole_number_ids_decide_the_order_and_other_ids_do_not(tmp_path):
    rows = [{"id": 10, "question": "ten"}, {"id": 9, "question": "nine"}]
    assert [task.text for task in load(written_json(tmp_path, rows)).tasks] == ["nine", "ten"]
    rows = [{"id": "b", "question": "b"}, {"id": "a", "question": "a"}]
    assert [(task.text, task.ordinal) for task in load(written_json(tmp_path, rows)).tasks] == [("b", 1), ("a", 2)]


def test_a_suite_of_ones_own_can_be_opened_and_graded(tmp_path):
    content = load(written_json(tmp_path, ROWS))
    world = open_environment(content.suite, content.gradings[1])
    world.reset(content.tasks[1], 0)
    world.step("3 + 3 is 6")
    assert world.grade().success is True


def test_rows_without_text_or_answer_are_counted_aloud(tmp_path):
    content = load(written(tmp_path, "question,answer\n,4\nq,\nr,5\n"))
    assert [task.text for task in content.tasks] == ["q", "r"]
    assert "left out, having no text: 1 (first: line 2)" in content.warnings
    assert "tasks without an answer, which stay unknown: 1 (first: line 3)" in content.warnings


def test_short_csv_rows_are_counted_aloud(tmp_path):
    content = load(written(tmp_path, "question,answer,site\nq,4\n"))
    assert any("fewer cells than the header: 1 (first: line 2)" in warning for warning in content.warnings)


def test_nan_and_unstorable_characters_become_something_a_database_takes(tmp_path):
    text = '[{"question": "a\\ud800b\\u0000c", "answer": NaN}, {"question": "q", "answer": 1e999}]'
    content = load(written(tmp_path, text, "t.json"))
    assert content.tasks[0].text == "a\ufffdb\ufffdc"
    assert [grading.expected for grading in content.gradings] == [None, None]


@pytest.mark.parametrize("rows", [[{"id": 1, "question": "a"}, {"id": "1", "question": "b"}]])
def test_an_id_used_twice_is_an_error_naming_both_places(tmp_path, rows):
    with pytest.raises(UnreadableInput, match="'1' at line 2 was already used at line 1"):
        load(written_lines(tmp_path, rows))


def test_a_file_that_cannot_be_mapped_names_its_columns_and_the_option(tmp_path):
    with pytest.raises(UnreadableInput, match="its columns are colour, weight; say which one with --map text=COLUMN"):
        load(written(tmp_path, "colour,weight\nred,4\n"))


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"mapping": {"text": "body"}}, "has no column 'body'; its columns are question, answer"),
        ({"mapping": {"words": "question"}}, "there is no field 'words'"),
        ({"environment": "moon"}, "environment 'moon'"),
        ({"environment": "practice"}, "environment 'practice'"),
        ({"grader": "magic"}, "no grader 'magic'"),
        ({"format": "xml"}, "no task format 'xml'"),
        ({"format": "webarena", "grader": "exact"}, "leave those options out"),
        ({"name": "a/b"}, "cannot name a suite"),
        ({"name": " "}, "cannot name a suite"),
        ({"name": "practice"}, "belongs to a built-in suite"),
    ],
)
def test_impossible_options_are_refused(tmp_path, options, part):
    with pytest.raises(UsageError, match=part):
        load(written_json(tmp_path, ROWS), **options)


def test_a_grader_that_needs_answers_is_refused_without_any(tmp_path):
    with pytest.raises(UsageError, match="write --map answer=COLUMN"):
        load(written_json(tmp_path, [{"question": "q"}]), grader="exact")
    assert load(written_json(tmp_path, [{"question": "q"}]), grader="mine:check").suite.grader == "mine:check"


def test_an_environment_of_a_later_version_loads_and_is_not_runnable(tmp_path):
    suite = load(written_json(tmp_path, ROWS), environment="browser").suite
    assert not suite.runnable
    assert "not in this version" in suite.reason


@pytest.mark.parametrize("pair", ["text", "text=", "=x"])
def test_a_malformed_map_option_is_refused(pair):
    with pytest.raises(UsageError):
        load("unused.json", mapping=parse_mapping([pair]))


INSTANCES = [
    {"instance_id": "demo__lib-2", "problem_statement": "It breaks.", "repo": "demo/lib", "base_commit": "c0ffee",
     "patch": "diff", "test_patch": "diff", "FAIL_TO_PASS": "[\"t\"]", "hints_text": "look there"},
    {"instance_id": "demo__lib-1", "problem_statement": "It hangs.", "repo": "demo/lib", "base_commit": "decade"},
]  # fmt: skip


def test_swe_bench_instances_load_in_order_and_cannot_run_yet(tmp_path):
    path = written_lines(tmp_path, INSTANCES)
    content = load(path, name="swe")
    assert sniff(path) == "swe-bench"
    assert [task.key for task in content.tasks] == ["swe/demo__lib-2", "swe/demo__lib-1"]
    assert content.tasks[0].setup == {"repo": "demo/lib", "base_commit": "c0ffee"}
    assert content.gradings[0].expected["patch"] == "diff"
    assert not content.suite.runnable
    assert "shell sandbox" in content.suite.reason


def test_swe_bench_instances_with_options_are_ones_own_tasks(tmp_path):
    content = load(written_lines(tmp_path, INSTANCES), grader="none")
    assert content.suite.runnable
    assert content.tasks[0].text == "It breaks."


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([INSTANCES[0], INSTANCES[0]], "'demo__lib-2' at line 2 was already used at line 1"),
        ([INSTANCES[0], {"instance_id": "x"}], "line 2 lacks problem_statement"),
    ],
)
def test_broken_swe_bench_files_name_the_line(tmp_path, rows, part):
    with pytest.raises(UnreadableInput, match=part):
        load(written_lines(tmp_path, rows), format="swe-bench")


def test_a_preview_shows_columns_first_rows_and_guesses(tmp_path):
    seen = preview(written(tmp_path, "Prompt;Answer;note\n2 + 2?;4;x\n3 + 3?;6;\n"), rows=1)
    assert (seen.format, seen.own, seen.columns, seen.total) == ("csv", True, ("Prompt", "Answer", "note"), 2)
    assert seen.guessed == {"text": "Prompt", "answer": "Answer"}
    assert [dict(row) for row in seen.rows] == [{"Prompt": "2 + 2?", "Answer": "4", "note": "x"}]


def test_a_guessed_column_can_be_left_out(tmp_path):
    path = written_json(tmp_path, [{**row, "site": "x"} for row in ROWS])
    assert load(path).tasks[0].site == "x"
    assert load(path, mapping={"site": ""}).tasks[0].site is None


def test_patterns_that_can_never_be_tried_are_said_at_import(tmp_path):
    answers = ["^4$", "(", "[a-z", "a" * 1_001, 5, None]
    rows = [{"question": f"{n}?", "answer": answer} for n, answer in enumerate(answers)]
    content = load(written_json(tmp_path, rows), grader="regex")
    (said,) = [warning for warning in content.warnings if "pattern" in warning]
    assert said.startswith("4 patterns are invalid, the first in task tasks/2 (the pattern '(' is invalid: missing )")
    one = load(written_json(tmp_path, rows[:2]), grader="regex", name="one")
    assert [said for said in one.warnings if said.startswith("1 pattern is invalid, the first in task one/2")]
    assert not [said for said in load(written_json(tmp_path, rows[:1]), grader="regex").warnings if "pattern" in said]


def test_an_odd_pattern_that_python_only_warns_of_is_a_pattern(tmp_path):
    content = load(written_json(tmp_path, [{"question": "?", "answer": "[[a]]"}]), grader="regex")
    assert not [said for said in content.warnings if "pattern" in said]


def test_a_string_that_is_not_closed_is_placed_in_plain_words(tmp_path):
    with pytest.raises(UnreadableInput, match=r"starting at line \d+, column \d+|starting at (character|column|line)"):
        load(written(tmp_path, '[{"question": "2 + 2?", "answer": "4', "cut.json"))
