"""What the practice model writes down: several wordings for every lesson, none with words of a task."""

from rb_studio.models.practice_habits import Behaviour, Habit, Trait
from rb_studio.records.item_text import ItemText

_LESSONS: dict[Behaviour, tuple[tuple[str, str, str], ...]] = {
    Habit.PAGES: (
        (
            "Read every page of the table",
            "Makes counts and totals complete whenever a table is split into pages.",
            "Go through all pages of the table up to the last page before you count or conclude. The first page "
            "holds only the newest rows.",
        ),
        (
            "Leaf to the last page before counting",
            "Prevents answers from the first page alone when a list is paginated.",
            "Check how many pages the table has and read each one until the last page. Note what every page adds,"
            " then conclude.",
        ),
        (
            "Paginated tables need all their pages",
            "Use when a count or a comparison covers more rows than one page shows.",
            "Do not stop at page one of a paginated table. Press next until the last page and count across all pages.",
        ),
    ),
    Habit.SORT: (
        (
            "Sort by the column before reading an extreme",
            "Finds the highest or lowest row of a table reliably.",
            "Click the column header to sort the table and check the sort direction. Then the highest or lowest "
            "row stands first.",
        ),
        (
            "Sort the table for highest and lowest",
            "Use when the goal asks for a maximum, a minimum or a sorted list.",
            "Sort by the column in question and look whether it is ascending or descending. Press the header "
            "again if the direction is wrong.",
        ),
        (
            "Check the sort direction of the column",
            "Prevents taking the top row of an unsorted table for the extreme.",
            "The default order is rarely the one you need. Sort the table by the column that matters, verify the "
            "direction, then read the highest or lowest row.",
        ),
    ),
    Habit.REVIEWS: (
        (
            "Expand all reviews first",
            "Makes every customer review visible before reading or counting them.",
            "Product pages show a few reviews only. Expand the collapsed reviews so that all reviews are shown, "
            "then count or compare.",
        ),
        (
            "Open the collapsed reviews",
            "Use when a question concerns the reviews of a product.",
            "Press the button that shows all reviews before judging them. The visible reviews are only a part of "
            "all customer reviews.",
        ),
        (
            "Visible reviews are not all reviews",
            "Prevents counts and ratings from the few reviews shown at first.",
            "Unfold the hidden customer reviews on the product page and read them all, not only the visible ones.",
        ),
    ),
    Habit.SAVE: (
        (
            "Save the form and check the message",
            "Makes a change of content take effect.",
            "After changing a form press Save, or confirm the dialog, and check the message that it was saved. "
            "Unsaved changes are lost.",
        ),
        (
            "Press Save after every edit",
            "Use when the goal asks to change a value in a form.",
            "Filling a field changes nothing by itself. Press the Save button or confirm the dialog, then verify "
            "the confirmation message.",
        ),
        (
            "An edit counts only once it is saved",
            "Prevents reporting a change that was never saved.",
            "Before reporting, press Save and wait for the message that the record was saved. If a dialog asks, "
            "confirm it.",
        ),
    ),
    Habit.EXACT: (
        (
            "Compare the full name before opening",
            "Avoids acting on a record with a similar name.",
            "Several products or customers have similar names. Compare the full name exactly and open only the "
            "record that matches word for word.",
        ),
        (
            "Match names exactly",
            "Use whenever a product or a customer is given by name.",
            "Do not open the first similar hit. Check that the whole name is exactly the one asked for; a longer "
            "or similar name is another record.",
        ),
        (
            "A similar name is another record",
            "Prevents changes and answers about the wrong product or customer.",
            "Before opening a record compare its full name exactly with the name in the goal, for similar names "
            "stand beside each other.",
        ),
    ),
    Habit.STATUS: (
        (
            "Filter orders by the status asked for",
            "Keeps orders with another status out of the result.",
            "When the goal names an order status, filter the orders by that status first so that only orders with"
            " this status count.",
        ),
        (
            "Apply the status filter",
            "Use when only orders with a certain status matter.",
            "Choose the status named in the goal in the filter of the orders and apply it before reading rows. "
            "Orders of other statuses do not count.",
        ),
        (
            "Mind the order status",
            "Prevents mixing orders of different statuses.",
            "Look for an order status in the goal and filter the list by that status; check the status of every "
            "order you use.",
        ),
    ),
    Habit.HISTORY: (
        (
            "Use the complete history",
            "Avoids answers from a short box of recent orders.",
            "Boxes of recent entries show a few lines. Open the complete order history instead of relying on them.",
        ),
        (
            "Recent orders are not all orders",
            "Use when a question concerns all orders or older ones.",
            "Follow the link to all orders of the customer, or open the full order list, "
            "instead of trusting the short list of recent orders.",
        ),
        (
            "Open the full list behind a box of recent entries",
            "Prevents missing what is older.",
            "A short box shows only a part. Go to the complete history, back to the oldest entry, before you answer.",
        ),
    ),
    Habit.RANGE: (
        (
            "Set both dates of a report",
            "Makes a report cover exactly the period asked for.",
            "Fill in both the start date and the end date of the report before reading it. The default date range"
            " is another period.",
        ),
        (
            "Fill start and end date",
            "Use when the goal names a period from one day to another.",
            "Enter the start date and the end date of the range, then show the report. Do not keep the default "
            "end date.",
        ),
        (
            "Check the date range of a report",
            "Prevents reading figures of the wrong period.",
            "Reports open with a default date range. Replace both the start and the end date with those of the "
            "goal before using the figures.",
        ),
    ),
    Habit.FORM: (
        (
            "Answer exactly in the format asked for",
            "Makes the final answer usable as it stands.",
            "When a format is asked for, write the final answer exactly in that format and put nothing around it.",
        ),
        (
            "Keep to the requested answer format",
            "Use when the goal says how the answer must look.",
            "Send just the answer in the requested format, without words, units or signs that were not asked for.",
        ),
        (
            "No extra words in the final answer",
            "Prevents a right answer in the wrong format.",
            "Look up the answer format in the goal again before sending. The final answer must follow that format"
            " exactly, with nothing added.",
        ),
    ),
    Habit.ABSENT: (
        (
            "Say so when it does not exist",
            "Avoids passing off the nearest match as the answer.",
            "When nothing matches what was asked for, say that it does not exist instead of giving the nearest match.",
        ),
        (
            "Report that nothing matches",
            "Use when nothing fits what was asked for.",
            "If no record matches exactly what was asked for, answer that there is no such record. A nearest "
            "match is a wrong answer.",
        ),
        (
            "Nearest is not found",
            "Prevents invented answers about things that do not exist.",
            "Do not settle for a close match when nothing matches. Say clearly that what was asked for does not exist.",
        ),
    ),
    Habit.SEARCH: (
        (
            "Use the search field",
            "Finds a record in two steps instead of many.",
            "Type the name or number into the search field of the list to find the record instead of leafing "
            "through it by hand.",
        ),
        (
            "Search instead of browsing",
            "Use when a list is long and one record is wanted.",
            "Type a name into the search field and press enter. That is quicker than leafing through the list by hand.",
        ),
        (
            "Find records through search",
            "Saves steps when looking for one record.",
            "Lists have a search field. Type in the name you look for to find the record rather than paging by hand.",
        ),
    ),
    Trait.MENU: (
        (
            "Start from the menu",
            "Leads to the right section of the back office.",
            "Use the links of the main menu to reach a section. They are on every page.",
        ),
        (
            "Navigate through the menu",
            "Use at the beginning of a task.",
            "Choose the section that fits the goal in the navigation menu and go on from there.",
        ),
    ),
    Trait.PLAN: (
        (
            "Make a plan first",
            "Gives the work a direction.",
            "State in the first step which sections you will need and in which sequence you visit them.",
        ),
        (
            "Think ahead before acting",
            "Use at the beginning of longer tasks.",
            "Write down a plan of the steps and follow it.",
        ),
    ),
    Trait.LOOK: (
        (
            "Look the page over",
            "Gives an overview before the next action.",
            "Take a moment to see which elements the page offers before pressing one.",
        ),
        (
            "Observe before clicking",
            "Use on pages seen for the first time.",
            "Glance at headings and buttons of a new page, then decide what to press.",
        ),
    ),
    Trait.BRIEF: (
        (
            "Keep messages brief",
            "Helps the reader of the message.",
            "Finish with a brief message to the person in a friendly tone.",
        ),
        (
            "End with a short message",
            "Use at the end of a task.",
            "Tell the person in a short sentence that the work is finished.",
        ),
    ),
}


def wordings(behaviour: Behaviour) -> int:
    """In how many ways a lesson can be worded."""
    return len(_LESSONS[behaviour])


def lesson(behaviour: Behaviour, wording: int) -> ItemText:
    """The lesson of one behaviour in one of its wordings."""
    texts = _LESSONS[behaviour]
    return ItemText(*texts[wording % len(texts)])
