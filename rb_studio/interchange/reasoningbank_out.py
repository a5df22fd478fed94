"""Write banks and embedding caches as google-research/reasoning-bank reads them: same keys, types and order.

Its loader takes the first line with a task's id and puts every entry of `memory_items` into the prompt, so a line
holds a list of texts, cut at blank lines as the official code cuts a distiller's reply, and nothing that is not to be
injected.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.foreign import IMPORTED, SWE_BENCH
from rb_studio.interchange.reasoningbank_bank import RAW_MODES, WEBARENA
from rb_studio.interchange.source import clean_text
from rb_studio.records.identity import digest
from rb_studio.records.item_text import ItemText, parse_items, render_items
from rb_studio.records.judgement import Status
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.records.trajectory import Trajectory

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

log = logging.getLogger(__name__)

_STATUS = {Status.SUCCESS: "success", Status.FAILURE: "fail"}
_SEPARATOR = "\n\n"

RolloutOf = Callable[[str], Trajectory | None]


@dataclass(frozen=True, slots=True)
class Steps:
    """Thoughts and actions of the rollout an experience was learned from, as many of the one as of the other."""

    thoughts: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


def write_bank(experiences: Iterable[Experience], rollout: RolloutOf, target: Path, *, scaling: bool = False) -> int:
    """Write one line an experience and return the number of items. Raises CannotWrite.

    Parameters
    ----------
    experiences
        With the items to write; those without any are left out.
    rollout
        Finds a rollout by its uid, None where the workspace does not have it.
    scaling
        Write every line as the official scaling script does: without status and steps, the text as one string.
    """
    count = 0
    ids: dict[str, int] = {}
    unlike: list[str] = []
    with writing(target) as file:
        for experience in experiences:
            if not experience.items:
                continue
            text = memory_text(experience)
            if not _reads_back(experience, text):
                unlike.append(experience.task_key or experience.task_text)
            line = _scaling_line(experience, text) if scaling else _line(experience, text, rollout)
            ids[line["task_id"]] = ids.get(line["task_id"], 0) + 1
            file.write(json.dumps(line) + "\n")
            count += len(experience.items)
    _tell(target, ids, unlike)
    return count


def write_embeddings(experiences: Iterable[Experience], vectors: "Mapping[str, Vector]", target: Path) -> int:
    """Write the vector of each experience's task text, by its uid, and return how many. Raises CannotWrite."""
    count = 0
    with writing(target) as file:
        for experience in experiences:
            vector = vectors.get(experience.uid)
            if vector is None:
                continue
            line = {
                "id": _task_id(experience),
                "text": clean_text(experience.task_text),
                "embedding": [float(number) for number in vector],
            }
            file.write(json.dumps(line) + "\n")
            count += 1
    return count


def task_id(task_key: str) -> str:
    """A task's id in a bank: WebArena's number, SWE-bench's instance, else our own key."""
    suite, _, name = task_key.partition("/")
    return name if suite in (WEBARENA, SWE_BENCH, IMPORTED) and name else task_key


def _task_id(experience: Experience) -> str:
    """The id of its task; of a memory that belongs to none its own, as the official code goes by ids alone."""
    return task_id(experience.task_key) or experience.uid


def memory_text(experience: Experience) -> str:
    """The distiller's reply where the items still say what it said, else the items in the form it is asked for."""
    if experience.raw and _reads_back(experience, experience.raw):
        return experience.raw
    if experience.items[0].mode in RAW_MODES:
        return _SEPARATOR.join(item.content for item in experience.items)
    return render_items(experience.items)


def _reads_back(experience: Experience, text: str) -> bool:
    """Whether the text, read as the official form, gives exactly the experience's items."""
    if experience.items[0].mode in RAW_MODES:
        return [item.content.strip() for item in experience.items] == [text.strip()]
    return [_texts(item) for item in parse_items(text).items] == [_texts(item) for item in experience.items]


def _texts(item: MemoryItem | ItemText) -> tuple[str, str, str]:
    return item.title, item.description, item.content


def _line(experience: Experience, text: str, rollout: RolloutOf) -> dict[str, Any]:
    """A line of a web bank or, for SWE-bench, of its bank; one learned from several attempts has no status."""
    chunks = clean_text(text).split(_SEPARATOR)
    head: dict[str, Any] = {"task_id": _task_id(experience), "query": clean_text(experience.task_text)}
    known = {str(status): name for status, name in _STATUS.items()}
    status = known.get(experience.label) if experience.kind == "single" else None
    if experience.task_key.startswith(f"{SWE_BENCH}/"):
        return head | {"memory_items": chunks} | ({"status": status} if status else {})
    template = {"template_id": _template_id(experience)}
    if status is None:
        return head | {"memory_items": chunks} | template
    steps = _steps(experience, rollout)
    lists = {"think_list": list(steps.thoughts), "action_list": list(steps.actions)}
    return head | lists | {"status": status, "memory_items": chunks} | template


def _scaling_line(experience: Experience, text: str) -> dict[str, Any]:
    return {
        "task_id": _task_id(experience),
        "query": clean_text(experience.task_text),
        "memory_items": clean_text(text),
        "template_id": _template_id(experience),
    }


def _template_id(experience: Experience) -> int:
    """The template's number; another name gets a number of its own that no template of WebArena has."""
    named = experience.template
    if named is not None and named.isdecimal() and named.isascii() and len(named) < 10:
        return int(named)
    return 1_000_000 + int(digest(named or experience.task_key)[:7], 16)


def _steps(experience: Experience, rollout: RolloutOf) -> Steps:
    found = next(filter(None, map(rollout, experience.rollout_uids)), None)
    if found is None:
        return Steps()
    return Steps(
        tuple(clean_text(step.thought) for step in found.steps),
        tuple(clean_text(step.action_text) for step in found.steps),
    )


def _tell(target: Path, ids: Mapping[str, int], unlike: Sequence[str]) -> None:
    """What the official code will not see as it stands in the workspace."""
    again = sum(count > 1 for count in ids.values())
    if again:
        log.warning("%s: %d tasks have several lines; the official code reads the first of each only", target, again)
    if unlike:
        log.warning(
            "%s: texts of %d tasks, first %s, begin or end blank or hold lines that read like the form's own headings, "
            "so they will be read back otherwise; reword them",
            target,
            len(unlike),
            unlike[0],
        )
