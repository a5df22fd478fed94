"""`rb-studio retrieve`: what would be injected for a task."""

import argparse
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rb_studio.cli.memories_bank import chosen_bank
from rb_studio.cli.memories_show import short
from rb_studio.cli.options import SCOPE_HELP, UNIT_HELP, add_workspace, integer, one_of, open_workspace, words
from rb_studio.cli.output import Output, count, table
from rb_studio.jobs.embedding import anew_notes, chosen_embedder, quality_notes
from rb_studio.jobs.what_if import BATCH, Answer, Question, ScorePart, answer, compare, embedded_bank, held_out_of
from rb_studio.models.protocol import Embedder
from rb_studio.records.arm import SCOPES, UNITS
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Task
from rb_studio.store import items, suites
from rb_studio.store.banks import embedders
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.temporal import chain

WORTH_SAYING = 200
# What may differ on the other side, and how its text is read.
AGAINST: Mapping[str, Callable[[str], Any]] = {
    "bank": str,
    "n": integer(0, 10),
    "unit": one_of(*UNITS),
    "scope": one_of(*SCOPES),
    "most-items": integer(1),
    "exclude-template": str,
    "without": words,
    "embedder": str,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    add = parser.add_argument
    add("text", metavar="TASK TEXT", nargs="?", help="the task as an agent would get it; left out with --task")
    add("-n", type=integer(0, 10), default=1, metavar="N", help="experiences or items to inject, 0 to 10 (default: 1)")
    add("--bank", metavar="B[@SNAPSHOT]", help="bank (default: reasoningbank, else the newest with items)")
    add("--task", metavar="KEY", help="ask for a stored task, which is never shown what was learned from itself")
    add("--retrieve-unit", type=one_of(*UNITS), default="experience", metavar="U", help=UNIT_HELP)
    add("--most-items", type=integer(1), metavar="N", help="memory items injected at most, over all experiences")
    add("--scope", type=one_of(*SCOPES), default="global", metavar="S", help=SCOPE_HELP)
    add(
        "--suite", metavar="S", help="the task's suite, which --scope suite and --split go by (default: that of --task)"
    )
    add("--site", metavar="S", help="the task's site, which --scope site goes by (default: that of --task)")
    add("--exclude-template", metavar="T", help="leave out experiences of this template")
    add("--split", metavar="SHARE[:SEED]", help="leave out the templates this split of the whole suite holds out")
    add("--without", type=words, metavar="ID,...", help="leave out these memory items, by id or uid")
    add("--embedder", metavar="P", help="embedder (default: the one of the settings)")
    names = ", ".join(AGAINST)
    add(
        "--against",
        action="append",
        metavar="NAME=VALUE",
        help=f"ask a second time with this changed and compare; may be repeated; NAME is {names}",
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two answers: which bank, by which embedder, and how it was asked."""

    bank: str | None
    embedder: str | None
    question: Question
    without: tuple[str, ...] = ()


def execute(args: argparse.Namespace) -> Output:
    """Rank the bank's experiences for a task; the workspace is only read."""
    if (args.text is None) == (args.task is None):
        raise UsageError("give the TASK TEXT in quotes, or --task KEY for a stored task, one of them")
    if args.text is not None and not args.text.strip():
        raise UsageError("the task is empty: give its text in quotes")
    with open_workspace(args.workspace, write=False) as workspace:
        conn = workspace.reader()
        left = _side(conn, args)
        data, first = _asked(conn, left)
        if args.against:
            other, second = _asked(conn, _changed(left, args.against))
            data["against"] = other | {"changed": list(args.against), "difference": _difference(first, second)}
    text = _text(data)
    if args.against:
        text += "\n\n" + _beside(data["against"], first, second)
    return Output(data, text)


def _side(conn: sqlite3.Connection, args: argparse.Namespace) -> _Side:
    task = _task(conn, args)
    question = Question(
        task.text,
        args.n,
        args.retrieve_unit,
        args.scope,
        args.most_items,
        args.exclude_template,
        args.task,
        suite=task.suite,
        site=task.site,
        held_out=held_out_of(conn, task.suite, args.split),
    )
    return _Side(args.bank, args.embedder, question, tuple(args.without or ()))


def _changed(left: _Side, changes: Sequence[str]) -> _Side:
    """The other side: as the first but for `NAME=VALUE`. Raises `UsageError`."""
    given: dict[str, Any] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals or name not in AGAINST:
            raise UsageError(f"--against takes NAME=VALUE with a NAME of {', '.join(AGAINST)}, not {change!r}")
        try:
            given[name] = AGAINST[name](value)
        except (ValueError, argparse.ArgumentTypeError) as error:
            raise UsageError(f"--against {name}: {error}") from None
    names = {
        "n": "n",
        "unit": "unit",
        "scope": "scope",
        "most-items": "most_items",
        "exclude-template": "without_template",
    }
    question = replace(left.question, **{names[name]: value for name, value in given.items() if name in names})
    return _Side(
        given.get("bank", left.bank),
        given.get("embedder", left.embedder),
        question,
        tuple(given.get("without", left.without)),
    )


def _asked(conn: sqlite3.Connection, side: _Side) -> tuple[dict[str, Any], Answer]:
    bank, operation = chosen_bank(conn, side.bank)
    question = replace(side.question, without=tuple(items.find_item(conn, bank.id, one).uid for one in side.without))
    name = side.bank or bank.name
    with chosen_embedder(side.embedder) as embedder:
        notes = [*quality_notes(embedder), *anew_notes(embedders(conn, bank.id), bank.name, embedder.identity)]
        found = _answer(conn, bank.id, operation, question, embedder, name)
    about = {"bank": name, "unit": question.unit, "scope": question.scope, "n": question.n}
    return {**about, "held_out": list(question.held_out), **_data(conn, bank.id, found), "notes": notes}, found


def _answer(
    conn: sqlite3.Connection, bank: int, operation: int | None, question: Question, embedder: Embedder, name: str
) -> Answer:
    value = embedded_bank(conn, bank, operation, embedder, items=question.unit == "item", told=_embedded)
    return answer(conn, value, question, embedder, name=name, operation=operation)


def _embedded(done: int, total: int) -> None:
    """Said while it takes long: nothing is stored, as the workspace is only read."""
    if total >= WORTH_SAYING and (done % 1000 < BATCH or done == total):
        ending = "; `rb-studio memories WS embed` makes and keeps them" if done == total else ""
        sys.stderr.write(f"embedded {done:,} of {total:,} task texts for this answer{ending}\n")


def _task(conn: sqlite3.Connection, args: argparse.Namespace) -> Task:
    """What is asked for, with the suite and site that the options need. Raises `UsageError` where they lack one."""
    stored = None if args.task is None else suites.task(conn, args.task)
    if args.task is not None and stored is None:
        raise UsageError(f"there is no task {args.task} in this workspace: its key is SUITE/NUMBER, as in practice/1")
    task = stored or Task("", "", 0, args.text)
    task = replace(task, suite=args.suite or task.suite, site=args.site or task.site)
    if not task.suite and (args.scope == "suite" or args.split):
        option = "--split" if args.split else "--scope suite"
        raise UsageError(f"{option} needs to know the task's suite: give --suite S, or --task KEY of a stored task")
    if task.site is None and args.scope == "site":
        raise UsageError("--scope site needs to know the task's site: give --site S, or --task KEY of one that has one")
    return task


def _data(conn: sqlite3.Connection, bank_id: int, asked: Answer) -> dict[str, Any]:
    found, layers = asked.retrieval, chain(conn, bank_id)
    ids = row_ids(
        conn, "experience", layers, [*(hit.uid for hit in found.hits), *(miss.uid for miss in found.near_misses)]
    )
    ids |= row_ids(conn, "experience", layers, [part.experience_uid for part in asked.parts])
    item_ids = row_ids(conn, "memory_item", layers, [uid for part in asked.parts for uid in part.item_uids])
    return {
        "embedder": found.embedder,
        "experiences": [
            {
                "id": ids[hit.uid],
                "uid": hit.uid,
                "score": hit.score,
                "rank": hit.rank,
                "task": hit.task_text,
                "task_key": hit.task_key,
                "items": [item_ids[uid] for uid in hit.item_uids],
            }
            for hit in found.hits
        ],
        "near_misses": [
            {
                "id": ids[miss.uid],
                "uid": miss.uid,
                "score": miss.score,
                "task": miss.task_text,
                "task_key": miss.task_key,
                "reason": miss.reason,
            }
            for miss in found.near_misses
        ],
        "parts": [_part(part, ids, item_ids) for part in asked.parts],
        "line": asked.line,
        "margin": asked.margin,
        "tokens": asked.tokens,
        "tokens_are": asked.tokenizer,
        "block": found.block,
    }


def _part(part: ScorePart, ids: dict[str, int], item_ids: dict[str, int]) -> dict[str, Any]:
    return {
        "rank": part.rank,
        "score": part.score,
        "id": ids[part.experience_uid],
        "task": part.task_text,
        "injected": part.injected,
        "reason": part.reason or None,
        "tokens": part.tokens,
        "items": [
            {"id": item_ids[uid], "uid": uid, "score": score, "tokens": tokens}
            for uid, score, tokens in zip(part.item_uids, part.item_scores, part.item_tokens, strict=True)
        ],
    }


def _difference(left: Answer, right: Answer) -> dict[str, Any]:
    found = compare(left, right)
    return {
        "same_block": found.same_block,
        "only_first": list(found.only_left),
        "only_second": list(found.only_right),
        "more_tokens": found.more_tokens,
        "comparable": found.comparable,
        "rows": [
            {"uid": row.uid, "task": row.task_text, "first": _short_part(row.left), "second": _short_part(row.right)}
            for row in found.rows
        ],
    }


def _short_part(part: ScorePart | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {"rank": part.rank, "score": part.score, "injected": part.injected, "reason": part.reason or None}


def _text(data: dict[str, Any]) -> str:
    parts = data["parts"]
    if not parts:
        return "\n".join([f"bank {data['bank']} has nothing to inject", *data["notes"]])
    rows = [
        (
            part["rank"],
            part["id"],
            part["score"],
            "injected" if part["injected"] else part["reason"],
            ", ".join(_item_word(item) for item in part["items"]),
            part["tokens"],
            short(part["task"]),
        )
        for part in parts
    ]
    ranked = table(("rank", "experience", "score", "", "items", "tokens", "task"), rows)
    return "\n".join([f"bank {data['bank']}, {data['embedder']}", ranked, _line(data), *data["notes"], data["block"]])


def _item_word(item: dict[str, Any]) -> str:
    return str(item["id"]) if item["score"] is None else f"{item['id']} ({item['score']:g})"


def _line(data: dict[str, Any]) -> str:
    """Where the line between injected and not lies, and what the block costs."""
    tokens = f"the block has {count(data['tokens'], 'token')}, {data['tokens_are']}"
    if data["line"] is None:
        return f"there is nothing to inject; {tokens}"
    margin = "" if data["margin"] is None else f", {data['margin']:g} above the next"
    nearest = f"the nearest {data['n']} are injected whatever their score"
    return f"the line lies at {data['line']:g}{margin}: {nearest}; {tokens}"


def _beside(data: dict[str, Any], left: Answer, right: Answer) -> str:
    found = compare(left, right)
    rows = [(short(row.task_text), *_cells(row.left), *_cells(row.right)) for row in found.rows]
    ranked = table(("task", "rank", "score", "first", "rank", "score", "second"), rows) if rows else ""
    same = (
        "both inject the same block"
        if found.same_block
        else (
            f"only the first injects {count(len(found.only_left), 'item')}, only the second {len(found.only_right)}; "
            f"the second has {found.more_tokens:+,} tokens"
        )
    )
    scores = [] if found.comparable else ["scores of two embedders, or of tasks and of items, cannot be compared"]
    return "\n".join(
        [f"against {' '.join(data['changed'])}: bank {data['bank']}", ranked, same, *scores, data["block"]]
    )


def _cells(part: ScorePart | None) -> tuple[int | None, float | None, str | None]:
    return (None, None, None) if part is None else (part.rank, part.score, part.reason or "injected")
