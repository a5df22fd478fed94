"""The habits of the practice model: what each is called, what advice on it sounds like, how it shows in text.

Texts only; the numbers are in practice_constants.
"""

import re
from enum import StrEnum


class Habit(StrEnum):
    """A choice between a careful and a careless way of working."""

    PAGES = "pages"
    SORT = "sort"
    REVIEWS = "reviews"
    SAVE = "save"
    EXACT = "exact"
    STATUS = "status"
    HISTORY = "history"
    RANGE = "range"
    FORM = "form"
    ABSENT = "absent"
    SEARCH = "search"


class Trait(StrEnum):
    """Ways of working that show in a text and decide nothing."""

    MENU = "menu"
    PLAN = "plan"
    LOOK = "look"
    BRIEF = "brief"


Behaviour = Habit | Trait

DESCRIPTIONS: dict[Habit, str] = {
    Habit.PAGES: "Go through all pages of a table, up to the last page, before counting.",
    Habit.SORT: "Sort the table by the column in question and check the direction to find the highest or lowest row.",
    Habit.REVIEWS: "Read all customer reviews, not only the first ones: expand the reviews that are collapsed.",
    Habit.SAVE: "After changing a form press Save or confirm the dialog, and check the message that it was saved.",
    Habit.EXACT: "Compare the full name exactly before opening a record; a similar name is another one.",
    Habit.STATUS: "Filter the orders by the status that the goal names, so that only orders with that status count.",
    Habit.HISTORY: "Open the complete order history instead of relying on the short box of recent orders.",
    Habit.RANGE: "Fill in both the start date and the end date of the report instead of its default range.",
    Habit.FORM: "Write the final answer exactly in the format that was asked for, with nothing around it.",
    Habit.ABSENT: "When nothing matches what was asked for, say that it does not exist; give no nearest match.",
    Habit.SEARCH: "Use the search field of the list instead of leafing through it by hand.",
}

NEUTRAL = (
    "The shop sells products to customers through a website.",
    "The page shows a table with several columns and a menu.",
    "An online store has orders, products and customers.",
    "Work carefully and think before you act on the website.",
    "Open the right page from the menu and look at what it shows.",
    "The dashboard gives an overview of the store.",
    "Notes from earlier work can be useful for a new task.",
    "An agent clicks links, fills fields and sends a message.",
    "Bread rises better when the dough rests in a warm place.",
    "The river floods the valley in spring.",
    "A good night's sleep helps the memory.",
    "Trains to the coast leave every hour.",
)

_SIGNS: dict[Behaviour, str] = {
    Habit.PAGES: r"\b(every|all( the)?|each|remaining) pages?\b|\blast page\b|\bpage by page\b",
    Habit.SORT: r"\bsort(ed|ing|s)?\b",
    Habit.REVIEWS: r"\b(expand|unfold|open up|show)\w*\b[^.]*\breviews\b",
    Habit.SAVE: r"\b(sav(e|ed|ing)|confirm(ed|ing)?)\b",
    Habit.EXACT: r"\b(exact(ly)?|full name|whole name|word for word)\b",
    Habit.STATUS: r"\bfilter\w*\b[^.]*\bstatus\b|\bstatus\b[^.]*\bfilter\w*\b|\bother statuses\b",
    Habit.HISTORY: r"\b(complete|full|whole|entire) (order )?(list|history)\b|\ball orders of\b",
    Habit.RANGE: r"\bboth (dates|ends)\b|\bstart and( the)? end\b|\bfirst and( the)? last day\b",
    Habit.FORM: r"\b(form|format) (that was )?(asked for|requested|wanted)\b|\banswer alone\b",
    Habit.ABSENT: r"\bdoes not exist\b|\bno such\b|\bis not there\b",
    Habit.SEARCH: r"\bsearch(es|ed|ing)?\b|\blook it up\b",
    Trait.MENU: r"\bmenu\b",
    Trait.PLAN: r"\bplan\b",
    Trait.LOOK: r"\blook (it|the page) over\b|\bglance\b",
    Trait.BRIEF: r"\b(short|brief) (final )?message\b",
}
SIGNS = {behaviour: re.compile(pattern, re.IGNORECASE) for behaviour, pattern in _SIGNS.items()}

_REASONS: dict[Habit, str] = {
    Habit.PAGES: r"\bpages\b|\blast page\b|\bfirst page\b",
    Habit.SORT: r"\bsort",
    Habit.REVIEWS: r"\breviews\b",
    Habit.SAVE: r"\b(un)?sav(e|ed|ing)\b|\bconfirm",
    Habit.EXACT: r"\bsimilar\b|\bwrong (entity|record|product|customer)\b|\banother (record|product|customer)\b",
    Habit.STATUS: r"\bstatus\b",
    Habit.HISTORY: r"\bhistory\b|\brecent\b|\bcomplete list\b",
    Habit.RANGE: r"\bdates?\b|\brange\b|\bperiod\b",
    Habit.FORM: r"\bformat\b|\bform asked\b",
    Habit.ABSENT: r"\bexist|\bnot been looked for\b|\bnearest\b",
    Habit.SEARCH: r"\bsearch",
}
REASONS = {habit: re.compile(pattern, re.IGNORECASE) for habit, pattern in _REASONS.items()}
