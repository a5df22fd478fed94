"""A playbook that grows by small changes, after the idea of ACE (Agentic Context Engineering, arXiv 2510.04618).

The playbook stands in every prompt. It is never written anew, which would wear its details away: a lesson enters as a
bullet of its own or strengthens the bullet that says the same. Bullets count how often they stood in attempts that
succeeded and that failed; one that mostly did harm is taken out. The paper lets a model say which bullets helped; here
the attempts' labels do, for all bullets that were shown.
"""

import re
from collections.abc import Sequence

from rb_studio.method.case import Attempt, Case, Drop, Edit, Lesson, Note

SHOWN = 30  # bullets in a prompt at most, the most helpful first
SAME = 0.85  # cosine from which two bullets say the same
PATIENCE = 3  # how much more harm than help a bullet may do
COUNTS = re.compile(r" \[helpful (\d+), harmful (\d+)\]$")


def retrieve(case: Case) -> list[Note]:
    """The best bullets, whatever the task."""
    return sorted(case.notes, key=lambda note: counts(note)[0] - counts(note)[1], reverse=True)[:SHOWN]


def distil(case: Case, attempts: Sequence[Attempt]) -> list[Lesson]:
    """What the shipped prompts find in one attempt, or in several side by side."""
    return case.lessons(attempts)


def consolidate(case: Case, lessons: Sequence[Lesson]) -> list[Lesson | Edit | Drop]:
    """New bullets, and changes to the counters of single ones."""
    won = sum(attempt.success for attempt in case.attempts)
    gains = {note.uid: [won, len(case.attempts) - won] for note in case.used}
    new: list[Lesson] = []
    for lesson in lessons:
        same, likeness = lesson.nearest(case.notes)
        if same is not None and likeness >= SAME:
            gains.setdefault(same.uid, [0, 0])[0] += 1
        elif lesson.nearest(new)[1] < SAME:
            new.append(lesson)
    fresh = [one.edit(description=f"{one.description} [helpful 0, harmful 0]") for one in new]
    return [*fresh, *(changed(note, *gains[note.uid]) for note in case.notes if note.uid in gains)]


def changed(note: Note, helped: int, harmed: int) -> Edit | Drop:
    """The bullet with its counters moved on, or its end."""
    helpful, harmful = counts(note)[0] + helped, counts(note)[1] + harmed
    if harmful - helpful > PATIENCE:
        return note.drop(f"helpful {helpful}, harmful {harmful}")
    return note.edit(description=f"{COUNTS.sub('', note.description)} [helpful {helpful}, harmful {harmful}]")


def counts(note: Note) -> tuple[int, int]:
    """How often a bullet helped and harmed."""
    found = COUNTS.search(note.description)
    return (int(found[1]), int(found[2])) if found else (0, 0)
