"""`memories import`: items of a file into the bank; what they meet there is told before anything is written."""

import argparse
from typing import Any

from rb_studio.cli.memories_changed import who
from rb_studio.cli.memories_show import short
from rb_studio.cli.output import Output, count
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.jobs.imported_memories import BankCollisions, collisions_of
from rb_studio.jobs.importing import DEFAULT_BANK, store_file
from rb_studio.records.errors import UsageError
from rb_studio.store.item_import import CHOICES, Choice
from rb_studio.store.workspace import Workspace

SHOWN = 50


def import_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Read a file's items; for those the bank has already take, keep or both."""
    file: LoadedFile = args.loaded
    bank = getattr(args, "bank", DEFAULT_BANK)
    met = collisions_of(workspace.reader(), file, bank)
    choice = _choices(args, met)
    data: dict[str, Any] = {"file": file.path, "banks": [_data(one, choice) for one in met]}
    told = [line for one in met for line in _lines(one, choice)]
    if hasattr(args, "dry_run"):
        text = "\n".join([*told, "nothing was changed (dry run)"])
        return Output({**data, "dry_run": True, "items": []}, text)
    stored = store_file(workspace, file, bank, choice=choice, who=who(args), reason=getattr(args, "reason", None))
    if stored.error:
        raise UsageError(stored.error)
    notes = [f"note: {warning}" for warning in stored.entry["warnings"]]
    return Output({**data, "report": stored.entry["report"], "items": []}, "\n".join([stored.entry["report"], *notes]))


def _choices(args: argparse.Namespace, met: list[BankCollisions]) -> dict[str, Choice]:
    """What becomes of each item the bank has with other values; without a choice only its texts are taken."""
    differing = {one.existing.uid for bank in met for one in bank.items.different}
    asked = {item.uid for bank in met for item in bank.erased} | differing
    for_all = getattr(args, "collisions", None)
    found: dict[str, Choice] = dict.fromkeys(asked, for_all) if for_all in CHOICES else {}
    for text in getattr(args, "choose", ()):
        name, _, what = text.rpartition("=")
        if what not in CHOICES or name not in asked:
            raise UsageError(
                f"--choose {text} is not understood: write UID=WHAT with {', '.join(CHOICES)} and the uid of an item "
                "that --dry-run tells of"
            )
        found[name] = next(one for one in CHOICES if one == what)
    return found


def _data(met: BankCollisions, choice: dict[str, Choice]) -> dict[str, Any]:
    return {
        "bank": met.bank,
        "begun": met.begun,
        "new": [item.uid for item in met.items.new],
        "erased": [item.uid for item in met.erased],
        "identical": [item.uid for item in met.items.identical],
        "different": [
            {
                "uid": one.incoming.uid,
                "fields": list(one.names),
                "choice": choice.get(one.incoming.uid),
                "existing": {name: _plain(getattr(one.existing, name)) for name in one.names},
                "incoming": {name: _plain(getattr(one.incoming, name)) for name in one.names},
            }
            for one in met.items.different
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | bool | int | float) or value is None else str(value)


def _lines(met: BankCollisions, choice: dict[str, Choice]) -> list[str]:
    heading = (
        f"bank {met.bank}{' (new)' if met.begun else ''}: {count(len(met.items.new), 'new item')}, "
        f"{len(met.items.identical):,} there already, {len(met.items.different):,} there with other values"
    )
    erased = [f"  {item.uid}  {short(item.title)}: was erased here; reading brings it back" for item in met.erased]
    differing = [
        f"  {one.incoming.uid}  {short(one.existing.title)}: other {', '.join(one.names)} "
        f"({choice.get(one.incoming.uid, 'its texts are taken')})"
        for one in met.items.different
    ]
    lines = [*erased, *differing]
    more = [f"  and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
    return [heading, *lines[:SHOWN], *more]
