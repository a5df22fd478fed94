"""Answers what-if questions off the GUI thread, with the code runs retrieve by, and keeps labels."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rb_studio.gui.rooms.memories import what_if_answers
from rb_studio.gui.rooms.memories.acts import operate
from rb_studio.gui.rooms.memories.slow import Slow
from rb_studio.gui.rooms.memories.what_if_answers import Answers, Known, Moment, Shown
from rb_studio.jobs.what_if import Question
from rb_studio.store.relevance import set_relevance

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

KEY = "what if"
NO_BANK = "There is no bank to retrieve from: write an item or run an arm with memory."


class WhatIfView(Protocol):
    """What the presenter tells."""

    def show_busy(self, text: str) -> None: ...
    def show_wrong(self, text: str) -> None: ...
    def show_ready(self) -> None: ...
    def show_answer(self, shown: Shown) -> None: ...
    def show_grades(self, shown: Shown) -> None: ...
    def show_known(self, known: Known) -> None: ...
    def show_other_bank(self) -> None: ...


class WhatIfPresenter:
    """One question at a time."""

    def __init__(self, frame: "Frame", slow: Slow, view: WhatIfView, answers: Answers) -> None:
        self._frame = frame
        self._slow = slow
        self._view = view
        self.answers = answers
        self._shown: tuple[int, Shown] | None = None

    def ask(self, bank_id: int | None, question: Question) -> None:
        """Retrieve for a task's text."""
        if bank_id is None:
            self._view.show_wrong(NO_BANK)
        elif not question.text.strip():
            self._view.show_wrong("Type a task first.")
        else:
            self._view.show_busy("Retrieving\u2026")
            work = partial(self.answers.ask, Moment(bank_id, None, ""), question)
            self._slow.run(KEY, work, partial(self._show, bank_id), self._view.show_wrong, self._embedding)

    def stop(self) -> None:
        """Nobody waits for the answer; vectors that are stored stay."""
        self._slow.stop(KEY)
        self._view.show_ready()

    def bank_shown(self, bank_id: int | None) -> None:
        """Another bank: propose what it was learned from."""
        self._view.show_other_bank()
        if bank_id is not None:
            read = partial(what_if_answers.known, bank_id=bank_id)
            self._frame.session.query("memories.known", read, self._view.show_known)

    def grade(self, ids: Sequence[int], grade: int) -> None:
        """Label items for the task of the answer that is shown."""
        if self._shown is not None:
            bank, shown = self._shown
            text, template = shown.question.text, shown.question.without_template
            given = dict.fromkeys(ids, grade)
            operate(
                self._frame,
                lambda db: set_relevance(db, bank, text, given, template=template),
                failed=self._view.show_wrong,
            )

    def labels_changed(self) -> None:
        """Read the labels of the answer that is shown again."""
        if self._shown is not None:
            bank, shown = self._shown
            read = partial(what_if_answers.grades, bank_id=bank, text=shown.question.text)
            self._frame.session.query("memories.grades", read, self._show_grades)

    def _embedding(self, done: int, total: int) -> None:
        self._view.show_busy(f"Embedding past tasks: {done:,} of {total:,}")

    def _show(self, bank: int, shown: Shown) -> None:
        self._shown = (bank, shown)
        self._view.show_answer(shown)

    def _show_grades(self, found: dict[int, int]) -> None:
        if self._shown is not None:
            bank, shown = self._shown
            self._shown = (bank, replace(shown, grades=found))
            self._view.show_grades(self._shown[1])
