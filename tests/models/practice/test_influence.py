import pytest

from rb_studio.models.minilm import shared
from rb_studio.models.practice_constants import DEFAULT
from rb_studio.models.practice_habits import Habit, Trait
from rb_studio.models.practice_influence import Advisor
from rb_studio.models.practice_lessons import lesson, wordings
from rb_studio.records.item_text import ItemText
from tests.models.practice.driver import of_template, opening, rate

BREAD = ItemText("Let dough rest", "Makes bread rise.", "Put the dough in a warm place for two hours.")
ADVISOR = Advisor(shared(), DEFAULT)


def influence(*items):
    return ADVISOR.influence(opening("Do it.", items)[0].content)


@pytest.mark.parametrize("habit", Habit)
def test_every_lesson_helps_its_own_habit_most(habit):
    for wording in range(wordings(habit)):
        similarity = dict(zip(Habit, ADVISOR.similarity(lesson(habit, wording)), strict=True))
        assert max(similarity, key=similarity.get) is habit
        assert similarity[habit] > DEFAULT.threshold
        assert all(value == round(value, 3) for value in similarity.values())


@pytest.mark.parametrize("habit", Habit)
def test_advice_for_another_habit_adds_next_to_nothing(habit):
    others = [lesson(other, wording) for other in Habit if other is not habit for wording in range(wordings(other))]
    shifts = sorted(influence(other).shifts[habit] for other in others)
    assert shifts[-1] <= 0.07 * DEFAULT.gain
    assert sum(shift > 0 for shift in shifts) <= 2


def test_traits_and_other_texts_help_no_habit_and_distract():
    for item in [BREAD, *(lesson(trait, wording) for trait in Trait for wording in range(wordings(trait)))]:
        found = influence(item)
        assert found.items == (frozenset(),)
        assert set(found.shifts.values()) == {-DEFAULT.distraction}


def test_the_best_item_counts_and_irrelevant_ones_beside_it_distract_by_their_share():
    alone, beside = influence(lesson(Habit.SAVE, 0)), influence(lesson(Habit.SAVE, 0), BREAD)
    assert alone.shifts[Habit.SAVE] - beside.shifts[Habit.SAVE] == pytest.approx(DEFAULT.distraction / 2)
    assert beside.items == (frozenset({Habit.SAVE}), frozenset())


def test_no_items_no_influence():
    assert influence().shifts == {}


@pytest.mark.parametrize(
    ("text", "habit"),
    [
        ("Always click the column header to sort the table by it.", Habit.SORT),
        ("Go through every page of the results before you count.", Habit.PAGES),
        ("Remember to click the Save button after editing the form.", Habit.SAVE),
        ("Fill in the start and the end date of the report.", Habit.RANGE),
        ("Show all customer reviews, expand the collapsed ones.", Habit.REVIEWS),
    ],
)
def test_advice_in_a_persons_own_words_works(text, habit):
    assert influence(ItemText("Advice", "", text)).shifts[habit] > 0.2


def test_editing_an_item_by_hand_changes_what_the_agent_does():
    tasks = of_template("set-price", "restock")
    saves, bread = ItemText("Advice", "", "Press the Save button after changing a form."), BREAD
    assert rate(tasks, (0, 1), (saves,)) > rate(tasks, (0, 1), (bread,)) + 0.1
