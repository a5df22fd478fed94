"""Tables for LaTeX, with the rules of the package booktabs; every text is escaped."""

from collections.abc import Sequence

from rb_studio.interchange.carried import latex_comment
from rb_studio.records.shown import one_line

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # at the beginning of a row it would be an option of the line before
    "]": "{]}",
    "`": r"\textasciigrave{}",
    "–": "--",
}


def escaped(text: str) -> str:
    """One line of text that LaTeX prints as it stands."""
    return "".join(_ESCAPES.get(one, one) for one in one_line(text))


def latex_table(
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str]],
    *,
    caption: str,
    label: str,
    recipe: str = "",
) -> str:
    """A floating table.

    Parameters
    ----------
    columns
        Heading and alignment (`l`, `c` or `r`) of each.
    rows
        A first cell that is empty belongs to the row above; other rows but the first get a little room before them.
    recipe
        What rebuilds the numbers, kept in a comment; one line.
    """
    lines = [latex_comment(recipe)] if recipe else []
    lines += ["% needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}", r"\begin{table}", r"\centering"]
    lines += [f"\\caption{{{escaped(caption)}}}", f"\\label{{{label}}}"]
    lines += [f"\\begin{{tabular}}{{{''.join(align for _, align in columns)}}}", r"\toprule"]
    lines += [_row([heading for heading, _ in columns]), r"\midrule"]
    for place, row in enumerate(rows):
        lines += [r"\addlinespace"] if place and row[0] else []
        lines.append(_row(row))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def _row(cells: Sequence[str]) -> str:
    return f"{' & '.join(map(escaped, cells))} \\\\"
