"""The checklist is complete: every point and every known defect has a test by its name, in this folder.

A test names what it is of: `test_point_07_d05_...` is of point 7 and of defect 5. The points are those a reproduction
of ReasoningBank must get right, the defects those that implementations share; figures and rigging have their lists too.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent
POINTS = {
    1: "the task list and its order",
    2: "only earlier tasks are seen, never the own one",
    3: "the key is the query, n counts experiences, 0 is no memory",
    4: "cosine, ties, one embedding model, prefix of queries alone",
    5: "the scope of the bank",
    6: "preamble exactly with items, what was injected is stored",
    7: "the judge: temperature 0, unknown, intact answers",
    8: "success and failure apart, provenance of items",
    9: "3 or 5 items at most, tolerant reading",
    10: "what is distilled: thoughts and actions, pages by choice",
    11: "appending, and curation apart from it",
    12: "ground truth reaches nobody unless it is said",
    13: "parallel and vanilla, and k = 1",
    14: "sequential checks",
    15: "best-of-n, pass@k, pass@1",
    16: "rates and how they are pooled",
    17: "steps",
    18: "success only",
    19: "Synapse and AWM",
    20: "label noise",
    21: "the ledger",
    22: "kill and resume",
    23: "streams, siblings, held-out templates",
    24: "importers both ways",
    25: "seeds, intervals, few tasks",
}
DEFECTS = {
    1: "best-of-n: braces, list or number, counting from 1",
    2: "self-contrast with labels and distinct attempts",
    3: "scaling that uses its memory",
    4: "a failed judge is unknown and teaches nothing",
    5: "verdicts by substring",
    6: "self-retrieval",
    7: "the answer leaks",
    8: "mixed embeddings",
    9: "silent merging",
    10: "popularity for quality",
    11: "injected text is what is shown",
    12: "end to end with a bank that is not empty",
}
# The values the estimators must give, by their tests in tests/analysis/test_golden.py.
GOLDEN = {
    "pass_at_k": (0.4, 0.7, 0.9, 1.0, 0.125, 0.25, 0.5),
    "pass_hat_k": (0.8, 0.6, 0.4, 0.2, 0.0),
    "best_of_k_by_score": (0.40, 0.35, 0.20),
    "best_of_k_with_a_binary_judge": (0.50, 0.60, 0.65),
    "best_of_k_model": (0.4, 0.592, 0.7034, 0.8054, 0.8537, 0.8571, 0.52, 0.586, 0.6423, 0.6654, 0.6667),
    "adaptive_consistency": (0.875, 0.9375, 0.9688, 0.9648, 0.9453),
    "beta_marginals": (0.5, 0.1667, 0.0833, 0.05, 0.0333, 0.8333),
    "rogan_gladen": (0.60,),
    "wilson": (0.3988, 0.6012, 0.4385, 1, 0.8318),
    "kappa": (0.85, 0.70, 0.91, 0.357),
    "sample_size": (1570, 392, 174, 98),
}
AGAINST_RIGGING = {
    "test_equal_bytes_and_seed_give_an_equal_reply_in_every_mode": "checklist/test_table.py",
    "test_the_messages_alone_decide_a_reply_whichever_arm_sent_them": "checklist/test_table.py",
    "test_no_request_names_its_arm_its_task_or_its_template": "checklist/test_table.py",
    "test_the_published_seeds_are_used_nowhere_else": "checklist/test_table.py",
    "test_each_constant_is_halved_and_doubled": "checklist/test_table.py",
    "test_permuted_labels_or_copies_of_one_rollout_take_the_gain_of_a_contrast_away": "models/practice/test_rigging.py",
    "test_fitting_advice_helps_and_advice_for_another_habit_does_not": "models/practice/test_rigging.py",
    "test_paraphrases_other_names_and_shuffled_ids_move_success_by_less_than_five_points":
        "models/practice/test_rigging.py",
    "test_probabilities_stand_in_the_file_of_constants_only": "models/practice/test_rigging.py",
    "test_the_model_imports_no_environment": "models/practice/test_rigging.py",
    "test_no_word_of_the_shops_data_or_of_its_templates_is_in_the_model": "models/practice/test_rigging.py",
}  # fmt: skip


def functions_of(path: Path) -> dict[str, ast.FunctionDef]:
    """The tests of a file that every run has: those for long runs are no substitute."""
    found = (node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef))
    return {one.name: one for one in found if one.name.startswith("test_") and not is_left_out(one)}


def is_left_out(test: ast.FunctionDef) -> bool:
    marks = " ".join(ast.unparse(mark) for mark in test.decorator_list)
    return re.search(r"mark\.(long|bench|skip|xfail)\b", marks) is not None


def named(test: str) -> tuple[set[int], set[int]]:
    """Points and defects that a test's name begins with; numbers further on are something else."""
    points: set[int] = set()
    defects: set[int] = set()
    words = test.split("_")[1:]
    while words:
        word = words.pop(0)
        if word == "point" and words and words[0].isdigit():
            while words and words[0].isdigit():
                points.add(int(words.pop(0)))
        elif re.fullmatch(r"d\d{1,2}", word):
            defects.add(int(word[1:]))
        else:
            break
    return points, defects


def matrix() -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Tests of this folder by point and by defect."""
    points: dict[int, list[str]] = defaultdict(list)
    defects: dict[int, list[str]] = defaultdict(list)
    for path in sorted(HERE.glob("test_*.py")):
        for name in functions_of(path):
            of_points, of_defects = named(name)
            for number in of_points:
                points[number].append(f"{path.stem}.{name}")
            for number in of_defects:
                defects[number].append(f"{path.stem}.{name}")
    return points, defects


@pytest.mark.parametrize("point", POINTS, ids=lambda number: f"{number}-{POINTS[number]}")
def test_every_point_of_the_checklist_has_a_test_that_always_runs(point: int) -> None:
    assert matrix()[0][point]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda number: f"D{number}-{DEFECTS[number]}")
def test_every_known_defect_has_a_test_that_always_runs(defect: int) -> None:
    assert matrix()[1][defect]


def test_no_test_is_of_a_point_that_there_is_not() -> None:
    points, defects = matrix()
    assert set(points) == set(POINTS)
    assert set(defects) == set(DEFECTS)
    assert (len(POINTS), len(DEFECTS)) == (25, 12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_point_07_d05_d04_what_is_not", ({7}, {5, 4})),
        ("test_d9_point_22_the_stored_bank", ({22}, {9})),
        ("test_point_15_17_figures", ({15, 17}, set())),
        ("test_point_13_at_k_1_every_scaling", ({13}, set())),
        ("test_point_of_view_3", (set(), set())),
        ("test_a_point_7", (set(), set())),
    ],
)
def test_a_name_tells_its_points(name: str, expected: tuple[set[int], set[int]]) -> None:
    assert named(name) == expected


def test_a_test_for_long_runs_alone_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "test_x.py"
    file.write_text("@pytest.mark.long\ndef test_point_1_a(): ...\n\n@mark.skip('x')\ndef test_point_2_b(): ...\n"
                    "\n@pytest.mark.parametrize('a', [1])\ndef test_point_3_c(a): ...\n", "utf-8")  # fmt: skip
    assert list(functions_of(file)) == ["test_point_3_c"]


@pytest.mark.parametrize("name", GOLDEN)
def test_every_golden_value_is_compared(name: str) -> None:
    tests = functions_of(HERE.parent / "analysis" / "test_golden.py")
    [test] = [node for test, node in tests.items() if re.fullmatch(rf"test_{name}_golden_values?", test)]
    numbers = {node.value for node in ast.walk(test) if isinstance(node, ast.Constant)}
    assert set(GOLDEN[name]) <= numbers


@pytest.mark.parametrize("name", AGAINST_RIGGING)
def test_every_sentence_against_rigging_has_its_test(name: str) -> None:
    assert name in functions_of(HERE.parent / AGAINST_RIGGING[name])
