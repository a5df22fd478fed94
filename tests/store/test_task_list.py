"""The list of a suite's tasks: found, sorted and counted in SQL, with what rollouts came to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.streams import sibling_share
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.outcome import TaskOutcome
from rb_studio.store import outcomes, runs, suites, task_list, verdicts
from rb_studio.store.spending import spending
from rb_studio.store.task_query import TaskQuery, parse_task_query, toggled, values_of
from tests.store.conftest import Ground
from tests.store.samples import ARM, invalid_outcome, outcome, suite


@pytest.fixture
def shop(ground: Ground) -> Ground:
    """Four tasks; shop/0 always solved, shop/1 now and then, shop/2 never, shop/3 not tried."""
    ground.workspace.run(lambda db: suites.save_suite(db, suite()))
    for key, results in (("shop/0", (True, True)), ("shop/1", (False, True)), ("shop/2", (False, False))):
        commit(ground, graded(key, results))
    return ground


def graded(key: str, results: tuple[bool | None, ...]) -> TaskOutcome:
    made = outcome(key, k=len(results))
    return replace(made, truths={one.uid: (Truth(results[one.rollout_index], 0.0),) for one in made.rollouts})


def commit(ground: Ground, given: TaskOutcome) -> None:
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, given))


def keys(ground: Ground, text: str = "", name: str = "shop", **order: object) -> list[str]:
    conn = ground.workspace.reader()
    ids = task_list.task_ids(conn, name, parse_task_query(text), **order)
    by_id = {line.id: line.key for line in task_list.task_lines(conn, ids)}
    return [by_id[found] for found in ids]


def line(ground: Ground, key: str) -> task_list.TaskLine:
    conn = ground.workspace.reader()
    return next(one for one in task_list.task_lines(conn, task_list.task_ids(conn, "shop")) if one.key == key)


def test_a_task_is_listed_with_what_its_rollouts_came_to(shop: Ground) -> None:
    mixed = line(shop, "shop/1")
    assert (mixed.tried, mixed.graded, mixed.solved, mixed.difficulty) == (2, 2, 1, "mixed")
    assert (mixed.truth, mixed.judged) == (True, "unknown")
    assert line(shop, "shop/0").difficulty == "always"
    assert line(shop, "shop/2").difficulty == "never"
    untried = line(shop, "shop/3")
    assert (untried.tried, untried.difficulty, untried.truth, untried.judged) == (0, None, None, None)


def test_a_fault_is_no_try(ground: Ground) -> None:
    ground.workspace.run(lambda db: suites.save_suite(db, suite()))
    commit(ground, invalid_outcome("shop/1"))
    assert line(ground, "shop/1").tried == 0


def test_an_ungraded_rollout_counts_as_tried_and_as_no_difficulty(ground: Ground) -> None:
    ground.workspace.run(lambda db: suites.save_suite(db, suite()))
    commit(ground, graded("shop/1", (None,)))
    assert (line(ground, "shop/1").tried, line(ground, "shop/1").difficulty) == (1, None)
    assert keys(ground, "result:unknown") == ["shop/1"]


def test_a_person_goes_before_the_judge(shop: Ground) -> None:
    last = line(shop, "shop/1").last_uid
    said = Verdict("by-hand", last, Status.FAILURE, "no", source="human")
    shop.workspace.run(lambda db: verdicts.add_verdicts(db, [said]))
    assert line(shop, "shop/1").judged == "failure"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "0123"),
        ("NUMBER 2", "2"),
        ("shop/3", "3"),
        ("100%", ""),
        ("template:t0", "01"),
        ("template:t0 site:map", "0"),
        ("site:map site:shopping", "0123"),
        ("result:always", "0"),
        ("result:mixed result:never", "12"),
        ("result:untried", "3"),
        ("result:failure", "2"),
        ("judged:unknown order", "012"),
        ("judged:none", ""),
        ("result:", "0123"),
        ('"number 1"', "1"),
        ("number:1", ""),
    ],
)
def test_words_and_fields_narrow_the_list(shop: Ground, text: str, found: str) -> None:
    assert keys(shop, text) == [f"shop/{digit}" for digit in found]


def test_unknown_results_are_named() -> None:
    with pytest.raises(UsageError, match="choose always"):
        parse_task_query("result:sometimes")


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_a_sentence(text: str) -> None:
    try:
        query = parse_task_query(text)
    except UsageError:
        assert ":" in text
    else:
        assert isinstance(query, TaskQuery)
        assert all(query.words)


@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        ("ordinal", "0123", "3210"),
        ("site", "0213", "1302"),
        ("difficulty", "2103", "0123"),
        ("solved", "2103", "0123"),
        ("tried", "3012", "0123"),
        ("truth", "2013", "0123"),
    ],
)
def test_sorted_with_unknown_last_and_ties_in_the_suites_order(shop: Ground, sort: str, up: str, down: str) -> None:
    assert keys(shop, sort=sort) == [f"shop/{digit}" for digit in up]
    assert keys(shop, sort=sort, descending=True) == [f"shop/{digit}" for digit in down]


def test_every_sort_can_be_asked_for(shop: Ground) -> None:
    for sort in task_list.SORTS:
        assert len(keys(shop, sort=sort)) == 4


def test_a_subset_lists_its_own_and_an_unknown_suite_nothing(shop: Ground) -> None:
    conn = shop.workspace.reader()
    assert keys(shop, name="shop/odd") == ["shop/1", "shop/3"]
    assert (task_list.task_count(conn, "shop"), task_list.task_count(conn, "shop/odd")) == (4, 2)
    assert task_list.task_ids(conn, "none such") == []


@pytest.mark.parametrize("name", ["shop", "shop/odd", "none such"])
def test_earlier_siblings_are_counted_as_in_the_stream(shop: Ground, name: str) -> None:
    conn = shop.workspace.reader()
    tasks = suites.tasks(conn, name) if name != "none such" else []
    assert task_list.earlier_siblings(conn, name) == sibling_share(tasks)
    assert name != "shop" or sibling_share(tasks) == (2, 4)


def test_attempts_come_newest_run_first_with_their_arm(shop: Ground) -> None:
    other = replace(ARM, seed=3)
    run = shop.workspace.run(lambda db: runs.create_run(db, other, bank=shop.bank))
    shop.workspace.run(lambda db: outcomes.commit_outcome(db, run, shop.bank, outcome("shop/1", other)))
    found = task_list.attempts(shop.workspace.reader(), "shop/1")
    assert [(one.run, one.index) for one in found] == [(run, 0), (run, 1), (shop.run, 0), (shop.run, 1)]
    assert found[0].arm == {"memory": "reasoningbank", "scaling": "parallel", "k": 2, "seed": 3}
    assert (found[2].truth, found[2].judged, found[2].steps, found[2].valid) == (False, "success", 2, True)
    assert task_list.attempts(shop.workspace.reader(), "shop/3") == []


def test_spending_is_the_mean_of_what_like_rollouts_cost(ground: Ground) -> None:
    ground.workspace.run(lambda db: suites.save_suite(db, suite()))
    arm = replace(ARM, models={"actor": "big@http://x"})
    run = ground.workspace.run(lambda db: runs.create_run(db, arm, bank=ground.bank))
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, run, ground.bank, outcome("shop/1", arm)))
    conn = ground.workspace.reader()
    found = spending(conn, "shop/odd", "big@http://x")
    assert (found.rollouts, found.prompt_tokens, found.completion_tokens, found.cost) == (2, 300.0, 60.0, 1.5)
    assert found.tokens == 360.0
    assert found.seconds == pytest.approx(2.0, abs=0.01)
    assert spending(conn, "shop", "big@http://x", memory="none") is None
    assert spending(conn, "shop", "other") is None


def test_one_uncounted_call_leaves_the_mean_unknown(shop: Ground) -> None:
    arm = replace(ARM, models={"actor": "big@http://x"}, seed=9)
    run = shop.workspace.run(lambda db: runs.create_run(db, arm, bank=shop.bank))
    made = outcome("shop/1", arm)
    uncounted = replace(made.calls[0], reply=replace(made.calls[0].reply, usage=None, cost=None))
    made = replace(made, calls=(uncounted, *made.calls[1:]))
    shop.workspace.run(lambda db: outcomes.commit_outcome(db, run, shop.bank, made))
    found = spending(shop.workspace.reader(), "shop", "big@http://x")
    assert (found.tokens, found.cost, found.rollouts) == (None, None, 2)


def test_a_task_knows_its_place_among_those_of_its_template(ground: Ground) -> None:
    ground.workspace.run(lambda db: suites.save_suite(db, suite()))
    conn = ground.workspace.reader()
    lines = {one.key: one for one in task_list.task_lines(conn, task_list.task_ids(conn, "shop"))}
    kin: dict[str, list[str]] = {}
    for task in suites.tasks(conn, "shop"):
        if task.template is not None:
            kin.setdefault(task.template, []).append(task.key)
    expected = {key: (place, len(keys)) for keys in kin.values() for place, key in enumerate(keys, start=1)}
    assert {key: (one.place, one.kin) for key, one in lines.items() if one.kin} == expected
    assert expected
    in_order = task_list.task_ids(conn, "shop", sort="siblings", descending=True)
    places = [lines_of.place for lines_of in sorted(lines.values(), key=lambda one: in_order.index(one.id))]
    known = [place for place in places if place is not None]
    assert known == sorted(known, reverse=True)
    assert places[: len(known)] == known


def test_sites_and_templates_are_counted_the_most_frequent_first(ground: Ground) -> None:
    ground.workspace.run(lambda db: suites.save_suite(db, suite()))
    conn = ground.workspace.reader()
    found = task_list.task_facets(conn, "shop")
    for name in ("site", "template"):
        values = [getattr(task, name) for task in suites.tasks(conn, "shop")]
        assert dict(found[name]) == {value: values.count(value) for value in values if value is not None}
        assert [count for _, count in found[name]] == sorted((count for _, count in found[name]), reverse=True)


@pytest.mark.parametrize(
    ("text", "name", "value", "after"),
    [
        ("", "site", "shop", "site:shop"),
        ("red site:shop", "site", "shop", "red"),
        ("site:shop red", "site", "map", "red site:map"),
        ('template:"a b" red', "template", "c d", 'red template:"c d"'),
        ('template:"c d" red', "template", "c d", "red"),
        ("site: red", "site", "map", "red site:map"),
        ("result:mixed result:never", "result", "mixed", "result:mixed"),
    ],
)
def test_a_part_of_a_query_is_set_or_taken_away(text: str, name: str, value: str, after: str) -> None:
    assert toggled(text, name, value) == after
    assert values_of(after, name) in ([value], [])
