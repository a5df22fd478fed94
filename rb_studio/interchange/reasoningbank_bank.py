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
_STATUS = {"success": Status.SUCCESS, "fail": Status.FAILURE, "failure": Status.FAILURE}
_KNOWN = {"task_id", "query", "think_list", "action_list", "status", "memory_items", "template_id"}


def read_bank(source: Source) -> LoadedFile:
    """Read a bank; every line becomes an experience, the same task learned twice included."""
    report = FieldReport()
    seen: Counter[str] = Counter()
    experiences: list[Experience] = []
    rollouts: list[Rollout] = []
    verdicts: list[Verdict] = []
    for number, value in source.lines():
        if not isinstance(value, dict) or "task_id" not in value or "memory_items" not in value:
            report.skipped(f"line {number}, which is no memory of a task")
            continue
        line = _Line(value, source.path, seen, report)
        rollout = line.rollout(number)
        if rollout is not None:
            rollouts.append(rollout)
        if line.status is not None and rollout is not None:
            verdicts.append(line.verdict(rollout.trajectory.uid))
        experiences.append(line.experience(rollout, number, source))
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


class _Line:
    """One line of a bank with the names it gets here."""

    def __init__(self, value: Mapping[str, Any], path: Path, seen: Counter[str], report: FieldReport) -> None:
        self.value = value
        self.report = report
        self.bank = f"{path.resolve().parent.name}/{path.stem}"
        self.mode = _mode(path)
        self.task = _task(value, path)
        self.trial = seen[self.task.key]
        seen[self.task.key] += 1
        self.uid = uid(BANK, self.bank, self.task.key, self.trial)
        self.status = _STATUS.get(str(value.get("status", "")).lower())
        report.mapped("task_id → task", "query → task text", "memory_items → items")
        report.skipped(*sorted(f"{name}" for name in set(value) - _KNOWN))

    def experience(self, rollout: Rollout | None, number: int, source: Source) -> Experience:
        raw = _joined(self.value["memory_items"])
        texts = self._texts(raw, number, source)
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
            raw=raw,
        )

    def _texts(self, raw: str, number: int, source: Source) -> tuple[ItemText, ...]:
        if not raw.strip():
            return ()
        if self.mode in ("awm", "synapse"):
            return (ItemText(" ".join(self.task.text.split()[:12]) or self.task.key, "", raw.strip()),)
        parsed = parse_items(raw)
        for warning in parsed.warnings:
            source.warn(f"line {number}: {warning}")
        if not parsed.items:
            source.warn(f"line {number} has memory text without a recognisable item; it was kept raw")
        return parsed.items

    def _item(self, text: ItemText, place: int, rollout: Rollout | None) -> MemoryItem:
        status = str(self.status or "")
        return MemoryItem(
            uid(self.uid, "item", place),
            text.title,
            text.description,
            text.content,
            polarity=status,
            sources=(ItemSource(rollout.trajectory.uid, status=status),) if rollout else (),
            label_source="judge" if status else "",
            mode=self.mode,
        )

    def rollout(self, number: int) -> Rollout | None:
        """The thoughts and actions of a web line; observations were not recorded."""
        thoughts, actions = _texts_of(self.value.get("think_list")), _texts_of(self.value.get("action_list"))
        if not thoughts and not actions:
            return None
        self.report.mapped("think_list, action_list → steps without observations")
        steps = tuple(
            Step(
                place + 1,
                thoughts[place] if place < len(thoughts) else "",
                (Action(actions[place]),) if place < len(actions) else (),
                "",
                pointer=f"line {number}",
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


def _mode(path: Path) -> str:
    """Memory mode a bank's folder is named after; the paper's own where it says nothing."""
    named = re.search(r"memor(?:y|ies)_(awm|synapse)", path.resolve().parent.name, re.IGNORECASE)
    return named[1].lower() if named else "reasoningbank"


def _task(value: Mapping[str, Any], path: Path) -> Task:
    identity, text = str(value["task_id"]), str(value.get("query") or "")
    template = value.get("template_id")
    if identity.isdecimal() and identity.isascii() and len(identity) < 12:
        key = f"{WEBARENA}/{int(identity)}"
        site = path.stem
        return Task(key, WEBARENA, int(identity), text, site, None if template is None else str(template))
    return task_of(identity, text)


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "\n\n".join(_texts_of(value))
    return value if isinstance(value, str) else ""


def _texts_of(value: Any) -> list[str]:
    """The entries of a list as texts; what is none keeps its place as an empty one."""
    return [entry if isinstance(entry, str) else "" for entry in value] if isinstance(value, list) else []
