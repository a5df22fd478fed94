"""Foreign text made fit to show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.gui.rooms.trajectories.plain import (
    DASH,
    GOES_ON,
    LINES,
    LONGEST_LINE,
    SHOWN,
    count,
    money,
    number,
    part_of,
    readable,
    seconds,
    to_readable,
    to_shown,
)


@given(st.text())
def test_what_is_shown_holds_no_control_character(text: str) -> None:
    shown = readable(text)
    assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in shown)
    assert "\u202e" not in shown


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert readable(text) == text


def test_terminal_codes_go_and_line_ends_are_one() -> None:
    assert readable("\x1b[1;31mred\x1b[0m\r\nnext\x00") == "red\nnext\u2400"


@given(st.text(min_size=1, max_size=50, alphabet="ab\n"), st.integers(1, SHOWN))
def test_a_part_is_a_beginning_and_tells_the_whole_size(some: str, times: int) -> None:
    text = some * times
    part = part_of(text)
    shown = part.text.replace(f"\n{GOES_ON}", "")
    assert text.startswith(shown)
    assert part.size == len(text)
    assert part.left_out == len(text) - len(shown)
    assert part.whole == (shown == text)
    assert part_of(text, whole=True).text.replace(f"\n{GOES_ON}", "") == text


def test_endless_lines_are_broken_and_others_left_alone() -> None:
    assert part_of("x" * LONGEST_LINE + "\nshort").text == "x" * LONGEST_LINE + "\nshort"
    lines = part_of("x" * (3 * LONGEST_LINE + 1), whole=True).text.split("\n")
    assert [len(line.removeprefix(GOES_ON)) for line in lines] == [LONGEST_LINE] * 3 + [1]


@given(st.lists(st.integers(0, 3 * LONGEST_LINE + 2), min_size=1, max_size=4), st.floats(0, 1))
def test_a_place_in_a_text_with_broken_lines_is_one_in_the_readable_text_and_back(lines: list[int], at: float) -> None:
    text = "\n".join("x" * length for length in lines)
    shown = part_of(text, whole=True).text
    place = int(at * len(text))
    there = to_shown(text, place)
    assert to_readable(shown, there) == place
    assert shown[there : there + 1] in (text[place : place + 1], "\n")
    mark = shown.find(f"\n{GOES_ON}")
    if mark >= 0:
        assert {to_readable(shown, mark + inside) for inside in range(len(GOES_ON) + 2)} == {mark}


def test_many_lines_are_shown_in_part_too() -> None:
    assert part_of("x\n" * (LINES * 2)).text.count("\n") < LINES


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (number(None), DASH),
        (number(12345), "12,345"),
        (money(None), DASH),
        (money(0.0), "$0"),
        (money(0.00042), "$0.0004"),
        (money(12.5), "$12.50"),
        (seconds(None), DASH),
        (seconds(0.0004), "0.4 ms"),
        (seconds(1.25), "1.25 s"),
        (seconds(930), "15 min 30 s"),
        (count(1, "step"), "1 step"),
        (count(1200, "step"), "1,200 steps"),
    ],
)
def test_numbers_read_well_and_unknown_is_a_dash(shown: str, text: str) -> None:
    assert shown == text
