from collections import Counter
from itertools import pairwise

from rb_studio.environments.practice import practice_suite
from rb_studio.environments.practice.data import build_shop
from rb_studio.environments.practice.suite import generate_suite


def test_it_has_at_least_twelve_templates_with_ten_instances_each():
    counts = Counter(task.template for task in practice_suite().tasks)
    assert len(counts) >= 12
    assert set(counts.values()) == {10}


def test_it_holds_all_three_kinds_of_intents():
    kinds = Counter(next(iter(grading.expected)) for grading in practice_suite().gradings)
    assert min(kinds["answer"], kinds["page"], kinds["edits"]) >= 30


def test_every_generation_gives_equal_records():
    assert generate_suite() == practice_suite()


def test_tasks_and_gradings_are_in_the_same_order_with_unique_keys():
    suite = practice_suite()
    keys = [task.key for task in suite.tasks]
    assert keys == [grading.task_key for grading in suite.gradings]
    assert len(set(keys)) == len(keys)
    assert keys == [f"practice/{task.ordinal}" for task in suite.tasks]


def test_siblings_of_a_template_are_not_adjacent():
    templates = [task.template for task in practice_suite().tasks]
    adjacent = sum(one == other for one, other in pairwise(templates))
    assert adjacent <= 3


def test_no_two_tasks_ask_the_same_of_the_same_shop():
    asked = [(task.text, task.setup["shop"]) for task in practice_suite().tasks]
    assert len(set(asked)) == len(asked)


def test_the_setup_holds_nothing_of_the_grading():
    for task, grading in zip(practice_suite().tasks, practice_suite().gradings, strict=True):
        assert set(task.setup) == {"start", "shop", "catalogue"}
        assert str(grading.expected) not in str(task.setup)


def test_it_says_that_it_is_simulated():
    suite = practice_suite().suite
    assert suite.simulated
    assert (suite.environment, suite.name, suite.runnable) == ("practice", "practice", True)


def test_another_dress_renames_and_rewords_every_task():
    plain, other = practice_suite(), generate_suite("kitchen", phrasing=1, ids=5)
    assert [task.template for task in plain.tasks] == [task.template for task in other.tasks]
    assert not {task.text for task in plain.tasks} & {task.text for task in other.tasks}


def test_another_catalogue_changes_only_names():
    one, other = build_shop(11, "outdoor"), build_shop(11, "kitchen")
    assert [(o.number, o.date, o.total, o.customer) for o in one.orders] == [
        (o.number, o.date, o.total, o.customer) for o in other.orders
    ]
    assert not {p.name for p in one.products} & {p.name for p in other.products}


def test_phones_emails_skus_and_names_identify_their_records():
    for shop in (build_shop(seed, "outdoor") for seed in (11, 23)):
        for values in (
            [c.phone for c in shop.customers],
            [c.email for c in shop.customers],
            [c.name for c in shop.customers],
            [p.sku for p in shop.products],
            [p.name for p in shop.products],
            [p.stock for p in shop.products],
        ):
            assert len(set(values)) == len(values)
