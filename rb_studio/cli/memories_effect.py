"""`memories effect`: what items did, those that are surest to help first."""

import argparse
import math

from rb_studio.cli.memories_changed import EVERY, as_they_stand, chosen_ids
from rb_studio.cli.memories_read import current_bank
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.jobs.effects import effects
from rb_studio.records.effect import ItemEffect
from rb_studio.store import items
from rb_studio.store.items import ItemFilter, ItemRow
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.temporal import chain
from rb_studio.store.workspace import Workspace

HEADERS = ("id", "injected", "withheld", "cited", "with", "without", "difference", "90 %", "evidence", "", "title")
KINDS = (
    "held out: a lot decided who had the item. left out: the same tasks and seeds with and without it. observed: what "
    "else these tasks differ in is only corrected for"
)


def effect_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Retrieved items of a bank, or those named or found by a query, by the lower bound of what they do to success."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    did = effects(conn, bank.id)
    known = row_ids(conn, "memory_item", chain(conn, bank.id), did)
    uids = {item: uid for uid, item in known.items()}
    ids = chosen_ids(workspace, bank, args.given) if args.given else list(uids)
    ids = items.item_ids(conn, bank.id, ItemFilter(states=EVERY.states, ids=tuple(ids)))
    ids.sort(key=lambda item: _place(item, did.get(uids.get(item, ""))))
    shown = as_they_stand(workspace, bank.id, ids[: getattr(args, "limit", None)])
    data = {
        "bank": bank.name,
        "items": [item_json(row, did.get(row.uid)) for row in shown],
        "total": len(ids),
    }
    if not ids:
        return Output(data, f"no item of bank {bank.name} was retrieved yet")
    lines = [_line(row, did.get(row.uid)) for row in shown]
    ending = f"{count(len(ids), 'item')}" + (f", the first {len(shown)} shown" if len(shown) < len(ids) else "")
    return Output(data, "\n".join([table(HEADERS, lines), ending, KINDS]))


def _place(item: int, effect: ItemEffect | None) -> tuple[float, float, int]:
    """The greatest lower bound first; what is not estimable comes last, the most used first."""
    low = None if effect is None else effect.estimate.low
    used = 0 if effect is None else effect.injected
    return (math.inf if low is None else -low, -used, item)


def _line(row: ItemRow, effect: ItemEffect | None) -> tuple[object, ...]:
    if effect is None:
        return (row.id, 0, 0, None, None, None, None, None, "none", "", short(row.title))
    known = effect.estimate
    between = None if known.low is None or known.high is None else f"[{_points(known.low)}, {_points(known.high)}]"
    return (
        row.id,
        effect.injected,
        effect.withheld,
        effect.cited,
        None if known.with_rate is None else percent(known.with_rate),
        None if known.baseline is None else percent(known.baseline),
        None if known.difference is None else _points(known.difference),
        between,
        known.evidence,
        known.flagged,
        short(row.title),
    )


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}"
