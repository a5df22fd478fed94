"""Colours for code: diffs, Python, shell and JSON, told from the text and from the command that printed it."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import NamedTuple

from rb_studio.analysis.actions import WEB_ACTIONS
from rb_studio.gui.theme import Colours

LONGEST = 200_000
HEAD = 4_000
INKS = {
    "keyword": "accent",
    "string": "success",
    "comment": "muted",
    "number": "warning",
    "name": "accent",
    "added": "success",
    "removed": "failure",
    "hunk": "accent",
    "head": "muted",
}
_PYTHON = re.compile(
    r"""(?P<string>(?:\b[rbfuRBFU]{1,2}(?=['"]))?(?:\"{3}(?s:.*?)(?:\"{3}|\Z)|'{3}(?s:.*?)(?:'{3}|\Z)"""
    r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))"""
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<name>(?<=\bdef )\w+|(?<=\bclass )\w+|^[ \t]*@[\w.]+)"
    r"|(?P<keyword>\b(?:False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally"
    r"|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b)"
    r"|(?P<number>\b\d[\w.]*)",
    re.MULTILINE,
)
_SHELL = re.compile(
    r"""(?P<string>'[^'\n]*'|"(?:\\.|[^"\\])*?")"""
    r"|(?P<comment>(?:(?<=\s)|^)#[^\n]*)"
    r"|(?P<number>\$\w+|\$\{[^}\n]*\}|(?<=\s)--?[A-Za-z][\w-]*)"
    r"|(?P<keyword>\b(?:if|then|elif|else|fi|for|do|done|while|until|case|esac|function|export)\b|&&|\|\||[|;]|[0-9&]?>{1,2})"
    r"|(?P<name>^[ \t]*[\w./-]+(?=\s|$))",
    re.MULTILINE,
)
_JSON = re.compile(
    r"""(?P<name>"(?:\\.|[^"\\\n])*"(?=\s*:))|(?P<string>"(?:\\.|[^"\\\n])*")"""
    r"|(?P<number>-?\b\d[\d.eE+-]*)|(?P<keyword>\b(?:true|false|null)\b)"
)
_DIFF = re.compile(
    r"^(?:(?P<head>diff .*|index .*|--- .*|\+\+\+ .*|(?:new|deleted) file .*|rename .*|similarity .*)"
    r"|(?P<hunk>@@.*)|(?P<added>\+.*)|(?P<removed>-.*))$",
    re.MULTILINE,
)
_LANGUAGES = {"python": _PYTHON, "json": _JSON, "diff": _DIFF}
HEREDOC = re.compile(
    r"(?P<line>[^\n]*<<-?\s*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)[^\n]*)\n"
    r"(?P<body>.*?)(?:\n[ \t]*(?P=end)[ \t]*$|\Z)",
    re.DOTALL | re.MULTILINE,
)
_IS_DIFF = re.compile(r"^(?:diff --git |--- a/|@@ -\d)", re.MULTILINE)
_PRINTS = re.compile(r"\b(?:cat|nl|sed\s+-n|head|tail|less|bat|view)\b[^|;&\n]*?\.(?P<kind>py|json|sh|diff|patch)\b")
_KINDS = {"py": "python", "json": "json", "sh": "shell", "diff": "diff", "patch": "diff"}
_FILE = re.compile(r"\.(?P<kind>py|json|sh|diff|patch)\b")
_CALL = re.compile(r"\s*(\w+)\s*\(")


class Token(NamedTuple):
    """A stretch of a text with a meaning, one of `INKS`."""

    start: int
    length: int
    kind: str


def language_of_action(action: str, tool: str | None = None) -> str:
    """The language an agent wrote an action in."""
    call = _CALL.match(action)
    if tool in ("python", "ipython") or (call is not None and call[1] in WEB_ACTIONS):
        return "python"
    return "json" if _is_json(action) else "shell"


def language_of_output(text: str, action: str = "") -> str:
    """The language of what an action printed; empty for prose and for output nobody can tell."""
    if _IS_DIFF.search(text[:HEAD]):
        return "diff"
    if _is_json(text):
        return "json"
    printed = _PRINTS.search(action[:HEAD])
    return _KINDS[printed["kind"]] if printed else ""


def tokens(text: str, language: str) -> Iterator[Token]:
    """The coloured stretches of a text in their order, each found when it is asked for; none in a huge text."""
    if not language or len(text) > LONGEST:
        return iter(())
    if language == "shell":
        return _shell(text)
    return _found(_LANGUAGES[language], text, 0, len(text))


def coloured_html(text: str, language: str, colours: Colours, shown: Callable[[str], str] = escape) -> str:
    """A text as rich text; `shown` makes a piece of it fit to stand there."""
    parts: list[str] = []
    at = 0
    for token in tokens(text, language):
        end = token.start + token.length
        parts.append(shown(text[at : token.start]))
        ink = getattr(colours, INKS[token.kind])
        parts.append(f'<span style="color:{ink}">{shown(text[token.start : end])}</span>')
        at = end
    parts.append(shown(text[at:]))
    return "".join(parts)


def _found(pattern: "re.Pattern[str]", text: str, start: int, end: int) -> Iterator[Token]:
    for match in pattern.finditer(text, start, end):
        yield Token(match.start(), match.end() - match.start(), match.lastgroup or "")


def _shell(text: str) -> Iterator[Token]:
    """Commands; what they write into files by a here-document is in the file's language."""
    at = 0
    for document in HEREDOC.finditer(text):
        yield from _found(_SHELL, text, at, document.end("line"))
        language = _of_document(document["line"])
        if language:
            start = document.start("body")
            yield from (Token(start + one.start, one.length, one.kind) for one in tokens(document["body"], language))
        at = document.end()
    yield from _found(_SHELL, text, at, len(text))


def _of_document(line: str) -> str:
    named = _FILE.search(line)
    if named:
        return _KINDS[named["kind"]]
    if re.search(r"\bpython[\d.]*\b", line):
        return "python"
    return "diff" if re.search(r"\b(?:patch|apply)\b", line) else ""


def _is_json(text: str) -> bool:
    """Whether a text looks like JSON from one end to the other."""
    ends: Mapping[str, str] = {"{": "}", "[": "]"}
    start, end = text[:HEAD].lstrip()[:2], text[-HEAD:].rstrip()[-1:]
    return bool(start) and ends.get(start[0]) == end and (start[1:] in ('"', "\n", " ", "{", "[", "}", "]"))
