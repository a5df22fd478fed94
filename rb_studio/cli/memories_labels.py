"""`memories labels`: which items a task should be shown, and how well retrieval finds them."""

import argparse
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_studio.cli.memories_read import current_bank
from rb_studio.cli.memories_show import short
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.retrieval_quality import LabelReport, label_report
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.store import items
from rb_studio.store.relevance import LabelledTask, Labels, relevance, set_labels
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.analysis.intervals import Estimate
    from rb_studio.analysis.retrieval_quality import RetrievalQuality

EXCLUSIVE = "give a TASK TEXT with --relevant, or --pairs FILE, or neither to see the labels"


def labels_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Label a task's items, read labels from a file, or tell how well retrieval finds what is labelled."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    text, pairs, relevant = args.given, getattr(args, "pairs", None), getattr(args, "relevant", ())
    if bool(text) != bool(relevant) or (text and pairs):
        raise UsageError(EXCLUSIVE)
    if not text and not pairs:
        return _measured(conn, bank.id, bank.name, args)
    given = [_from_options(args)] if text else _from_file(Path(pairs or ""))
    labels = [replace(one, grades=_grades(conn, bank.id, one.grades)) for one in given]
    about = {
        name: getattr(args, option) for name, option in (("who", "author"), ("reason", "reason")) if option in args
    }
    change = workspace.run(partial(set_labels, bank_id=bank.id, labels=labels, **about))
    tasks = relevance(conn, bank.id)
    done = f"read the labels of {count(len(labels), 'task')}" if pairs else change.label
    data = {"bank": bank.name, "operation": change.operation, "tasks": _tasks(tasks)}
    return Output(data, f"{done}; bank {bank.name} has {count(len(tasks), 'labelled task')}")


def _from_options(args: argparse.Namespace) -> Labels:
    grades: dict[Any, int] = {}
    for part in args.relevant:
        item, _, grade = part.partition("=")
        grades[item] = _grade(grade or "1")
    return Labels(args.given, grades, getattr(args, "template", None), getattr(args, "paraphrase_of", None))


def _from_file(path: Path) -> list[Labels]:
    """Lines of `{"task": ..., "relevant": {"ID or uid": grade}}`, with `template` and `paraphrase_of` where known."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"{path} cannot be read: {error}") from None
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            labels = _from_line(line)
            if labels is None:
                raise UnreadableInput(
                    f'{path}, line {number} is no labelled task: write {{"task": "...", "relevant": {{"ID": 1}}}}'
                )
            found.append(labels)
    if not found:
        raise UnreadableInput(f"{path} holds no labelled task")
    return found


def _from_line(line: str) -> Labels | None:
    """What a line says, its items as they are named there."""
    try:
        one = json.loads(line)
    except ValueError:
        return None
    if not isinstance(one, dict) or not isinstance(one.get("task"), str) or not isinstance(one.get("relevant"), dict):
        return None
    about = [one.get("template"), one.get("paraphrase_of")]
    if not all(type(grade) is int for grade in one["relevant"].values()) or not all(
        value is None or isinstance(value, str) for value in about
    ):
        return None
    return Labels(one["task"], one["relevant"], *about)


def _grade(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 1):
        raise UsageError(f"{text!r} is no grade: write ID=GRADE with 1 to 3, or 0 to take the item off")
    return int(text)


def _grades(conn: sqlite3.Connection, bank_id: int, given: Mapping[Any, int]) -> dict[int, int]:
    """By id what is said of items by any name of theirs."""
    return {items.find_item(conn, bank_id, reference).id: grade for reference, grade in given.items()}


def _measured(conn: sqlite3.Connection, bank_id: int, name: str, args: argparse.Namespace) -> Output:
    tasks = relevance(conn, bank_id)
    unit = getattr(args, "unit", "experience")
    if not tasks:
        hint = 'no labelled tasks yet: rb-studio memories WS labels "TASK TEXT" --relevant ID,ID=2'
        return Output({"bank": name, "tasks": [], "quality": None, "notes": []}, hint)
    with chosen_embedder(getattr(args, "embedder", None)) as embedder:
        report = label_report(conn, bank_id, embedder, unit=unit)
        notes = quality_notes(embedder)
    if report.out_of_use:
        notes.append(f"{count(report.out_of_use, 'labelled item')} not active and so never found")
    data = {
        "bank": name,
        "embedder": embedder.identity,
        "unit": unit,
        "tasks": _tasks(tasks),
        "quality": asdict(report.quality),
        "naive": asdict(report.naive),
        "notes": notes,
    }
    heading = f"{count(len(tasks), 'labelled task')}, {count(report.quality.cases, 'case')} of bank {name}, by {unit}"
    return Output(data, "\n".join([heading, _list(tasks), "", _table(report), *notes]))


def _tasks(tasks: list[LabelledTask]) -> list[dict[str, Any]]:
    texts = {task.id: task.text for task in tasks}
    return [
        {
            "task": task.text,
            "relevant": {str(item): grade for item, grade in task.grades.items()},
            "template": task.template,
            "paraphrase_of": texts.get(task.family) if task.family != task.id else None,
        }
        for task in tasks
    ]


def _list(tasks: list[LabelledTask]) -> str:
    rows = [
        (task.id, ", ".join(f"{item}={grade}" for item, grade in task.grades.items()), short(task.text))
        for task in tasks
    ]
    return table(("task", "items", "text"), rows)


def _table(report: LabelReport) -> str:
    quality, naive = report.quality, report.naive
    rows: list[tuple[object, ...]] = []
    for k in quality.recall:
        rows += [
            (f"recall@{k}", *_cells(quality.recall[k], naive.recall[k])),
            (f"hit@{k}", *_cells(quality.hit[k], naive.hit[k])),
            (f"nDCG@{k}", *_cells(quality.ndcg[k], naive.ndcg[k])),
        ]
    rows += [("MRR", *_cells(quality.mrr, naive.mrr)), ("margin", *_cells(quality.margin, naive.margin))]
    measured = table(("measure", "value", "95 %", "with the task's own memory"), rows)
    return f"{measured}\n{_spread(quality)}"


def _cells(one: "Estimate | None", naive: "Estimate | None") -> tuple[object, ...]:
    if one is None:
        return None, None, None
    return round(one.value, 3), f"{one.low:.3f} to {one.high:.3f}", None if naive is None else round(naive.value, 3)


def _spread(quality: "RetrievalQuality") -> str:
    largest = max(quality.recall)
    evenness = "-" if quality.gini is None else f"{quality.gini:.2f}"
    return (
        f"{percent(quality.coverage)} of the active items are among the first {largest} of some task; "
        f"Gini of these places {evenness}"
    )
