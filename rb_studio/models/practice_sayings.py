"""What the practice model says when it takes a careful or a careless decision."""

from rb_studio.models.practice_habits import Habit, Trait

CAREFUL: dict[Habit, tuple[str, ...]] = {
    Habit.PAGES: (
        "The table goes on, so I read every page before I conclude.",
        "There are more rows behind this; I go through all pages.",
        "I will not stop before the last page of this table.",
    ),
    Habit.SORT: (
        "I sort the table by {column} and check the direction.",
        "Sorting by {column} puts the row I need in front.",
        "To be sure of the order I sort by {column}.",
    ),
    Habit.REVIEWS: (
        "Only some are visible, so I expand all reviews.",
        "I unfold the rest to see all reviews.",
        "I show all reviews before I judge.",
    ),
    Habit.SAVE: (
        "The form must be saved, and I check the message.",
        "I press the button that makes it count, so that the change is saved.",
        "A change counts once it is confirmed, so I finish it.",
    ),
    Habit.EXACT: (
        "I compare the full name and open only what matches.",
        "There may be similar ones; I take exactly the one named.",
        "I check the whole name before opening.",
    ),
    Habit.STATUS: (
        "Only the status named in the goal counts, so I filter by it.",
        "I filter the orders by the status asked for.",
        "Other statuses must stay out of this.",
    ),
    Habit.HISTORY: (
        "The box shows a few orders; I open the complete list.",
        "I go to the full history of orders.",
        "Older orders may matter, so I use the entire list.",
    ),
    Habit.RANGE: (
        "I set both dates of the range.",
        "The period needs its start and end filled in.",
        "I fill in both ends of the period.",
    ),
    Habit.FORM: (
        "I keep to the form asked for.",
        "I write it in the format requested, the answer alone.",
        "I send the answer alone, in the form that was asked for.",
    ),
    Habit.ABSENT: (
        "Nothing matches, so it does not exist.",
        "There is no such record here.",
        "What was asked for is not there.",
    ),
    Habit.SEARCH: (
        "I use the search field to find it.",
        "I search for it instead of leafing.",
        "The search brings it up quickest.",
    ),
}

CARELESS: dict[Habit, tuple[str, ...]] = {
    Habit.PAGES: ("What stands here will do.", "These rows tell enough.", "I take it from the rows in view."),
    Habit.SORT: ("I take the rows as they stand.", "The table is easy enough to read as it is."),
    Habit.REVIEWS: ("What customers say stands here.", "The opinions in view give the picture."),
    Habit.SAVE: ("The value is in, that is it.", "The change stands on the page now."),
    Habit.EXACT: ("This looks like it.", "The first hit seems right.", "That must be the one."),
    Habit.STATUS: ("I look at the orders here.", "The orders are listed, good."),
    Habit.HISTORY: ("The orders stand right here.", "The box on this page has what I need."),
    Habit.RANGE: ("I put in when it begins.", "The beginning of the period goes in, the rest is set already."),
    Habit.FORM: ("I tell what I found.", "I report the result in a sentence."),
    Habit.ABSENT: ("This one comes closest.", "It is nearly what was meant."),
    Habit.SEARCH: ("I leaf through the list.", "I go down the list by hand."),
}

REMARKS: dict[Trait, tuple[str, ...]] = {
    Trait.PLAN: ("My plan: find the section, then act.", "I make a plan and follow it."),
    Trait.LOOK: ("I look the page over first.", "A glance at the page shows where to go."),
    Trait.BRIEF: ("A short message will do to finish.", "I end with a brief message."),
}
