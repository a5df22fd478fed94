"""From steps to a memory item: written by hand, or by the distiller; and which steps items were learned from."""

import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.questions import CANCEL
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.annotate_reads import short
from rb_studio.gui.rooms.trajectories.commands import BLIND, NO_ROLLOUT, WHERE
from rb_studio.gui.rooms.trajectories.offered_draft import OFFERED
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Part, Stage
from rb_studio.gui.rooms.trajectories.plain import count, readable
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import load

if TYPE_CHECKING:
    from rb_studio.jobs.learn_groups import LearnRequest
    from rb_studio.jobs.learning import Learned
    from rb_studio.models.settings import Settings

BY_HAND, DISTIL = "Write it by hand", "Let the distiller write it\u2026"
CANNOT = "No step is on screen, or the workspace can only be read."
RUNNING = "The rollout has not come to its end yet: distil its steps then."
QUOTED = 240
WHAT = (
    "The distiller is shown {} of this rollout and its outcome. What it writes becomes candidate items that lead back "
    "to just these steps: nothing retrieves them before somebody makes them active."
)
LEARNED = frozenset(("memory_item", "item_source", "experience"))


class MemoryDraftPart(Part):
    """`m` asks how; the item leads back to the steps it came from."""

    name = "draft"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._blind = reviews_of(stage.frame).blind
        self._learned: tuple[str, Mapping[int, str]] = ("", {})
        self._stopped = False
        self._blind.changed.connect(self._mark)

    def commands(self) -> list[Command]:
        able = (self._able, CANNOT)
        bindings = {
            "trajectories.draft": Binding(self._ask, *able),
            "trajectories.draft.distil": Binding(self._ask_distiller, *able),
            "trajectories.learned": Binding(self._show_learned, self._can_show_learned, self._why_not_learned),
        }
        return bind(OFFERED, WHERE, bindings)

    def show_rollout(self, opened: Opened | None) -> None:
        if opened is not None and self._learned[0] == opened.row.uid:
            self._mark()
        elif opened is not None:
            self._learned = (opened.row.uid, {})
            self._read(opened)

    def changed(self, change: ChangeRecord) -> None:
        opened = self._stage.opened
        if opened is not None and LEARNED & set(change.tables):
            self._read(opened)

    def closing(self) -> None:
        self._stopped = True

    def _has_rollout(self) -> bool:
        return self._stage.opened is not None

    def _able(self) -> bool:
        return self._stage.step > 0 and self._frame.session.workspace.writable

    @property
    def _steps(self) -> tuple[int, ...]:
        """The places of the selected steps, else of the one on screen."""
        known = self._stage.opened
        steps = self._stage.selection().steps
        return tuple(step for step in steps if known is not None and 1 <= step <= known.count) or (self._stage.step,)

    def _ask(self) -> None:
        steps = self._steps
        question = f"A memory item from {told(steps)}"
        detail = "It will lead back to just these steps. Select more of them with Shift+J and Shift+K."
        answer = self._frame.dialogs.ask(question, detail, [BY_HAND, DISTIL, CANCEL])
        if answer == BY_HAND:
            self._by_hand(steps)
        elif answer == DISTIL:
            self._ask_distiller()

    def _by_hand(self, steps: tuple[int, ...]) -> None:
        """The draft of a new item, in Memories, with its origin set."""
        opened = self._stage.opened
        if opened is not None:
            self._stage.go(Place("memories", {"draft": draft_of(opened, steps)}))

    def _ask_distiller(self) -> None:
        from rb_studio.gui.rooms.trajectories.distil_dialog import DistilDialog
        from rb_studio.jobs.learn_groups import LearnRequest

        opened, steps = self._stage.opened, self._steps
        if opened is None:
            return
        if opened.running:
            self._frame.toast(RUNNING)
            return
        uid = opened.row.uid
        numbers = tuple(opened.step(step).number for step in steps)
        request = LearnRequest(rollouts=((opened.run.id, uid),), steps={uid: numbers})
        title = f"Distil {told(steps)}"
        dialog = DistilDialog(self._frame, request, title, WHAT.format(told(steps)), self._stage.window())
        dialog.asked.connect(partial(self._distil, title))
        dialog.open()

    def _distil(self, title: str, request: "LearnRequest", settings: "Settings") -> None:
        from rb_studio.gui.rooms.trajectories.distil_dialog import distil

        distil(self._frame, title, "rollout", (request, settings), self._frame.toast, self._distilled)

    def _distilled(self, learned: "Learned") -> None:
        """What came of it, with a way there."""
        if self._stopped:
            return
        place = Place("memories", {"bank": learned.bank, "query": "", "item": learned.item_uids[0]})
        items = count(len(learned.item_uids), "candidate item")
        self._frame.toast(f"{items} in the bank {learned.bank}.", "Show", partial(self._stage.go, place))
        if self._stage.opened is not None:
            self._read(self._stage.opened)

    def _can_show_learned(self) -> bool:
        return self._has_rollout() and not self._blind.on

    def _why_not_learned(self) -> str:
        return BLIND if self._has_rollout() else NO_ROLLOUT

    def _show_learned(self) -> None:
        opened = self._stage.opened
        if opened is not None:
            self._stage.go(Place("memories", {"query": f"source:{opened.row.uid}"}))

    def _read(self, opened: Opened) -> None:
        uid = opened.row.uid
        places = {step.number: place for place, step in enumerate(opened.trajectory.steps, 1)}

        def came(found: Mapping[int, str]) -> None:
            self._learned = (uid, {places[step]: title for step, title in found.items() if step in places})
            self._mark()

        self._frame.session.query("trajectories.learned", partial(learned_from, uid=uid), came)

    def _mark(self, _blind: bool = False) -> None:
        uid, steps = self._learned
        opened = self._stage.opened
        if opened is not None and opened.row.uid == uid:
            self._stage.mark("memory", {} if self._blind.on else steps)


def told(steps: tuple[int, ...]) -> str:
    """Steps in words: `step 3`, `steps 3 to 5`, `4 steps`."""
    if len(steps) == 1:
        return f"step {steps[0]}"
    in_a_row = steps[-1] - steps[0] + 1 == len(steps)
    return f"steps {steps[0]} to {steps[-1]}" if in_a_row else f"{len(steps)} steps"


def draft_of(opened: Opened, steps: tuple[int, ...]) -> dict[str, Any]:
    """A new item as the memories room takes it up: the steps as raw material, and where they are from."""
    found = [opened.step(step) for step in steps]
    lines = [f"Step {step.number}: {short(readable(step.thought), QUOTED)}" for step in found]
    actions = [f"  did: {short(readable(step.action_text), QUOTED)}" if step.actions else "" for step in found]
    content = "\n".join(line for pair in zip(lines, actions, strict=True) for line in pair if line)
    return {
        "content": content,
        "task": opened.row.task_text,
        "reason": f"From {told(steps)} of rollout {opened.row.uid[:12]}",
        "rollout": opened.row.uid,
        "steps": [step.number for step in found],
        "status": opened.row.verdict or "",
    }


def learned_from(conn: sqlite3.Connection, uid: str) -> Mapping[int, str]:
    """Which steps of a rollout items were learned from, by number, with the titles of those items."""
    rows = conn.execute(
        "SELECT s.steps, (SELECT title FROM item_version v WHERE v.item = s.item ORDER BY v.id DESC LIMIT 1) AS title "
        "FROM item_source s WHERE s.rollout_uid = ? ORDER BY s.item",
        (uid,),
    )
    found: dict[int, dict[str, None]] = {}
    for steps, title in rows:
        for step in load(steps) or ():
            found.setdefault(int(step), {})[short(title or "an item")] = None
    return {step: ", ".join(titles) for step, titles in found.items()}
