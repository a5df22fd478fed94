"""Tables for LaTeX: whatever a text holds, the table stays a table."""

import re

from hypothesis import given
from hypothesis import strategies as st

from rb_studio.interchange.latex_out import escaped, latex_table

COLUMNS = [("arm", "l"), ("n", "r")]


def table(*rows: tuple[str, ...], caption: str = "c") -> str:
    return latex_table(COLUMNS, rows, caption=caption, label="tab:x")


@given(st.text(max_size=60))
def test_no_text_ends_a_cell_a_row_or_the_table(text: str) -> None:
    made = escaped(text)
    bare = re.sub(r"\\text\w+\{\}|\\[{}$&#%_]|\{[\[\]]\}", "", made)
    assert not set(bare) & set('\\{}$&#%_~^<>|[]"`\n\r\0')
    lines = table((text, "1"), ("b", "2")).splitlines()
    assert len(lines) == len(table(("a", "1"), ("b", "2")).splitlines())
    assert sum(len(re.findall(r"(?<!\\)&", line)) for line in lines if line.endswith(r"\\")) == 3


def test_the_table_has_the_rules_of_booktabs_and_says_what_it_needs() -> None:
    made = table(("100 % of [A_1]", "7"), ("", "8"), ("next", "9"), caption="50 % & more")
    assert [line for line in made.splitlines() if line.startswith("\\")] == [
        r"\begin{table}",
        r"\centering",
        r"\caption{50 \% \& more}",
        r"\label{tab:x}",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"\midrule",
        r"\addlinespace",
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    assert r"100 \% of {[}A\_1{]} & 7 \\" in made
    assert "booktabs" in made


def test_directions_and_controls_are_gone() -> None:
    assert escaped("a\u202eb\x00c\nd\ud800") == "a b c d"
