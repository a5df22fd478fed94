"""WebArena's task file: its parts, its oddities, and what is refused."""

import functools
import json

import pytest

from rb_studio.analysis.streams import sibling_share
from rb_studio.interchange.tasks import load, sniff
from rb_studio.records.errors import UnreadableInput

loaded = functools.cache(load)


@pytest.fixture
def content(webarena_file):
    return loaded(webarena_file)


@pytest.fixture
def parts(content):
    by_ordinal = {task.ordinal: task for task in content.tasks}
    return {subset.name: [by_ordinal[ordinal] for ordinal in subset.ordinals] for subset in content.subsets}


def test_the_raw_file_is_one_suite_of_812_tasks_in_ascending_order(webarena_file, content):
    assert sniff(webarena_file) == "webarena"
    assert content.suite.name == "webarena"
    assert [task.ordinal for task in content.tasks] == list(range(812))
    assert content.tasks[5].key == content.gradings[5].task_key == "webarena/5"
    assert len({task.template for task in content.tasks}) == 190


@pytest.mark.parametrize(
    ("part", "size", "siblings"),
    [
        ("shopping", 187, 139),
        ("shopping_admin", 182, 141),
        ("gitlab", 180, 139),
        ("reddit", 106, 85),
        ("multi", 29, 23),
        ("paper", 684, 527),
    ],
)
def test_the_parts_have_the_papers_sizes_and_sibling_shares(parts, part, size, siblings):
    assert sibling_share(parts[f"webarena/{part}"]) == (siblings, size)


def test_map_is_a_part_outside_the_papers_subset(parts):
    assert len(parts["webarena/map"]) == 109
    assert not {task.key for task in parts["webarena/map"]} & {task.key for task in parts["webarena/paper"]}


def test_it_cannot_run_and_says_why(content):
    assert not content.suite.runnable
    assert "browser environment, which is not in this version" in content.suite.reason


def test_gradings_carry_the_eval_block_with_its_oddities(content):
    answers = [grading.expected["reference_answers"] for grading in content.gradings]
    assert any(answer is None for answer in answers)
    assert sum(1 for answer in answers if answer and answer.get("fuzzy_match") == "N/A") == 37
    assert any(answer and isinstance(answer.get("fuzzy_match"), list) for answer in answers)
    assert any(" |OR| " in json.dumps(answer) for answer in answers)
    assert content.gradings[0].expected["reference_answers"]["exact_match"] == "Quest Lumaflex™ Band"
    assert content.tasks[723].text == "Like all submissions created by FTorrez81 in subreddit iphone13"


def test_the_setup_holds_the_start_url_and_no_expected_answer(content):
    assert content.tasks[0].setup["start_url"] == "__SHOPPING_ADMIN__"
    assert not any({"eval", "string_note", "instantiation_dict"} & task.setup.keys() for task in content.tasks)


def test_shopping_has_38_tasks_graded_by_a_model(content, parts):
    expected = {grading.task_key: grading.expected for grading in content.gradings}
    answers = [expected[task.key]["reference_answers"] or {} for task in parts["webarena/shopping"]]
    assert sum("fuzzy_match" in answer for answer in answers) == 38


@pytest.fixture
def items(webarena_file):
    return json.loads(webarena_file.read_text("utf-8"))[:3]


def written(tmp_path, value, name="tasks.json"):
    path = tmp_path / name
    path.write_text(json.dumps(value))
    return path


def test_a_single_task_file_is_a_suite_of_one(tmp_path, items):
    content = load(written(tmp_path, items[2], "2.json"), name="one")
    assert [task.key for task in content.tasks] == ["one/2"]
    assert {subset.name for subset in content.subsets} == {"one/shopping_admin", "one/paper"}


@pytest.mark.parametrize("inside", ["", "config_files"])
def test_a_folder_of_task_files_is_read_in_numeric_order(tmp_path, items, inside):
    folder = tmp_path / inside
    folder.mkdir(exist_ok=True)
    for item, number in zip(items, (10, 9, 100), strict=True):
        written(folder, {**item, "task_id": number}, f"{number}.json")
    written(folder, items, "test.raw.json")
    assert [task.ordinal for task in load(tmp_path).tasks] == [9, 10, 100]


def test_a_folder_without_task_files_is_refused(tmp_path):
    with pytest.raises(UnreadableInput, match="folder without WebArena task files"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"task_id": 0}, "task_id 0 of item 2 was already used by item 1"),
        ({"task_id": "1"}, "item 2 has a task_id that is no whole number"),
        ({"sites": []}, "item 2 has no list of sites"),
        ({"intent": " "}, "item 2 has no intent"),
    ],
)
def test_a_broken_entry_is_named(tmp_path, items, change, part):
    items[1].update(change)
    with pytest.raises(UnreadableInput, match=part):
        load(written(tmp_path, items))


def test_an_entry_that_lacks_a_field_is_named(tmp_path, items):
    del items[2]["eval"]
    with pytest.raises(UnreadableInput, match="item 3 lacks eval"):
        load(written(tmp_path, items))


def test_the_file_can_be_taken_as_ones_own_questions(webarena_file):
    content = load(webarena_file, name="mine", mapping={"text": "intent"}, grader="none")
    assert content.suite.runnable
    assert content.suite.environment == "answer"
    assert content.tasks[0].template == "279"
