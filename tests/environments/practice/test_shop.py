import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.environments.errors import EnvironmentFailure
from rb_studio.environments.practice import PracticeShop, practice_suite, render_html
from rb_studio.records.trajectory import State

SUITE = practice_suite()
MOVES = st.sampled_from(
    [
        *[f"click('{bid}')" for bid in range(1, 60)],
        *[f"fill('{bid}', '19.90')" for bid in range(10, 20)],
        *[f"select_option('{bid}', 'Pending')" for bid in range(10, 16)],
        "goto('/orders?status=Pending&page=2')",
        "goto('/products/7')",
        "goto('/customers/3/address')",
        "go_back()",
        "send_msg_to_user('7')",
    ]
)


def opened(ordinal=0):
    shop = PracticeShop(SUITE.gradings[ordinal])
    return shop, shop.reset(SUITE.tasks[ordinal], 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, max_size=12), st.lists(MOVES, max_size=6))
def test_a_restored_state_shows_the_same_page_and_goes_on_the_same_way(before, after):
    shop, _ = opened()
    for move in before:
        page = shop.step(move)
    state = State(**json.loads(json.dumps({n: getattr(shop.state(), n) for n in ("location", "form", "changes")})))
    other = PracticeShop(SUITE.gradings[0])
    other.reset(SUITE.tasks[0], 9)
    restored = other.restore(state)
    if before:
        assert (restored.text, restored.answered) == (page.text, page.answered)
    assert other.state() == shop.state()
    for move in after:
        assert other.step(move) == shop.step(move)
    assert (other.state(), other.grade()) == (shop.state(), shop.grade())


@settings(max_examples=40, deadline=None)
@given(st.lists(MOVES, max_size=15))
def test_equal_actions_give_equal_episodes_and_ids_stay_unique(moves):
    (one, first), (other, second) = opened(), opened()
    assert first == second
    for move in moves:
        page = one.step(move)
        assert page == other.step(move)
        ids = re.findall(r"^\t*\[(\d+)\]", page.text, re.MULTILINE)
        assert len(set(ids)) == len(ids)
    assert one.grade() == other.grade()


def test_a_new_rollout_starts_from_untouched_books(first_of, solve):
    attempt = first_of("restock")
    fresh = attempt.page.text
    solve(attempt)
    assert attempt.shop.reset(attempt.task, 1).text == fresh
    assert attempt.success() is False
    assert attempt.shop.state() == State("/dashboard", {}, opened()[0].state().changes)


def test_the_run_seed_changes_nothing():
    shop = PracticeShop(SUITE.gradings[0])
    assert shop.reset(SUITE.tasks[0], 1) == shop.reset(SUITE.tasks[0], 2)


def test_a_state_returned_earlier_is_not_changed_by_later_actions():
    shop, _ = opened()
    shop.step("goto('/products/7')")
    before = shop.state()
    copy = json.dumps([before.form, before.changes])
    for move in ("fill('11', '5.00')", "click('15')", "goto('/orders')"):
        shop.step(move)
    assert json.dumps([before.form, before.changes]) == copy


def test_orders_stand_newest_first_ten_to_a_page(first_of):
    player = first_of("extreme-order")
    player.click("link", "Orders")
    dates = re.findall(r"gridcell '(\d{4}-\d{2}-\d{2})'", player.page.text)
    assert len(dates) == 10
    assert dates == sorted(dates, reverse=True)
    assert len(player.rows()) == 96


def test_reviews_are_collapsed_until_asked_for(first_of):
    player = first_of("review-mentions")
    player.do("goto('/products/7')")
    few = player.page.text.count("article 'Review'")
    total = int(re.search(r"Show all reviews \((\d+)\)", player.page.text)[1])
    player.click("button", f"Show all reviews ({total})")
    assert few == 2 < total == player.page.text.count("article 'Review'")


def test_leaving_a_form_loses_what_was_not_saved(first_of):
    player = first_of("set-price")
    player.do("goto('/products/7')")
    old = player.value("Price")
    player.fill("Price", "1.00")
    assert player.value("Price") == "1.00"
    player.click("link", "Orders")
    player.do("go_back()")
    assert player.value("Price") == old


@pytest.mark.parametrize(("name", "value"), [("Price", "cheap"), ("Stock", "-3"), ("Stock", "2.5"), ("Price", "1,5")])
def test_a_form_refuses_values_that_make_no_sense(first_of, name, value):
    player = first_of("set-price")
    player.do("goto('/products/7')")
    player.fill(name, value)
    assert "Not saved:" in player.click("button", "Save product")
    assert player.shop.state().changes["edits"] == {}


def test_saving_the_old_value_again_undoes_the_edit(first_of):
    player = first_of("set-price")
    player.do("goto('/products/7')")
    old = player.value("Stock")
    for value in ("500", old):
        player.fill("Stock", value)
        player.click("button", "Save product")
    assert player.shop.state().changes["edits"] == {}


def test_an_edit_shows_in_tables_and_can_be_sorted_by(first_of):
    player = first_of("set-price")
    player.do("goto('/products/7')")
    player.fill("Price", "99999")
    player.click("button", "Save product")
    player.do("goto('/products?sort=price&dir=desc')")
    assert player.rows()[0][3] == "$99999.00"


HOSTILE = [
    *("click('99999')", "click(None)", "click('3', x=[])", "fill('2', 'x')", "fill('2')", "select_option('2', 'x')"),
    *("goto('https://example.org/')", "goto('//example.org')", "goto('/nowhere')", "goto('/orders/1')", "go_back()"),
    *("__import__('os').system('true')", "click('1') or click('2')", "[click('1')]", "lambda: 0", "", "((((", "click("),
    *("send_msg_to_user(f'{1}')", "send_msg_to_user('a' * 10**9)", "scroll('a', 'b')", "noop('x')", "\x00"),
    *("click('\uff11')", "exec('1')", "click('1')\nclick('2')", "(" * 5000, "goto('/customers/\U0001d7d9')"),
]


@pytest.mark.parametrize("action", HOSTILE)
def test_hostile_or_wrong_actions_are_errors_that_change_nothing(action):
    shop, first = opened()
    before = shop.state()
    page = shop.step(action)
    assert page.error
    assert "\n" not in page.error
    assert len(page.error) < 400
    assert page.text == first.text
    assert replace(shop.state()) == before


def test_unknown_records_show_a_not_found_page():
    shop, _ = opened()
    assert "404 Not Found" in shop.step("goto('/products/999')").text


def test_an_open_dialog_must_be_answered_first(first_of):
    player = first_of("cancel-order")
    (key,) = player.grading.expected["edits"]
    player.do(f"goto('/orders/{key.split('/')[1]}')")
    player.click("button", "Cancel order")
    assert "dialog" in str(player.shop.step("click('3')").error)
    player.click("button", "Keep order")
    assert "alertdialog" not in player.page.text


def test_every_state_shows_as_safe_html_with_the_same_ids(first_of):
    player = first_of("set-price")
    player.do("goto('/products/7')")
    player.fill("Description", "<script>alert('x')</script>")
    html = render_html(player.task, player.shop.state())
    assert "<script" not in html
    assert "href" not in html
    assert "&lt;script&gt;" in html
    shown = set(re.findall(r"data-id=\"(\d+)\"", html))
    assert shown == set(re.findall(r"^\t*\[(\d+)\]", player.page.text, re.MULTILINE))


@pytest.mark.parametrize(
    "path",
    [
        *("/dashboard", "/orders", "/products", "/customers", "/customers/3", "/customers/3/address"),
        *("/orders/000110", "/reports/sales", "/reports/bestsellers", "/products/999"),
    ],
)
def test_every_kind_of_page_renders_as_html(path):
    assert render_html(SUITE.tasks[0], State(path)).startswith("<!DOCTYPE html>")


def test_using_the_shop_with_another_tasks_grading_is_a_fault_of_the_world():
    with pytest.raises(EnvironmentFailure, match="practice/0"):
        PracticeShop(SUITE.gradings[0]).reset(SUITE.tasks[1], 0)
    with pytest.raises(EnvironmentFailure, match="before reset"):
        PracticeShop(SUITE.gradings[0]).step("noop()")
