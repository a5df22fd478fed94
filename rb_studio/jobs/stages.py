"""The stage of each item's advice, said by a model."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rb_studio.jobs.aside import aside, report
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


@dataclass(frozen=True, slots=True)
class _Said:
    """What a model said of one batch of items, by id."""

    model: str
    stages: Mapping[int, str]
    asked: int
    total: int
    tokens: int | None


def label_stages(
    workspace: Workspace,
    bank_id: int,
    item_ids: Sequence[int],
    profile: Profile,
    *,
    cancel: threading.Event | None = None,
    told: Callable[[int, int], None] = lambda done, total: None,
    model: ChatModel | None = None,
    isolated: bool = False,
) -> LabelledStages:
    """Ask a model for the stage of items and keep its labels as one step that can be undone.

    What was said before a stop or a fault is kept. The practice model is not asked: it knows a shop and its habits
    and could only guess. `isolated` asks in a process of its own, which a stop ends at once.

    Raises
    ------
    UsageError
        The model is simulated.
    NotLabelled
        It gave no answer at all.
    """
    kept = _Kept(told, cancel or threading.Event())
    try:
        if isolated:
            asked = (workspace.path, bank_id, tuple(item_ids), profile)
            aside(_ask_aside, *asked, heard=kept.hear, tick=kept.check)
        else:
            for said in _answers(workspace, bank_id, item_ids, model or chat_model(profile)):
                kept.hear(said)
                if kept.asked < said.total:
                    kept.check()
    finally:
        operation = kept.store(workspace, bank_id)
    return LabelledStages(kept.model, len(kept.stages), kept.asked - len(kept.stages), kept.tokens, operation)


def read_stages(reply: str, count: int) -> dict[int, str]:
    """Stages by the number of the item (from 1) in a reply; a number said twice with different stages is left out."""
    found: dict[int, set[str]] = {}
    for number, stage in _LINE.findall(reply):
        if 1 <= int(number) <= count:
            found.setdefault(int(number), set()).add(stage.lower())
    return {number: stages.pop() for number, stages in found.items() if len(stages) == 1}


class _Kept:
    """Gathers what was said, and stores it as one step."""

    def __init__(self, told: Callable[[int, int], None], cancel: threading.Event) -> None:
        self._told, self._cancel = told, cancel
        self.model = ""
        self.stages: dict[int, str] = {}
        self.asked = 0
        self.tokens: int | None = 0

    def check(self) -> None:
        """Raises Cancelled once nobody waits any more."""
        if self._cancel.is_set():
            raise Cancelled(f"stopped; {len(self.stages)} labels given before are kept")

    def hear(self, said: _Said) -> None:
        """One batch more."""
        self.model = said.model
        self.stages |= said.stages
        self.asked += said.asked
        self.tokens = None if self.tokens is None or said.tokens is None else self.tokens + said.tokens
        if said.asked:
            self._told(self.asked, said.total)

    def store(self, workspace: Workspace, bank_id: int) -> int | None:
        """The operation, None where nothing was said or that changed nothing."""
        if not self.stages:
            return None
        reason = f"prompt {_prompts(workspace).hash(PROMPT)[:12]}"
        by = self.model
        return workspace.run(lambda db: set_stages(db, bank_id, self.stages, by=by, who=by, reason=reason)).operation


def _answers(workspace: Workspace, bank_id: int, item_ids: Sequence[int], model: ChatModel) -> Iterator[_Said]:
    """What the model says, batch by batch; closes it. Raises UsageError and NotLabelled."""
    with closing(model):
        if model.simulated:
            raise UsageError("the practice model cannot say what stage advice is at: name a profile with a real model")
        rows = list_items(workspace.reader(), bank_id, ItemFilter(ids=tuple(item_ids))) if item_ids else []
        yield _Said(model.identity, {}, 0, len(rows), 0)
        prompt_set = _prompts(workspace)
        for start in range(0, len(rows), BATCH):
            yield _ask(model, prompt_set, rows[start : start + BATCH], len(rows))


def _ask(model: ChatModel, prompt_set: PromptSet, rows: Sequence[ItemRow], total: int) -> _Said:
    messages = prompt_set.fill(PROMPT, {"items": render_items(rows)})
    reply = model.reply(messages, CallSettings(temperature=0.0), 0)
    if reply.failure is not None:
        raise NotLabelled(f"{model.identity} gave no answer: {reply.failure.message}")
    stages = {rows[number - 1].id: stage for number, stage in read_stages(reply.text, len(rows)).items()}
    return _Said(model.identity, stages, len(rows), total, reply.usage.total if reply.usage else None)


def _ask_aside(path: Path, bank_id: int, item_ids: Sequence[int], profile: Profile) -> None:
    with Workspace.open(path, write=False) as workspace:
        for said in _answers(workspace, bank_id, item_ids, chat_model(profile)):
            report(said)


def _prompts(workspace: Workspace) -> PromptSet:
    return PromptSet.with_overrides(prompts.prompt_texts(workspace.reader()))
