"""`memories themes`: subjects of a bank over its stream, and the stages of their advice."""

import argparse
import sqlite3
import sys
from functools import partial
from typing import Any

from rb_studio.cli.memories_read import current_bank
from rb_studio.cli.memories_show import short
from rb_studio.cli.memories_vectors import keep_missing
from rb_studio.cli.output import Output, count
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.stages import label_stages
from rb_studio.jobs.themes import BankTheme, BankThemes, bank_themes
from rb_studio.models.registry import profile
from rb_studio.records.errors import UsageError
from rb_studio.store.items import find_item, item_ids
from rb_studio.store.themes import name_theme, set_stages, stages
from rb_studio.store.workspace import Workspace

ACTS = ("stage", "model", "name")


def themes_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Themes in the order they begin; or label items with a stage, let a model do so, or name a theme."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    acts = [name for name in ACTS if hasattr(args, name)]
    if len(acts) > 1:
        raise UsageError(f"--{acts[0]} and --{acts[1]} do not go together: give one of them")
    ids = [find_item(conn, bank.id, reference).id for reference in args.given]
    if not acts:
        if ids:
            raise UsageError("items are named only to label them: give --stage, --model or --name too")
        return _listed(workspace, bank.id, bank.name, args)
    if acts == ["model"]:
        return _by_model(workspace, bank.id, bank.name, ids, args.model)
    return _by_hand(workspace, bank.id, bank.name, ids, args)


def _by_hand(workspace: Workspace, bank_id: int, name: str, ids: list[int], args: argparse.Namespace) -> Output:
    about = {key: getattr(args, option) for key, option in (("who", "author"), ("reason", "reason")) if option in args}
    if "stage" in args:
        if not ids:
            raise UsageError("name the items whose stage it is")
        done = workspace.run(partial(set_stages, bank_id=bank_id, stages=dict.fromkeys(ids, args.stage), **about))
    else:
        if len(ids) != 1:
            raise UsageError("name the one item on which the theme's name is to hang, best its most typical one")
        done = workspace.run(partial(name_theme, bank_id=bank_id, item=ids[0], name=args.name, **about))
    changed = list(done.ids.get("memory_item", ()))
    return Output({"bank": name, "ids": changed, "label": done.label}, done.label)


def _by_model(workspace: Workspace, bank_id: int, name: str, ids: list[int], model: str) -> Output:
    chosen = profile(model)
    wanted = ids or _unlabelled(workspace.reader(), bank_id)
    with stopping() as stop:
        stop.begun = True
        found = label_stages(workspace, bank_id, wanted, chosen, cancel=stop.cancel, told=_say)
    data = {
        "bank": name,
        "model": found.model,
        "labelled": found.labelled,
        "unclear": found.unclear,
        "tokens": found.tokens,
    }
    unclear = f", {found.unclear} without a clear answer" if found.unclear else ""
    return Output(data, f"{found.model} labelled {count(found.labelled, 'item')}{unclear}")


def _unlabelled(conn: sqlite3.Connection, bank_id: int) -> list[int]:
    """Items nobody has said a stage of."""
    known = stages(conn, bank_id)
    return [item for item in item_ids(conn, bank_id) if item not in known]


def _say(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} asked" + ("\n" if done == total else ""))


def _listed(workspace: Workspace, bank_id: int, name: str, args: argparse.Namespace) -> Output:
    with chosen_embedder(getattr(args, "embedder", None)) as embedder:
        notes = [*quality_notes(embedder), *keep_missing(workspace, bank_id, embedder)]
        options: dict[str, Any] = {key: getattr(args, key) for key in ("cut", "least") if key in args}
        found = bank_themes(workspace.reader(), bank_id, embedder, **options)
    if found.missing:
        notes.append(f"{count(found.missing, 'item')} without a vector: rb-studio memories WS embed")
    data = {
        "bank": name,
        "embedder": found.embedder,
        "places": found.places,
        "others": found.others,
        "themes": [_theme(one) for one in found.themes],
        "notes": notes,
    }
    return Output(data, "\n".join([_heading(found, name), *map(_shown, found.themes), *notes]))


def _theme(theme: BankTheme) -> dict[str, Any]:
    return {
        "name": theme.name or None,
        "title": theme.title,
        "medoid": theme.medoid,
        "span": list(theme.span),
        "stages": dict(theme.stages),
        "path": list(theme.path),
        "items": [
            {
                "id": item.id,
                "place": item.place,
                "title": item.title,
                "stage": item.stage or None,
                "by": item.by or None,
            }
            for item in theme.items
        ],
    }


def _heading(found: BankThemes, name: str) -> str:
    small = f", {count(found.others, 'item')} in smaller ones" if found.others else ""
    return f"{count(len(found.themes), 'theme')} of bank {name}{small}; its stream has {count(found.places, 'place')}"


def _shown(theme: BankTheme) -> str:
    first, last = theme.span
    path = f": {' -> '.join(theme.path)}" if theme.path else ""
    heading = f"\n{short(theme.name or theme.title)}, {count(len(theme.items), 'item')}, places {first} to {last}{path}"
    lines = [f"  {item.place}  item {item.id}  {item.stage or '-'}  {short(item.title)}" for item in theme.items]
    return "\n".join([heading, *lines])
