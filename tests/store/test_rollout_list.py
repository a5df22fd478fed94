"""The list of rollouts: filters, facets, order, groups."""

from dataclasses import replace

import pytest

from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.precedence import Precedence
from rb_studio.store import live, outcomes, runs, suites
from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
from rb_studio.store.judgement_rows import save_verdict
from rb_studio.store.rollout_list import (
    FACETS,
    GROUPS,
    SORTS,
    RolloutFilter,
    list_rollouts,
    listed,
    newest_rollout,
)
from rb_studio.store.verdicts import add_verdicts
from tests.store.conftest import Ground
from tests.store.samples import ARM, outcome, rollout, suite
from tests.store.test_live import events_of


@pytest.fixture
def listing(ground: Ground) -> Ground:
    """Two runs over two tasks: memory with k = 2, none with k = 1."""
    run = ground.workspace.run
    run(lambda db: suites.save_suite(db, suite()))
    plain = replace(ARM, memory="none", scaling="none", k=1)
    other = run(lambda db: runs.create_run(db, plain, simulated=True))
    for key in ("shop/2", "shop/1"):
        run(lambda db, key=key: outcomes.commit_outcome(db, ground.run, ground.bank, outcome(key)))
        run(lambda db, key=key: outcomes.commit_outcome(db, other, None, outcome(key, plain, k=1, learns=False)))
    return ground


def chosen(ground: Ground, **values: object) -> list[tuple[int, str, int]]:
    conn = ground.workspace.reader()
    found = list_rollouts(conn, RolloutFilter(**values))
    rows = listed(conn, found.ids)
    return [(rows[one].run, rows[one].task_key, rows[one].rollout_index) for one in found.ids]


def test_rollouts_stand_together_by_run_newest_run_first(listing: Ground) -> None:
    assert chosen(listing) == [
        (2, "shop/2", 0),
        (2, "shop/1", 0),
        (1, "shop/2", 0),
        (1, "shop/2", 1),
        (1, "shop/1", 0),
        (1, "shop/1", 1),
    ]


def test_rollouts_stand_together_by_task_in_suite_order(listing: Ground) -> None:
    found = list_rollouts(listing.workspace.reader(), RolloutFilter(), group="task")
    assert found.groups == ("shop/1",) * 3 + ("shop/2",) * 3


def test_every_facet_is_counted_over_all_that_fits_the_other_facets(listing: Ground) -> None:
    conn = listing.workspace.reader()
    every = list_rollouts(conn, RolloutFilter())
    assert set(every.counts) == set(FACETS)
    assert every.counts["verdict"] == {"success": 4, "unknown": 2}
    assert every.counts["memory"] == {"none": 2, "reasoningbank": 4}
    assert every.counts["k"] == {"1": 2, "2": 4}
    some = list_rollouts(conn, RolloutFilter(facets={"verdict": ("unknown",)}))
    assert (some.matching, some.total) == (2, 6)
    assert some.counts["verdict"] == {"success": 4, "unknown": 2}
    assert some.counts["memory"] == {"reasoningbank": 2}


@pytest.mark.parametrize(
    ("facet", "values", "count"),
    [
        ("truth", ("success",), 4),
        ("truth", ("failure",), 2),
        ("memory", ("none", "reasoningbank"), 6),
        ("k", ("2",), 4),
        ("exit", ("answered",), 6),
        ("exit", ("running",), 0),
        ("simulated", ("yes",), 6),
        ("simulated", (), 6),
    ],
)
def test_a_facet_chooses_rollouts_with_one_of_its_values(
    listing: Ground, facet: str, values: tuple[str, ...], count: int
) -> None:
    assert len(chosen(listing, facets={facet: values})) == count


def test_every_word_of_the_text_has_to_occur(listing: Ground) -> None:
    assert {key for _, key, _ in chosen(listing, text="ORDER map")} == {"shop/2"}
    assert chosen(listing, text="shopping map") == []
    assert chosen(listing, text="100%") == []


def test_words_in_steps_are_found_when_asked_for(listing: Ground) -> None:
    assert chosen(listing, text="noop()") == []
    assert len(chosen(listing, text="noop()", in_steps=True)) == 6


def test_a_task_a_run_or_given_rollouts_are_chosen(listing: Ground) -> None:
    conn = listing.workspace.reader()
    assert {run for run, _, _ in chosen(listing, run=2)} == {2}
    assert {key for _, key, _ in chosen(listing, task_key="shop/2")} == {"shop/2"}
    uids = tuple(row.uid for row in listed(conn, [1, 2]).values())
    assert len(chosen(listing, uids=uids)) == 2
    assert not RolloutFilter(uids=uids).empty
    assert RolloutFilter(text=" ", facets={"k": ()}).empty


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("sort", SORTS)
def test_every_order_lists_every_rollout_once_both_ways(listing: Ground, sort: str, group: str) -> None:
    conn = listing.workspace.reader()
    for descending in (False, True):
        found = list_rollouts(conn, RolloutFilter(), group=group, sort=sort, descending=descending)
        assert sorted(found.ids) == [1, 2, 3, 4, 5, 6]


def test_a_cut_list_still_counts_all_that_fit(listing: Ground) -> None:
    found = list_rollouts(listing.workspace.reader(), RolloutFilter(), most=2)
    assert (len(found.ids), found.matching) == (2, 6)


def test_a_row_tells_what_is_known(listing: Ground) -> None:
    row = listed(listing.workspace.reader(), [1])[1]
    assert (row.task_text, row.site, row.template) == ("Find order number 2", "map", "t1")
    assert (row.verdict, row.truth, row.memory, row.k) == ("success", True, "reasoningbank", 2)
    assert (row.steps, row.cost, row.tokens, row.seconds) == (2, 0.5, 240, 2.0)
    assert (row.exit_reason, row.selected, row.simulated) == ("answered", False, True)
    assert listed(listing.workspace.reader(), [99]) == {}


def test_a_person_overrules_the_judge(listing: Ground) -> None:
    conn = listing.workspace.reader()
    uid = listed(conn, [1])[1].uid
    human = Verdict("h", uid, Status.FAILURE, "it is not", source="human")
    listing.workspace.run(lambda db: add_verdicts(db, [human], who="user"))
    assert listed(conn, [1])[1].verdict == "failure"
    assert list_rollouts(conn, RolloutFilter()).counts["verdict"]["failure"] == 1
    assert listed(conn, [1])[1].success is True
    heard = Precedence(("human", "judge", "truth"))
    assert {one: row.success for one, row in listed(conn, range(1, 4), whose=heard).items()} == {
        1: False,
        2: False,
        3: True,
    }
    assert list_rollouts(conn, RolloutFilter(), group="", sort="success", whose=heard).ids[:2] == (1, 2)


def test_noise_changes_the_label_learned_from_not_the_verdict(listing: Ground) -> None:
    conn = listing.workspace.reader()
    uid = listed(conn, [1])[1].uid
    flipped = Verdict("n", uid, Status.FAILURE, "", raw="Status: success", noisy=True)
    listing.workspace.run(lambda db: save_verdict(db, 1, flipped, who="run 1", learned=True))
    row = listed(conn, [1])[1]
    assert (row.verdict, row.used) == ("success", "failure")
    assert "failure" not in list_rollouts(conn, RolloutFilter()).counts["verdict"]


def test_a_running_rollout_is_listed_as_running(listing: Ground) -> None:
    listing.workspace.run(lambda db: live.append_live(db, listing.run, events_of("shop/3")[:3]))
    conn = listing.workspace.reader()
    newest = newest_rollout(conn)
    row = listed(conn, [newest])[newest]
    assert (row.status, row.exit_reason, row.verdict, row.truth, row.steps) == ("running", None, None, None, 1)
    assert list_rollouts(conn, RolloutFilter()).counts["exit"] == {"answered": 6, "running": 1}


def test_imported_rollouts_know_their_text_and_have_no_arm(ground: Ground) -> None:
    one = ImportedTrajectory(replace(rollout(ARM, "swe/1"), simulated=False), "lite", task_text="Mend the parser")
    ground.workspace.run(lambda db: save_imported(db, SourceFile("/a/b.json", "x"), [one], {}))
    conn = ground.workspace.reader()
    ids = [newest_rollout(conn)]
    row = listed(conn, ids)[ids[0]]
    assert (row.task_text, row.memory, row.k, row.simulated) == ("Mend the parser", None, None, False)
    counts = list_rollouts(conn, RolloutFilter(text="parser")).counts
    assert (counts["memory"], counts["k"], counts["verdict"]) == ({"imported": 1}, {"none": 1}, {"none": 1})


def test_an_empty_workspace_lists_nothing(ground: Ground) -> None:
    conn = ground.workspace.reader()
    found = list_rollouts(conn, RolloutFilter())
    assert (found.ids, found.matching, found.total) == ((), 0, 0)
    assert newest_rollout(conn) is None
