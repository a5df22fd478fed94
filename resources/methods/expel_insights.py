"""A short list of insights that attempts vote on, after the idea of ExpeL (Experiential Learners, arXiv 2308.10144).

Every insight carries an importance. A new one is ADDed with two; one that is found again is UPVOTEd, and EDITed where
its wording gets better; one that was shown to attempts which all failed is DOWNVOTEd and leaves the list at zero. Which
insight a new finding belongs to is for the distiller to say.
"""

import re
from collections.abc import Sequence

from rb_studio.method.case import Attempt, Case, Drop, Edit, Lesson, Note

LISTED = 20  # insights in a prompt at most, the most important first
ADDED = 2
IMPORTANCE = re.compile(r" \[importance (\d+)\]$")


def retrieve(case: Case) -> list[Note]:
    """The list, whatever the task."""
    return sorted(case.notes, key=importance, reverse=True)[:LISTED]


def distil(case: Case, attempts: Sequence[Attempt]) -> list[Lesson]:
    """Findings from attempts side by side, or from a single one."""
    return case.lessons(attempts)


def consolidate(case: Case, lessons: Sequence[Lesson]) -> list[Lesson | Edit | Drop]:
    """The operations on the list."""
    listed = retrieve(case)
    votes = dict.fromkeys((note.uid for note in listed), 0)
    worded = {note.uid: note.content for note in listed}
    added: list[Lesson | Edit | Drop] = []
    for insight, finding in case.matched(lessons, listed):
        if insight is None:  # ADD
            added.append(finding.edit(description=f"{finding.description} [importance {ADDED}]"))
        else:  # UPVOTE and, where the wording is another one, EDIT
            votes[insight.uid] += 1
            worded[insight.uid] = finding.content
    if not any(attempt.success for attempt in case.attempts):  # DOWNVOTE
        votes |= {note.uid: votes[note.uid] - 1 for note in case.used if note.uid in votes}
    return [*added, *(voted(note, votes[note.uid], worded[note.uid]) for note in listed if votes[note.uid])]


def voted(note: Note, votes: int, content: str) -> Edit | Drop:
    """The insight with its new importance, or its end."""
    value = importance(note) + votes
    text = IMPORTANCE.sub("", note.description)
    return (
        note.edit(description=f"{text} [importance {value}]", content=content) if value > 0 else note.drop("voted out")
    )


def importance(note: Note) -> int:
    """How much an insight counts."""
    found = IMPORTANCE.search(note.description)
    return int(found[1]) if found else ADDED
