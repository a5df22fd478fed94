"""Nothing is rigged: gains come from what advice says and from what attempts show, or they are not there.

Each claim stands here in a short version; the long one (marker `long`) uses more tasks and seeds.
"""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import rb_studio.models as models
from rb_studio.environments.practice.data import build_shop
from rb_studio.environments.practice.suite import generate_suite
from rb_studio.models.practice import PracticeModel
from rb_studio.models.practice_constants import DEFAULT
from rb_studio.models.practice_habits import Habit, Trait
from rb_studio.models.practice_lessons import lesson
from rb_studio.records.item_text import ItemText
from tests.models.practice.driver import MODEL, SUITE, contrasted, of_template, play, rate

TEMPLATES = {str(task.template) for task in SUITE.tasks}
FOLDER = Path(models.__file__).parent
OFF_TOPIC = (
    ItemText("Let dough rest", "Makes bread rise.", "Put the dough in a warm place for two hours."),
    ItemText("Water the roses", "Keeps roses alive.", "Water roses early in the morning, close to the root."),
)
# A habit that decides the template, advice on it, and advice that has no bearing on the template.
CASES = (
    ("review-mentions", Habit.REVIEWS, Habit.RANGE),
    ("move-customer", Habit.SAVE, Habit.PAGES),
    ("sales-report", Habit.RANGE, Habit.REVIEWS),
    ("harshest-reviewer", Habit.FORM, Habit.SORT),
    ("orders-view", Habit.SORT, Habit.SAVE),
)


@cache
def dressed_rate(seeds, **dress) -> float:
    suite = generate_suite(**dress)
    pairs = list(zip(suite.tasks, suite.gradings, strict=True))
    won = [play(task, seed, grading=grading).success for seed in seeds for task, grading in pairs]
    return sum(won) / len(won)


def advised(case_number: int, which: str, seeds) -> tuple[float, float]:
    """Success without and with advice on one template."""
    template, fitting, other = CASES[case_number]
    items = {"fitting": (lesson(fitting, 0),), "other": (lesson(other, 0),), "off topic": OFF_TOPIC}[which]
    tasks = of_template(template)
    return rate(tasks, seeds), rate(tasks, seeds, items)


def test_without_memory_there_is_room_above_and_below():
    assert 0.33 <= rate(SUITE.tasks, (0, 1)) <= 0.57


def test_templates_differ_in_difficulty():
    rates = [
        rate(of_template(name), (0, 1, 2)) for name in ("open-account", "bestseller", "monthly-counts", "cancel-order")
    ]
    assert min(rates[:2]) > max(rates[2:])


@pytest.mark.parametrize("case", range(len(CASES)))
def test_fitting_advice_helps_and_advice_for_another_habit_does_not(case):
    seeds = range(4)
    without, fitting = advised(case, "fitting", seeds)
    _, other = advised(case, "other", seeds)
    assert fitting >= without + 0.08
    assert other <= without + 0.02


def test_unrelated_memory_does_not_help():
    tasks = SUITE.tasks[:108]
    assert rate(tasks, (0,), OFF_TOPIC) <= rate(tasks, (0,)) + 0.01


@pytest.mark.parametrize("dress", [{"catalogue": "kitchen"}, {"phrasing": 1}, {"ids": 77}])
def test_paraphrases_other_names_and_shuffled_ids_move_success_by_less_than_five_points(dress):
    assert abs(dressed_rate((0,), **dress) - dressed_rate((0,))) < 0.05


def lessons_from_contrasts(
    label, templates, per_template: int, copies: bool = False
) -> dict[str, list[tuple[ItemText, ...]]]:
    """Items distilled from contrasts of four rollouts, by template; `label` maps truths to outcomes."""
    learned: dict[str, list[tuple[ItemText, ...]]] = {}
    for template in templates:
        for number, task in enumerate(of_template(template)):
            runs = [play(task, seed=50, index=index) for index in range(4)]
            truths = [run.success for run in runs]
            if len(set(truths)) == 2 and len(learned.setdefault(template, [])) < per_template:
                shown = [runs[0]] * 4 if copies else runs
                learned[template].append(contrasted(shown, label(truths), seed=number))
    return learned


def with_lessons(learned, seeds) -> float:
    """Success on each template with the lessons learned there."""
    rates = [rate(of_template(name), seeds, items) for name, all_items in learned.items() for items in all_items]
    return sum(rates) / len(rates)


def right(truths):
    return ["success" if truth else "failure" for truth in truths]


def turned(truths):
    return ["failure" if truth else "success" for truth in truths]


def contrast_gains(templates, per_template, seeds):
    """Gain over no memory of contrasts with right labels, with turned labels, and of copies of one rollout."""
    base = sum(rate(of_template(name), seeds) for name in templates) / len(templates)
    return [
        with_lessons(lessons_from_contrasts(label, templates, per_template, copies), seeds) - base
        for label, copies in ((right, False), (turned, False), (right, True))
    ]


def test_permuted_labels_or_copies_of_one_rollout_take_the_gain_of_a_contrast_away():
    gain, turned_gain, copies_gain = contrast_gains(("set-price", "orders-view", "sales-report"), 2, (60,))
    assert gain > 0.1
    assert turned_gain < gain / 3
    assert copies_gain <= 0.02


@pytest.mark.long
def test_long_permuted_labels_or_copies_take_the_gain_of_a_contrast_away():
    names = ("set-price", "orders-view", "sales-report", "review-mentions", "move-customer", "restock", "extreme-order")
    gain, turned_gain, copies_gain = contrast_gains(names, 5, (60, 61))
    assert gain > 0.1
    assert turned_gain < gain / 3
    assert copies_gain <= 0.02


@pytest.mark.long
@pytest.mark.parametrize(
    "dress", [{"catalogue": "kitchen"}, {"phrasing": 1}, {"ids": 77}, {"catalogue": "kitchen", "phrasing": 1, "ids": 5}]
)
def test_long_another_dress_moves_success_by_less_than_five_points(dress):
    seeds = tuple(range(5))
    assert abs(dressed_rate(seeds, **dress) - dressed_rate(seeds)) < 0.05


@pytest.mark.long
@pytest.mark.parametrize("case", range(len(CASES)))
def test_long_only_fitting_advice_helps(case):
    seeds = range(20)
    without, fitting = advised(case, "fitting", seeds)
    assert fitting >= without + 0.1
    for which in ("other", "off topic"):
        assert advised(case, which, seeds)[1] <= without + 0.01


def test_a_decision_depends_on_the_seed_alone_not_on_other_decisions():
    task = of_template("move-customer")[0]
    counts = Counter(play(task, seed).success for seed in range(40))
    assert min(counts.values()) >= 5


def test_another_constant_is_another_model_with_other_results():
    timid = PracticeModel(DEFAULT.scaled("careful.save", 0.1))
    tasks = of_template("move-customer", "set-price")
    assert rate(tasks, (0, 1), model=timid) < rate(tasks, (0, 1), model=MODEL) - 0.1


@pytest.mark.parametrize(
    "name", ["gain", "threshold", "distraction", "remark", "single_items", "careful.pages", "full"]
)
@pytest.mark.parametrize("factor", [0.5, 2])
def test_every_constant_can_be_halved_and_doubled(name, factor):
    scaled = DEFAULT.scaled(name, factor)
    assert scaled != DEFAULT
    assert all(0 < chance < 1 for chance in scaled.careful.values())


def test_every_habit_has_a_chance_of_its_own():
    assert set(DEFAULT.careful) == set(Habit)
    assert not set(Habit) & set(Trait)


def practice_files():
    return sorted(FOLDER.glob("practice*.py"))


def test_the_model_imports_no_environment():
    for path in practice_files():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith(("rb_studio.environments", "rb_studio.method")) for name in names), path.name
            assert not any(name.split(".")[0] in ("random", "secrets", "time", "datetime") for name in names), path.name


def test_probabilities_stand_in_the_file_of_constants_only():
    for path in practice_files():
        if path.name == "practice_constants.py":
            continue
        floats = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
                  and isinstance(node.value, float)}  # fmt: skip
        assert floats <= {0.0, 1.0, 1e-6}, path.name


def test_no_word_of_the_shops_data_or_of_its_templates_is_in_the_model():
    text = "\n".join(path.read_text() for path in practice_files())
    names = {product.name for seed in (11, 23) for product in _shop(seed).products}
    names |= {customer.name for seed in (11, 23) for customer in _shop(seed).customers}
    names |= {name for name in TEMPLATES if "-" in name} | {task.text for task in SUITE.tasks}
    assert not [name for name in names if name in text]


def _shop(seed):
    return build_shop(seed, "outdoor")
