"""Verbs of `memories` that act on all items a query matches; `--dry-run` tells what would change."""

import argparse
from dataclasses import asdict
from typing import Any

from rb_studio.cli.memories_changed import (
    as_they_stand,
    carried_out,
    chosen_ids,
    exact_query,
    planned,
    who,
)
from rb_studio.cli.memories_read import current_bank, known_effects
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.output import Output, count
from rb_studio.jobs import bulk
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store import curation, items, replacing, review
from rb_studio.store.replacing import Replacement
from rb_studio.store.workspace import Workspace

SHOWN = 20
ALL = "all"


def state_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Items into one state."""
    if not hasattr(args, "to"):
        raise UsageError(f"say which state: --to {', '.join(ItemState)}")
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    ids, state, author = chosen_ids(workspace, bank, args.given), ItemState(args.to), who(args)
    if hasattr(args, "dry_run"):
        return planned(bank, f"setting the state to {state}", bulk.plan_state(conn, bank.id, ids, state))
    return carried_out(
        workspace,
        args,
        bank,
        ids,
        f"before setting {count(len(ids), 'item')} to {state}",
        lambda db, reason: curation.set_state(db, bank.id, ids, state, who=author, reason=reason),
    )


def tag_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """One tag on or off."""
    if hasattr(args, "add") == hasattr(args, "remove"):
        raise UsageError("say what to do with the tag: --add T or --remove T, one of them at a time")
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    ids, author, present = chosen_ids(workspace, bank, args.given), who(args), hasattr(args, "add")
    change, tag = (curation.add_tag, args.add) if present else (curation.remove_tag, args.remove)
    verb = "putting on" if present else "taking off"
    if hasattr(args, "dry_run"):
        return planned(bank, f"{verb} the tag “{tag}”", bulk.plan_tag(conn, bank.id, ids, tag, present=present))
    return carried_out(
        workspace,
        args,
        bank,
        ids,
        f"before {verb} the tag “{tag}”",
        lambda db, reason: change(db, bank.id, ids, tag, who=author, reason=reason),
    )


def replace_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """One text by another in all items, or in those of a query."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    pattern, by = args.given
    where = exact_query(args.query) if hasattr(args, "query") else None
    effects = None if where is None else known_effects(conn, bank.id, where)
    rows = items.list_items(conn, bank.id, where, effects=effects)
    found = list(
        replacing.replacements(
            rows,
            pattern,
            by,
            regex=hasattr(args, "regex"),
            fields=getattr(args, "field", replacing.FIELDS),
            case=hasattr(args, "case"),
        )
    )
    what, author = replacing.described(pattern, by), who(args)
    if hasattr(args, "dry_run"):
        plan = bulk.plan_replace(conn, bank.id, [row.id for row in rows], found)
        told = planned(bank, f"replacing {what}", plan)
        data = {**told.data, "replacements": [asdict(one) for one in found]}
        return Output(data, "\n".join([told.text, *map(_before_and_after, found[:SHOWN])]))
    ids = list(dict.fromkeys(one.item for one in found))
    return carried_out(
        workspace,
        args,
        bank,
        ids,
        f"before replacing {what}",
        lambda db, reason: replacing.replace_texts(db, bank.id, found, what=what, who=author, reason=reason),
    )


def review_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """The candidates waiting for a decision; or the decision, for those named, for a query, or for all."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    waiting = review.queue(conn, bank.id)
    ids = _of_the_queue(workspace, bank, args, waiting)
    accepting, rejecting = hasattr(args, "accept"), hasattr(args, "reject")
    if not accepting and not rejecting:
        return _listed(workspace, bank.name, bank.id, ids[: getattr(args, "limit", len(ids))], len(waiting))
    if accepting and rejecting:
        raise UsageError("candidates are accepted or rejected: give --accept or --reject, one of them at a time")
    if not args.given:
        raise UsageError(f"say which candidates: ids, a query, or {ALL}")
    state = ItemState(getattr(args, "to", ItemState.ARCHIVED)) if rejecting else ItemState.ACTIVE
    if hasattr(args, "dry_run"):
        return planned(bank, "accepting" if accepting else "rejecting", bulk.plan_state(conn, bank.id, ids, state))
    more: dict[str, Any] = {"who": who(args), **({"to": state} if rejecting else {})}
    decide = review.accept if accepting else review.reject
    return carried_out(
        workspace,
        args,
        bank,
        ids,
        f"before {'accepting' if accepting else 'rejecting'} {count(len(ids), 'candidate')}",
        lambda db, reason: decide(db, bank.id, ids, reason=reason, **more),
    )


def _of_the_queue(workspace: Workspace, bank: Any, args: argparse.Namespace, waiting: list[int]) -> list[int]:
    """Those of the queue that are named or match, in its order."""
    if not args.given or args.given == [ALL]:
        return waiting
    wanted = set(chosen_ids(workspace, bank, args.given))
    return [item for item in waiting if item in wanted]


def _listed(workspace: Workspace, name: str, bank_id: int, ids: list[int], total: int) -> Output:
    doubted = review.doubts(workspace.reader(), ids)
    rows = as_they_stand(workspace, bank_id, ids)
    found = [{**item_json(row), "doubts": [asdict(one) for one in doubted.get(row.id, ())]} for row in rows]
    lines = []
    for row in rows:
        why = ", ".join(one.reason for one in doubted.get(row.id, ()))
        lines.append(f"{row.id}  {short(row.title)}" + (f"  (doubted: {why})" if why else ""))
    heading = f"{count(total, 'candidate')} waiting in bank {name}"
    return Output({"bank": name, "waiting": total, "items": found}, "\n".join([heading, *lines]))


def _before_and_after(one: Replacement) -> str:
    return f"  {one.item} {one.field}: - {short(one.before)}\n  {one.item} {one.field}: + {short(one.after)}"
