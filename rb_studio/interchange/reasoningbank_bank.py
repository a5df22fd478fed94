"""The memory banks of google-research/reasoning-bank: web, scaling and SWE-bench lines.

`memory_items` is the distiller's reply: a string, or a list that is the same reply cut at blank lines. It is joined
again, parsed, and kept raw. Web lines also hold the thoughts and actions they were learned from.
"""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rb_studio.interchange.foreign import task_of
from rb_studio.interchange.loaded import FieldReport, LoadedFile, Rollout
from rb_studio.interchange.sniff import BANK
from rb_studio.interchange.source import Source
from rb_studio.records.identity import uid
from rb_studio.records.item_text import ItemText, parse_items
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import Experience, ItemSource, MemoryItem
from rb_studio.records.task import Task
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory

WEBARENA = "webarena"
SITES = ("shopping", "shopping_admin", "gitlab", "reddit", "map", "wikipedia", "multi")
RAW_MODES = ("awm", "synapse")
MOST_WRITTEN = 5
MAX_ITEMS = 200
MAX_MEMORY_CHARS = 1_000_000
_STATUS = {"success": Status.SUCCESS, "fail": Status.FAILURE, "failure": Status.FAILURE}
_KNOWN = {"task_id", "query", "think_list", "action_list", "status", "memory_items", "template_id"}


def read_bank(source: Source) -> LoadedFile:
    """Read a bank; every line becomes an experience, the same task learned twice included.

    A line that cannot be read is left out with a sentence and stops no other.
    """
    report = FieldReport()
    seen: Counter[str] = Counter()
    experiences: list[Experience] = []
    rollouts: list[Rollout] = []
    verdicts: list[Verdict] = []
    for number, value in source.tolerant_lines():
        fault = _fault(value)
        if fault:
            source.warn(f"line {number} was left out: it {fault}")
            report.skipped("lines that are no memory of a task")
            continue
        line = _Line(value, number, source, seen, report)
        rollout = line.rollout()
        if rollout is not None:
            rollouts.append(rollout)
        if line.status is not None and rollout is not None:
            verdicts.append(line.verdict(rollout.trajectory.uid))
        experiences.append(line.experience(rollout))
    return LoadedFile(
        str(source.path),
        BANK,
        rollouts=tuple(rollouts),
        verdicts=tuple(verdicts),
        experiences=tuple(experiences),
        mapped=report.names("mapped"),
        guessed=report.names("guessed"),
        skipped=report.names("skipped"),
        warnings=source.warnings,
    )


def _fault(value: Any) -> str:
    """Why a line is no memory of a task; empty for one that is."""
    if not isinstance(value, dict) or "task_id" not in value or "memory_items" not in value:
        return "is no memory of a task"
    if isinstance(value["task_id"], bool) or not isinstance(value["task_id"], (str, int)) or value["task_id"] == "":
        return "names no task: its task_id is neither a text nor a number"
    if not isinstance(value["memory_items"], (str, list, type(None))):
        return "holds no memory text: its memory_items are neither a text nor a list of texts"
    return ""


class _Line:
    """One line of a bank with the names it gets here."""

    def __init__(
        self, value: Mapping[str, Any], number: int, source: Source, seen: Counter[str], report: FieldReport
    ) -> None:
        path = source.path
        self.value = value
        self.number = number
        self.source = source
        self.report = report
        self.bank = f"{path.resolve().parent.name}/{path.stem}"
        self.mode = bank_mode(path)
        self.task = _task(value, path)
        self.trial = seen[self.task.key]
        seen[self.task.key] += 1
        self.uid = uid(BANK, self.bank, self.task.key, self.trial)
        self.status = self._status()
        self.compared = not ({"status", "think_list", "action_list"} & set(value))
        self._say()

    def _say(self) -> None:
        self.report.mapped("task_id → task", "query → task text", "memory_items → items")
        self.report.skipped(*sorted(set(self.value) - _KNOWN))
        if self.mode != "reasoningbank":
            self.report.guessed(f"memory mode ← {self.mode}, by the folder's name")
        if self.task.suite == WEBARENA:
            self.report.guessed("suite ← webarena, as the task ids are numbers")
        if self.compared:
            self.report.guessed("kind ← contrast of several attempts, as lines hold no status")
        if self.trial:
            self.source.warn(f"line {self.number} is about {self.task.key} again; it was kept beside the earlier one")
        if not self.task.text:
            self.source.warn(f"line {self.number} has no query; nothing can be retrieved by it")

    def _status(self) -> Status | None:
        given = self.value.get("status")
        known = _STATUS.get(given.strip().lower()) if isinstance(given, str) else None
        if known is None and "status" in self.value:
            self.source.warn(f"the status of line {self.number} is neither success nor fail; it was read as unknown")
        return known

    def experience(self, rollout: Rollout | None) -> Experience:
        """What the line teaches, with the distiller's reply it was read from."""
        raw = self._raw()
        texts = self._texts(raw)
        items = tuple(self._item(text, place, rollout) for place, text in enumerate(texts))
        return Experience(
            self.uid,
            self.task.key,
            self.task.text,
            items,
            rollout_uids=(rollout.trajectory.uid,) if rollout else (),
            template=self.task.template,
            site=self.task.site,
            label=str(self.status or ""),
            kind="contrast" if self.compared else "single",
            raw=raw,
        )

    def _raw(self) -> str:
        given = self.value["memory_items"]
        if isinstance(given, list) and not all(isinstance(entry, str) for entry in given):
            self.source.warn(f"line {self.number} has memory_items that are no text; those were left out")
        raw = joined(given)
        if len(raw) > MAX_MEMORY_CHARS:
            self.source.warn(
                f"the memory text of line {self.number} has {len(raw):,} characters; the first {MAX_MEMORY_CHARS:,} "
                "were read"
            )
        return raw[:MAX_MEMORY_CHARS]

    def _texts(self, raw: str) -> tuple[ItemText, ...]:
        if not raw.strip():
            self.source.warn(f"line {self.number} has no memory text; its task was kept without items")
            return ()
        if self.mode in RAW_MODES:
            return (ItemText(" ".join(self.task.text.split()[:12]) or self.task.key, "", raw.strip()),)
        parsed = parse_items(raw, MAX_ITEMS)
        for warning in parsed.warnings:
            self.source.warn(f"line {self.number}: {warning}")
        if not parsed.items:
            self.source.warn(f"line {self.number} has memory text without a recognisable item; it was kept raw")
        if MOST_WRITTEN < len(parsed.items) < MAX_ITEMS:
            self.source.warn(
                f"line {self.number} holds {len(parsed.items)} items, more than the {MOST_WRITTEN} the method writes; "
                "all were kept"
            )
        return parsed.items

    def _item(self, text: ItemText, place: int, rollout: Rollout | None) -> MemoryItem:
        status = str(self.status or "")
        return MemoryItem(
            uid(self.uid, "item", place),
            text.title,
            text.description,
            text.content,
            polarity=status or ("contrast" if self.compared else ""),
            sources=(ItemSource(rollout.trajectory.uid, status=status),) if rollout else (),
            label_source="judge" if status else "",
            mode=self.mode,
        )

    def rollout(self) -> Rollout | None:
        """The thoughts and actions of a web line; observations were not recorded."""
        thoughts, actions = _texts_of(self.value.get("think_list")), _texts_of(self.value.get("action_list"))
        if not thoughts and not actions:
            return None
        self.report.mapped("think_list, action_list → steps without observations")
        if len(thoughts) != len(actions):
            self.source.warn(f"line {self.number} has {len(thoughts)} thoughts and {len(actions)} actions")
        steps = tuple(
            Step(
                place + 1,
                thoughts[place] if place < len(thoughts) else "",
                (Action(actions[place]),) if place < len(actions) else (),
                "",
                pointer=f"line {self.number}",
            )
            for place in range(max(len(thoughts), len(actions)))
        )
        trajectory = Trajectory(
            uid(self.uid, "rollout"),
            self.task.key,
            self.trial,
            0,
            "",
            steps,
            ExitReason.IMPORTED,
            passes=(len(steps),),
            extra={"format": BANK, "run": self.bank, "observations_known": False},
        )
        return Rollout(self.bank, self.task, trajectory)

    def verdict(self, rollout_uid: str) -> Verdict:
        self.report.mapped("status → verdict")
        return Verdict(uid(self.uid, "verdict"), rollout_uid, self.status or Status.UNKNOWN, "", source="judge")


def bank_mode(path: Path) -> str:
    """Memory mode a bank's folder is named after; the paper's own where it says nothing."""
    named = re.search(r"memor(?:y|ies)_(awm|synapse)", path.resolve().parent.name, re.IGNORECASE)
    return named[1].lower() if named else "reasoningbank"


def is_scratch(path: Path) -> bool:
    """Whether a file is the text that the official code injected last: it stands beside the bank it is from."""
    return path.suffix == ".txt" and path.with_suffix(".jsonl").is_file()


def _task(value: Mapping[str, Any], path: Path) -> Task:
    identity = str(value["task_id"])
    text = value.get("query") if isinstance(value.get("query"), str) else ""
    if identity.isdecimal() and identity.isascii() and len(identity) < 12:
        return webarena_task(int(identity), str(text), path.stem, value.get("template_id"))
    return task_of(identity, str(text))


def webarena_task(number: int, text: str = "", site: str = "", template: Any = None) -> Task:
    """A task of WebArena by its number; a site it does not have is none."""
    named = str(template) if isinstance(template, (str, int)) and not isinstance(template, bool) else None
    return Task(f"{WEBARENA}/{number}", WEBARENA, number, text, site if site in SITES else None, named)


def joined(value: Any) -> str:
    """The distiller's reply again: the official code cuts it at blank lines."""
    if isinstance(value, list):
        return "\n\n".join(_texts_of(value))
    return value if isinstance(value, str) else ""


def _texts_of(value: Any) -> list[str]:
    """The entries of a list as texts; what is none keeps its place as an empty one."""
    return [entry if isinstance(entry, str) else "" for entry in value] if isinstance(value, list) else []
