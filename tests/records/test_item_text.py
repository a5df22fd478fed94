"""Reading memory items out of whatever a model writes, and writing them in one form (checklist 9, D9, D11)."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.records.item_text import ItemText, parse_items, render_items

ONE = ItemText("Sort first", "Use for extremes.", "Sort by the column, then read the top row.")


def texts_of(text, limit=None):
    return [(item.title, item.description, item.content) for item in parse_items(text, limit).items]


def as_tuple(item):
    return (item.title, item.description, item.content)


@pytest.mark.parametrize(
    "text",
    [
        "# Memory Item 1\n## Title Sort first\n## Description Use for extremes.\n"
        "## Content Sort by the column, then read the top row.",
        "Let me think about {what} worked.\n\n```markdown\n# Memory Item 1\n## Title Sort first\n"
        "## Description Use for extremes.\n## Content Sort by the column, then read the top row.\n```\n"
        "I hope this helps.",
        "# Memory Item 1\n## Title\nSort first\n\n## Description\nUse for extremes.\n\n## Content\n"
        "Sort by the column, then read the top row.",
        "**Memory Item 1**\n**Title:** Sort first\n**Description:** Use for extremes.\n"
        "**Content:** Sort by the column, then read the top row.",
        "### Memory Item #1:\n- **Title**: Sort first\n- **Description**: Use for extremes.\n"
        "- **Content**: Sort by the column, then read the top row.",
        "title: Sort first\ndescription: Use for extremes.\ncontent: Sort by the column, then read the top row.",
        "1. **Title**: Sort first\n   **Description**: Use for extremes.\n"
        "   **Content**: Sort by the column, then read the top row.",
        "# MEMORY ITEM 1\n## TITLE: **Sort first**\n## DESCRIPTION: Use for extremes.\n"
        "## CONTENT: Sort by the column, then read the top row.",
        "# Memory Item 1: Sort first\n## Description Use for extremes.\n"
        "## Content Sort by the column, then read the top row.",
        "## Item 1\nTitle： Sort first\nDescription： Use for extremes.\n"
        "Content： Sort by the column, then read the top row.",
        "~~~\n> # Memory Item 1\n> ## Title Sort first\n> ## Description Use for extremes.\n"
        "> ## Content Sort by the column, then read the top row.\n~~~",
        "# Memory Item 1\r\n## Title Sort first\r\n## Description Use for extremes.\r\n"
        "## Content Sort by the column, then read the top row.\r\n\r\n---\r\n",
    ],
)
def test_point_9_every_usual_variant_of_the_form_reads_alike(text):
    parsed = parse_items(text)
    assert parsed.items == (ONE,)
    assert parsed.warnings == ()


@pytest.mark.parametrize("heading", ["# Memory Item {}", "**Memory Item {}:**", "Memory item {}.", "## Item {}"])
def test_items_are_told_apart_by_their_headings(heading):
    text = "\n\n".join(f"{heading.format(n)}\n## Title T{n}\n## Description D{n}\n## Content C{n}" for n in (1, 2, 3))
    assert texts_of(text) == [("T1", "D1", "C1"), ("T2", "D2", "C2"), ("T3", "D3", "C3")]


def test_a_second_title_opens_a_new_item_even_where_the_first_had_no_content():
    assert texts_of("Title: A\nDescription: one\nTitle: B\nDescription: two") == [("A", "one", ""), ("B", "two", "")]


def test_every_item_in_a_fence_of_its_own_is_read():
    text = "\n".join(f"```\n# Memory Item {n}\n## Title T{n}\n## Content C{n}\n```\nNext one:" for n in (1, 2))
    assert texts_of(text) == [("T1", "", "C1"), ("T2", "", "C2")]


def test_bullets_and_prose_inside_a_content_stay_its_text():
    content = "Do this:\n- Content matters most\n* Item 3 is out of stock\nMemory items should be short\nTitles: none"
    assert texts_of(f"## Title A\n## Content {content}") == [("A", "", content)]


def test_d9_a_repeated_field_is_kept_not_overwritten():
    [(_, _, content)] = texts_of("# Memory Item 1\n## Title A\n## Content first\n## Content second")
    assert "first" in content
    assert "second" in content


def test_code_inside_a_content_is_kept():
    content = "Run it:\n```bash\nls -l\n```\nthen read."
    assert texts_of(f"# Memory Item 1\n## Title A\n## Content {content}") == [("A", "", content)]


def test_a_closed_block_before_the_items_does_not_cut_code_inside_them():
    content = "Run it:\n```\nls -l\n```\nthen read."
    assert texts_of(f"```\nmy plan\n```\n# Memory Item 1\n## Title A\n## Content {content}") == [("A", "", content)]


def test_bold_words_at_both_ends_are_no_bold_frame():
    assert texts_of("Title: A\nContent: **Sort** before you **read**") == [("A", "", "**Sort** before you **read**")]


def test_braces_slots_and_markup_pass_untouched():
    content = "Write {{task}} and {braces} with <tags> & 'quotes'"
    assert texts_of(f"## Title A\n## Content {content}") == [("A", "", content)]


def test_point_9_items_beyond_the_limit_are_dropped_with_a_note():
    parsed = parse_items(render_items([ItemText(f"T{n}", "", "c") for n in range(7)]), 3)
    assert [item.title for item in parsed.items] == ["T0", "T1", "T2"]
    assert parsed.warnings == ("7 items given, the first 3 kept",)


def test_an_item_that_says_nothing_is_dropped_with_a_note():
    parsed = parse_items("# Memory Item 1\n## Title alone\n# Memory Item 2\n## Title B\n## Content c")
    assert [item.title for item in parsed.items] == ["B"]
    assert len(parsed.warnings) == 1


def test_a_missing_title_is_made_of_the_first_words_and_said():
    parsed = parse_items("# Memory Item 1\n## Content one two three four five six seven eight nine")
    assert parsed.items[0].title == "one two three four five six seven eight"
    assert len(parsed.warnings) == 1


@pytest.mark.parametrize(
    "text", ["", "   \n\n", "I cannot think of any lesson.", "```\n```", "Memory items: none", "N/A"]
)
def test_a_reply_without_items_gives_none(text):
    assert parse_items(text).items == ()


def test_evidence_is_read_and_not_rendered():
    parsed = parse_items(
        "# Memory Item 1\n## Title A\n## Content c\n## Evidence Attempt 1 steps 2, 3; Attempt 4 step 5"
    )
    assert parsed.items[0].evidence == "Attempt 1 steps 2, 3; Attempt 4 step 5"
    assert "Attempt" not in render_items(parsed.items)


def test_d11_the_rendered_form_is_exactly_this():
    rendered = render_items([ONE, ItemText("B", "", "c")])
    assert rendered == (
        "# Memory Item 1\n## Title Sort first\n## Description Use for extremes.\n"
        "## Content Sort by the column, then read the top row.\n\n"
        "# Memory Item 2\n## Title B\n## Description \n## Content c"
    )


@pytest.mark.parametrize(
    "text",
    [
        "#" * 200_000,
        "* " * 100_000,
        " " * 200_000 + "Title",
        "## Title " + ": " * 100_000,
        "## Content " + "**" * 100_000,
        "## Content a\n" + "```\n" * 60_000,
        "1. " * 70_000 + "Title: a",
        "\n" * 200_000,
        "# Memory Item 1\n" * 15_000,
    ],
    ids=lambda text: repr(text[:14]),
)
def test_a_reply_that_runs_on_is_read_without_hanging(text):
    started = time.process_time()
    parse_items(text, 3)
    assert time.process_time() - started < 5.0


pieces = st.sampled_from(
    [*"#*_:- \n\t`>ab1.)(–：", "Title", "Content", "Description", "Memory Item", "Item 2", "```", "\u2028"]
)
noise = st.lists(pieces, max_size=12).map("".join)
starts = st.sampled_from(
    ["", "# Memory Item 1", "## Title ", "**Title:** ", "Content: ", "## Content\n", "- **Description** ", "```", "---"]
)
replies = st.lists(st.builds(str.__add__, starts, noise), max_size=10).map("\n".join) | st.text(max_size=200)


@settings(max_examples=200)
@given(replies, st.none() | st.integers(0, 5))
def test_reading_back_what_was_rendered_gives_the_same_items_within_the_limit(text, limit):
    parsed = parse_items(text, limit)
    again = parse_items(render_items(parsed.items))
    assert [as_tuple(item) for item in again.items] == [as_tuple(item) for item in parsed.items]
    assert limit is None or len(parsed.items) <= limit
    for item in parsed.items:
        assert item.title
        assert item.description or item.content
        assert "\n" not in item.title + item.description


words = st.from_regex(r"[A-Za-zäöü0-9(][A-Za-zäöü0-9 ,.'()%-]{0,60}[A-Za-z0-9.]", fullmatch=True)
plain_items = st.lists(
    st.builds(ItemText, words.map(lambda w: " ".join(w.split())), words.map(lambda w: " ".join(w.split())), words),
    max_size=5,
)


@settings(max_examples=40)
@given(plain_items)
def test_plain_items_survive_rendering_and_reading(items):
    assert [as_tuple(item) for item in parse_items(render_items(items)).items] == [as_tuple(item) for item in items]
