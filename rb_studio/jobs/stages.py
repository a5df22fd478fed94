"""The stage of each item's advice, said by a model."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rb_studio.method.prompts import PromptSet
from rb_studio.models.profile import Profile
from rb_studio.models.protocol import ChatModel
from rb_studio.models.registry import chat_model
from rb_studio.records.calls import CallSettings
from rb_studio.records.errors import Cancelled, RbStudioError, UsageError
from rb_studio.records.item_text import render_items
from rb_studio.store import prompts
from rb_studio.store.items import ItemFilter, ItemRow, list_items
from rb_studio.store.themes import STAGES, set_stages
from rb_studio.store.workspace import Workspace

PROMPT = "stage"
BATCH = 12
_LINE = re.compile(rf"^\W*(?:(?:memory\s+)?item\s+)?(\d{{1,3}})\W+({'|'.join(STAGES)})\b", re.IGNORECASE | re.MULTILINE)


class NotLabelled(RbStudioError):
    """The model gave no answer."""


@dataclass(frozen=True, slots=True)
class LabelledStages:
    """What a model said: how many items it labelled and of how many it said nothing that can be read."""

    model: str
    labelled: int
    unclear: int
    tokens: int | None
    operation: int | None


def label_stages(
    workspace: Workspace,
    bank_id: int,
    item_ids: Sequence[int],
    profile: Profile,
    *,
    cancel: threading.Event | None = None,
    told: Callable[[int, int], None] = lambda done, total: None,
    model: ChatModel | None = None,
) -> LabelledStages:
    """Ask a model for the stage of items and keep its labels as one step that can be undone.

    What was said before a stop or a fault is kept. The practice model is not asked: it knows a shop and its habits
    and could only guess.

    Raises
    ------
    UsageError
        The model is simulated.
    NotLabelled
        It gave no answer at all.
    """
    asked = model or chat_model(profile)
    try:
        if asked.simulated:
            raise UsageError("the practice model cannot say what stage advice is at: name a profile with a real model")
        rows = list_items(workspace.reader(), bank_id, ItemFilter(ids=tuple(item_ids))) if item_ids else []
        labelling = _Labelling(workspace, asked, cancel or threading.Event())
        try:
            labelling.ask_all(rows, told)
        finally:
            operation = labelling.keep(bank_id)
        return LabelledStages(asked.identity, len(labelling.said), labelling.unclear, labelling.tokens, operation)
    finally:
        asked.close()


def read_stages(reply: str, count: int) -> dict[int, str]:
    """Stages by the number of the item (from 1) in a reply; a number said twice with different stages is left out."""
    found: dict[int, set[str]] = {}
    for number, stage in _LINE.findall(reply):
        if 1 <= int(number) <= count:
            found.setdefault(int(number), set()).add(stage.lower())
    return {number: stages.pop() for number, stages in found.items() if len(stages) == 1}


class _Labelling:
    """Asks batch by batch and gathers what was said."""

    def __init__(self, workspace: Workspace, model: ChatModel, cancel: threading.Event) -> None:
        self._workspace, self._model, self._cancel = workspace, model, cancel
        self._prompts = PromptSet.with_overrides(prompts.prompt_texts(workspace.reader()))
        self.said: dict[int, str] = {}
        self.unclear = 0
        self.tokens: int | None = 0

    def ask_all(self, rows: Sequence[ItemRow], told: Callable[[int, int], None]) -> None:
        for start in range(0, len(rows), BATCH):
            if self._cancel.is_set():
                raise Cancelled(f"stopped; {len(self.said)} labels given before are kept")
            self._ask(rows[start : start + BATCH])
            told(min(start + BATCH, len(rows)), len(rows))

    def _ask(self, rows: Sequence[ItemRow]) -> None:
        messages = self._prompts.fill(PROMPT, {"items": render_items(rows)})
        reply = self._model.reply(messages, CallSettings(temperature=0.0), 0)
        if reply.failure is not None:
            raise NotLabelled(f"{self._model.identity} gave no answer: {reply.failure.message}")
        used = reply.usage.total if reply.usage else None
        self.tokens = None if self.tokens is None or used is None else self.tokens + used
        stages = read_stages(reply.text, len(rows))
        self.said |= {rows[number - 1].id: stage for number, stage in stages.items()}
        self.unclear += len(rows) - len(stages)

    def keep(self, bank_id: int) -> int | None:
        """Store what was said; the operation, None where that changed nothing."""
        if not self.said:
            return None
        reason = f"prompt {self._prompts.hash(PROMPT)[:12]}"
        by = self._model.identity
        change = self._workspace.run(lambda db: set_stages(db, bank_id, self.said, by=by, who=by, reason=reason))
        return change.operation
