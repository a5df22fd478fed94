import pytest

from rb_studio.environments.practice import practice_suite

TASKS = practice_suite().tasks
FIRSTS = [next(task.ordinal for task in TASKS if task.template == name) for name in {t.template: 0 for t in TASKS}]


def test_every_task_is_solved_by_an_honest_script(dressed, solve):
    failed = []
    for player in dressed():
        before = player.shop.grade().success
        solve(player)
        if before or not player.success():
            failed.append((player.task.text, player.shop.grade().detail))
    assert failed == []


def test_shuffled_ids_and_other_names_leave_every_task_solvable(dressed, solve):
    for player in dressed(catalogue="kitchen", ids=41):
        solve(player)
        assert player.success(), player.task.text


@pytest.mark.parametrize("ordinal", FIRSTS)
def test_doing_nothing_or_answering_nonsense_fails(player, ordinal):
    attempt = player(ordinal)
    assert attempt.success() is False
    attempt.answer("I am done, the answer is 123456789.")
    assert attempt.success() is False


@pytest.mark.parametrize("ordinal", FIRSTS)
def test_grading_twice_gives_the_same_and_changes_nothing(player, solve, ordinal):
    attempt = player(ordinal)
    solve(attempt)
    before = attempt.shop.state()
    assert attempt.shop.grade() == attempt.shop.grade()
    assert attempt.shop.state() == before


def test_an_unsaved_edit_is_a_failure(first_of):
    attempt = first_of("set-price")
    name, price = attempt.task.text.removeprefix("Set the price of ").rstrip(".").split(" to ")
    attempt.open_named("Products", name)
    attempt.fill("Price", price)
    attempt.answer("The price is set.")
    assert attempt.success() is False
    assert attempt.shop.grade().detail == "nothing was saved"


def test_a_right_edit_beside_a_wrong_one_is_a_failure(first_of, solve):
    attempt = first_of("set-price")
    solve(attempt)
    assert attempt.success()
    attempt.fill("Stock", "1")
    attempt.click("button", "Save product")
    assert attempt.success() is False


def test_cancelling_needs_the_dialog_confirmed(first_of):
    attempt = first_of("cancel-order")
    (key,) = attempt.grading.expected["edits"]
    attempt.do(f"goto('/orders/{key.split('/')[1]}')")
    attempt.click("button", "Cancel order")
    assert attempt.success() is False
    attempt.click("button", "OK")
    assert attempt.success()


def test_an_answer_does_not_close_the_episode_and_a_later_one_counts(first_of, solve):
    attempt = first_of("extreme-order")
    attempt.answer("999999")
    assert attempt.page.answered == "999999"
    assert attempt.success() is False
    solve(attempt)
    assert attempt.success()


def test_a_wrong_form_of_the_right_answer_fails_where_a_form_is_asked(first_of, solve):
    attempt = first_of("sum-of-last-orders")
    solve(attempt)
    attempt.answer(f"The total is ${attempt.page.answered}.")
    assert attempt.success() is False


def test_a_longer_product_name_is_another_answer(dressed, solve):
    for attempt in dressed():
        longer = attempt.grading.expected.get("answer", {}).get("excludes")
        if longer:
            attempt.answer(longer[0])
            assert attempt.success() is False
            return
    pytest.fail("no bestseller task has a product with a twin")
