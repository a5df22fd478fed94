"""A bank's lessons as a part of an AGENTS.md, the file that coding agents read before they begin.

The part stands between two marks. What a person wrote around it stays; writing again replaces the part alone.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.source import clean_text
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.memory import Experience, MemoryItem

log = logging.getLogger(__name__)
BEGIN = "<!-- rb-studio: lessons begin; this part is written anew with each export -->"
END = "<!-- rb-studio: lessons end -->"
HEADING = "## Lessons from earlier attempts"
INTRODUCTION = "Use a lesson where its situation is yours, and leave the others aside."
# Common agents read about so much of such a file.
READ_BYTES = 32 * 1024
_PART = re.compile(re.escape(BEGIN) + r".*?" + re.escape(END), re.DOTALL)


def write_agents_md(experiences: Iterable[Experience], target: Path) -> int:
    """Put the items of experiences into the file, grouped by site, and return how many.

    Raises
    ------
    CannotWrite
        The folder cannot be written to.
    UnreadableInput
        There is a file of that name that is no text, or has only one of the two marks.
    """
    groups: defaultdict[str, list[MemoryItem]] = defaultdict(list)
    for one in experiences:
        groups[one.site or ""] += one.items
    part = "\n\n".join([BEGIN, HEADING, INTRODUCTION, *_sections(groups), END])
    text = _placed(_present(target), clean_text(part), target)
    if len(text.encode()) > READ_BYTES:
        log.warning("%s has %d KiB; agents often read no more than 32: export fewer items", target, len(text) >> 10)
    with writing(target) as file:
        file.write(text)
    return sum(map(len, groups.values()))


def _sections(groups: dict[str, list[MemoryItem]]) -> Iterable[str]:
    """One heading a site where there are several; what belongs to none comes first."""
    for site in sorted(groups):
        if len(groups) > 1:
            yield f"### {_line(site) or 'In general'}"
        yield from _lessons(groups[site], "####" if len(groups) > 1 else "###")


def _lessons(items: Sequence[MemoryItem], marks: str) -> Iterable[str]:
    for item in items:
        yield f"{marks} {_line(item.title)}"
        if item.description.strip():
            yield f"*When:* {_line(item.description)}"
        if item.content.strip():
            yield "\n".join(map(_escaped, item.content.strip().splitlines()))


def _line(text: str) -> str:
    return _escaped(" ".join(text.split()))


def _escaped(line: str) -> str:
    """A line of a lesson that is taken neither for a heading of the file nor for one of the marks."""
    line = line.rstrip().replace("<!--", "&lt;!--")
    return f"\\{line}" if line.startswith("#") else line


def _present(target: Path) -> str:
    if not target.exists():
        return ""
    try:
        return target.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UnreadableInput(f"{target} is there and cannot be read as text; choose another name.") from None


def _placed(present: str, part: str, target: Path) -> str:
    """The file with the part in its place: where it was, else at the end."""
    found = _PART.search(present)
    if found:
        return present[: found.start()] + part + present[found.end() :]
    if BEGIN in present or END in present:
        raise UnreadableInput(f"{target} has only one of the two marks that enclose the lessons; mend or remove it.")
    before = present.rstrip()
    return f"{before}\n\n{part}\n" if before else f"{part}\n"
