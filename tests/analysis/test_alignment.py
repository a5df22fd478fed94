"""Alignment: equal deeds have equal keys, every step stands in one row, and the first parting is found."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.analysis import alignment
from rb_studio.analysis.alignment import align, first_difference, keys, keys_of
from rb_studio.interchange.load import load_path
from rb_studio.records.trajectory import Action, State, Step

PAGE = "RootWebArea 'Shop'\n[7] link 'Orders'\n[9] textbox 'Name' value='x'\n[11] button"
NEAR_KEYS = st.lists(
    st.sampled_from(["ls\nls\n", "ls\nls -l\n", "cat\ncat a\n", "cat\ncat b\n", "go\ngo\n"]), max_size=14
)


def step(action: str, number: int = 1, location: str = "") -> Step:
    return Step(number, "", (Action(action),), "", state=State(location) if location else None)


def key(action: str, page: str = "") -> str:
    return keys([step(action)], [page])[0]


def test_an_element_is_told_by_its_role_and_name_not_by_its_id() -> None:
    other = PAGE.replace("[7]", "[70]").replace("[9]", "[90]")
    assert key("click('7')", PAGE) == key('click("70")', other)
    assert key("fill('9', 'Ann')", PAGE) == key("fill( '90','Ann' )", other)
    assert key("fill('9', 'Ann')", PAGE) != key("fill('9', 'Bob')", PAGE)
    assert key("click('7')", PAGE) != key("click('11')", PAGE)
    assert key("click('5')", PAGE) != key("click('7')", PAGE), "an id that the page does not show stays an id"


def test_addresses_lose_their_host_and_keep_the_rest() -> None:
    assert key("goto('http://localhost:7770/orders?page=2')") == key("goto('/orders?page=2')")
    assert key("goto('/orders?page=2')") != key("goto('/orders?page=3')")


def test_commands_are_told_from_the_folder_worked_in_without_quotes_and_spare_blanks() -> None:
    one = keys([step("cd /testbed && cat  'src/a.py'"), step("cat /testbed/src/a.py")], ["", ""])
    other = keys([step('cd /home/me/repo && cat "./src/a.py"'), step("cat /home/me/repo/src/a.py")], ["", ""])
    assert one == other
    assert key("sed -n 1,5p a.py") != key("sed -n 1,9p a.py")


def test_the_same_action_elsewhere_is_another_deed() -> None:
    def second(location: str) -> str:
        return keys([step("noop()", 1, location), step("click('7')", 2)], [PAGE, PAGE])[1]

    assert second("http://a/orders") == second("https://b/orders")
    assert second("/orders") != second("/products")


@pytest.mark.parametrize("action", ["click(", "fill('9', open('x'))", "goto(((((", "click('\x00')", "", "   "])
def test_an_action_nobody_can_read_still_has_a_key(action: str) -> None:
    assert key(action, PAGE).count("\n") >= 2


def test_a_detour_is_a_gap_and_what_follows_is_aligned_again() -> None:
    a, b = ["a\na\n", "b\nb\n", "c\nc\n"], ["a\na\n", "x\nx\n", "b\nb\n", "c\nc\n"]
    found = align([a, b])
    assert [row.steps for row in found.rows] == [(1, 1), (None, 2), (2, 3), (3, 4)]
    assert found.first_divergence == 1
    assert first_difference(a, b) == 2


def test_a_step_done_in_other_words_stands_beside_its_like() -> None:
    found = align([["sed a\nsed a 1\n", "go\ngo\n"], ["x\nx\n", "sed a\nsed a 2\n", "go\ngo\n"]])
    assert [(row.steps, row.same) for row in found.rows] == [((None, 1), False), ((1, 2), False), ((2, 3), True)]


def test_equal_rollouts_never_part() -> None:
    assert align([["a\n\n"] * 3] * 3).first_divergence is None
    assert first_difference(["a"], ["a"]) is None
    assert first_difference(["a"], ["a", "b"]) == 2
    assert align([[], []]).rows == ()


@given(st.lists(NEAR_KEYS, min_size=1, max_size=4))
@settings(max_examples=60)
def test_every_step_stands_in_one_row_in_order(rollouts: list[list[str]]) -> None:
    found = align(rollouts)
    for place, steps in enumerate(rollouts):
        column = [row.steps[place] for row in found.rows if row.steps[place] is not None]
        assert column == list(range(1, len(steps) + 1))
    for row in found.rows:
        here = [keys[n - 1] for keys, n in zip(rollouts, row.steps, strict=True) if n is not None]
        assert here
        assert row.same == (len(here) == len(rollouts) and len(set(here)) == 1)
    assert found.first_divergence == next((i for i, row in enumerate(found.rows) if not row.same), None)


@given(NEAR_KEYS, NEAR_KEYS)
@settings(max_examples=60)
def test_no_two_aligned_ones_share_more_than_they_could(a: list[str], b: list[str]) -> None:
    """The score is that of the plain recurrence."""

    def worth(x: str, y: str) -> int:
        return 4 if x == y else int(x.partition("\n")[0] == y.partition("\n")[0])

    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            best[i][j] = max(best[i - 1][j - 1] + worth(x, y), best[i - 1][j], best[i][j - 1])
    rows = [row.steps for row in align([a, b]).rows]
    assert sum(worth(a[i - 1], b[j - 1]) for i, j in rows if i is not None and j is not None) == best[-1][-1]


def test_too_long_to_compare_throughout_is_paired_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "MOST_CELLS", 3)
    found = align([["a\n\n", "b\n\n", "c\n\n", "d\n\n"], ["a\n\n", "x\n\n", "y\n\n", "z\n\n", "d\n\n"]])
    assert [row.steps for row in found.rows] == [(1, 1), (2, 2), (3, 3), (None, 4), (4, 5)]


def test_two_real_runs_of_one_task_begin_alike_and_meet_again(samples: Path) -> None:
    folder = samples / "mini-swe-agent" / "v1.1_runs"
    first, second = (
        file.trajectories[0]
        for name in ("deepseek_chat_dev", "deepseek_chat_dev_rerun")
        for file in load_path(folder / name / "pylint-dev__astroid-1196")
        if file.trajectories
    )
    found = align([keys_of(first), keys_of(second)])
    assert found.first_divergence == 3
    assert found.rows[3].steps == (4, 4)
    assert sum(row.same for row in found.rows) >= 12
    again = align([keys_of(first), keys_of(replace(first, steps=first.steps[:10]))])
    assert again.first_divergence == 10
