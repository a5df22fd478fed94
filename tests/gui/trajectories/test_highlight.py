"""Languages told apart, and what in a text is what."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.gui.rooms.trajectories.highlight import (
    INKS,
    LONGEST,
    coloured_html,
    language_of_action,
    language_of_output,
    tokens,
)
from rb_studio.gui.theme import LIGHT

LANGUAGES = ("diff", "python", "shell", "json")
DIFF = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n same\n-old\n+new"


def found(text: str, language: str) -> list[tuple[str, str]]:
    return [(token.kind, text[token.start : token.start + token.length]) for token in tokens(text, language)]


@pytest.mark.parametrize(
    ("action", "language"),
    [
        ("grep -rn word .", "shell"),
        ("click('12')", "python"),
        ('{"path": "x"}', "json"),
        ("", "shell"),
    ],
)
def test_the_language_of_an_action(action: str, language: str) -> None:
    assert language_of_action(action) == language


@pytest.mark.parametrize(
    ("text", "action", "language"),
    [
        (f"<output>\n{DIFF}\n</output>", "git diff", "diff"),
        ('{"a": [1, 2]}', "curl x", "json"),
        ("import os", "cat -n setup.py", "python"),
        ("import os", "sed -n '1,5p' src/setup.py | head", "python"),
        ("[12] button 'Send'", "click('12')", ""),
        ("(see below)", "ls", ""),
        ("[]", "ls", "json"),
        ("[", "ls", ""),
    ],
)
def test_the_language_of_what_was_printed(text: str, action: str, language: str) -> None:
    assert language_of_output(text, action) == language


def test_a_diff_has_lines_added_and_removed() -> None:
    kinds = [kind for kind, _ in found(DIFF, "diff")]
    assert kinds == ["head", "head", "head", "hunk", "removed", "added"]


def test_strings_of_python_go_over_lines_and_hide_what_looks_like_code() -> None:
    text = 'x = """a # no comment\ndef f():"""  # yes\nclass Name:\n    y = 12'
    assert found(text, "python") == [
        ("string", '"""a # no comment\ndef f():"""'),
        ("comment", "# yes"),
        ("keyword", "class"),
        ("name", "Name"),
        ("number", "12"),
    ]


def test_a_here_document_is_in_the_language_of_its_file() -> None:
    text = "cd /x && cat > a.py <<'EOF'\nimport os\nEOF\necho done"
    assert ("keyword", "import") in found(text, "shell")
    assert ("name", "echo") in found(text, "shell")
    plain = "cat > notes.txt <<EOF\nimport os\nEOF"
    assert ("keyword", "import") not in found(plain, "shell")


def test_names_of_json_are_told_from_texts() -> None:
    assert found('{"a": "b", "n": -1.5, "t": true}', "json") == [
        ("name", '"a"'),
        ("string", '"b"'),
        ("name", '"n"'),
        ("number", "-1.5"),
        ("name", '"t"'),
        ("keyword", "true"),
    ]


def test_a_huge_text_and_prose_have_no_colours() -> None:
    assert found("import os\n" * LONGEST, "python") == []
    assert found("import os", "") == []


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="ab '\"\\#\n<EOF>{}[]:1-+@$|", max_size=120), language=st.sampled_from(LANGUAGES))
def test_tokens_follow_each_other_inside_the_text_and_rich_text_holds_all_of_it(text: str, language: str) -> None:
    at = 0
    for token in tokens(text, language):
        assert token.start >= at
        assert token.length > 0
        assert token.kind in INKS
        at = token.start + token.length
    assert at <= len(text)
    html = coloured_html(text, language, LIGHT, lambda piece: piece.replace("<", "\0"))
    plain = "".join(part.partition(">")[2] if place else part for place, part in enumerate(html.split("<")))
    assert plain.replace("\0", "<") == text
