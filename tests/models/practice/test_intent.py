import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.environments.practice.suite import generate_suite
from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_intent import Aim, called_for, understand


@given(st.text(max_size=200))
def test_any_goal_is_read_without_complaint(text):
    assert understand(text).aim in Aim


@pytest.mark.parametrize("catalogue", ["outdoor", "kitchen"])
def test_both_wordings_of_every_task_are_understood_alike(catalogue):
    plain, other = (generate_suite(catalogue, phrasing) for phrasing in (0, 1))
    for one, two in zip(plain.tasks, other.tasks, strict=True):
        first, second = understand(one.text), understand(two.text)
        assert first.aim is second.aim is not Aim.UNKNOWN, (one.text, two.text)
        assert (first.name, first.status, first.first, first.last) == (
            second.name,
            second.status,
            second.first,
            second.last,
        )
        assert set(called_for(first)) == set(called_for(second))


@pytest.mark.parametrize(
    ("goal", "aim"),
    [
        ("I would like to know which Pending order has the smallest grand total.", Aim.EXTREME),
        ("What did Nora Lind pay for her newest Complete order?", Aim.NEWEST),
        ("In total, count how many orders Tom Berg has placed.", Aim.COUNT_OF),
        ("How many orders are there by Tom Berg altogether?", Aim.COUNT_OF),
        ("Tell me how many orders Tom Berg has placed so far.", Aim.COUNT_OF),
        ("How many of the Canceled orders date from 2022-01-01 to 2022-02-01?", Aim.COUNT),
        ('In how many reviews of Fjord Rain Shell does "zipper" appear?', Aim.MENTIONS),
        ("Who is the unhappiest reviewer of Fjord Rain Shell?", Aim.RATING),
        ("Best-selling product from 2022-01-01 to 2022-02-01, please.", Aim.BESTSELLER),
        ("Whose phone number is 555-1234?", Aim.PHONE),
        ("Reduce the price of Alder Trail Jacket to 12.50", Aim.EDIT),
        ("Please open Tom Berg's account.", Aim.OPEN),
        ("Call off the latest Pending order of Tom Berg", Aim.CANCEL),
        ("Tom Berg now lives elsewhere, set the address to 5 Oak Lane, Carlow, 12345", Aim.ADDRESS),
        ("Write a haiku about autumn.", Aim.UNKNOWN),
        ("Fix the failing test in utils.py", Aim.UNKNOWN),
    ],
)
def test_goals_in_other_words_find_their_aim(goal, aim):
    assert understand(goal).aim is aim


def test_constraints_are_read_out_of_a_goal():
    intent = understand(
        "List the number of Canceled orders per month from March 2022 to May 2022 in the form MM:COUNT."
    )
    assert (intent.first, intent.last, intent.status, intent.form) == ("2022-03-01", "2022-05-31", "cancel", "MM:COUNT")
    assert set(called_for(intent)) == {Habit.STATUS, Habit.RANGE, Habit.FORM}
    moved = understand("Change the address of customer Ivy Hart to 240 Mill Lane, Carlow, 65130.")
    assert moved.name == "Ivy Hart"
    assert dict(moved.values) == {"Street": "240 Mill Lane", "City": "Carlow", "Postcode": "65130"}
