"""`memories lineage`: what an item was merged from or into, and what it is a copy of."""

import argparse
from dataclasses import asdict

from rb_studio.cli.memories_changed import named_items
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.output import Output, count
from rb_studio.store import lineage
from rb_studio.store.lineage import Link
from rb_studio.store.workspace import Workspace

WORDS = {
    (lineage.MERGED, True): "merged into",
    (lineage.MERGED, False): "merged from",
    (lineage.COPIED, True): "copy of",
    (lineage.COPIED, False): "copied as",
}


def lineage_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Links of an item both ways, and how often it was used itself and with what was merged into it."""
    bank, rows = named_items(workspace, args, [args.given])
    row, conn = rows[0], workspace.reader()
    links = lineage.lineage(conn, bank.id, row.id)
    own = lineage.own_use(conn, row.uid)
    data = {
        "bank": bank.name,
        "items": [item_json(row)],
        "links": [asdict(link) for link in links],
        "merged_from": list(lineage.merged_from(conn, bank.id, row.id)),
        "used_itself": own,
        "used_in_all": row.used,
    }
    used = f"used {count(own, 'time')}, with what was merged into it {count(row.used, 'time')}"
    return Output(data, "\n".join([f"{row.id}  {row.title}", used, *map(_line, links)]))


def _line(link: Link) -> str:
    title = short(link.title) or "(erased)"
    return f"{WORDS.get((link.kind, link.outgoing), link.kind)} {link.item}  {title}  by {link.who}, {link.at[:19]}"
