"""A process that curates a bank and says so, until it is killed: `curator.py WORKSPACE BANK`."""

import sys
from collections.abc import Callable

from rb_studio.jobs import bulk
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.store import curation, items, operations, replacing
from rb_studio.store.workspace import Workspace
from tests.store.samples import item

EVERY = items.ItemFilter(states=tuple(map(str, ItemState)))


def act(db: object, bank: int, number: int) -> object:
    """The act of that number; what it does depends on the bank and the number alone."""
    rows = items.list_items(db.conn, bank, EVERY)
    ids = [row.id for row in rows]
    if len(ids) < 5:
        return curation.add_item(db, bank, item(number))
    found = list(replacing.replacements(rows, "that", "this")) if number % 2 else []
    chosen = [ids[number % len(ids)], ids[(number * 3 + 1) % len(ids)]]
    text = ItemText(f"Title {number}", "when", f"Do that {number}")
    state = tuple(ItemState)[number % 5]
    acts: tuple[Callable[[], object], ...] = (
        lambda: curation.edit_item(db, bank, chosen[0], text),
        lambda: bulk.act(
            db, bank, ids, lambda db, reason: curation.set_state(db, bank, ids, state), snapshot="before", many=1
        ),
        lambda: curation.add_tag(db, bank, ids, f"tag {number % 4}"),
        lambda: curation.add_item(db, bank, item(number)),
        lambda: operations.undo(db, "memories"),
        lambda: curation.merge_items(db, bank, list(dict.fromkeys([*chosen, ids[0], ids[-1]])), text),
        lambda: curation.remove_tag(db, bank, ids, f"tag {number % 3}"),
        lambda: replacing.replace_texts(db, bank, found),
    )
    return acts[number % len(acts)]()


def main() -> None:
    path, bank = sys.argv[1], int(sys.argv[2])
    with Workspace.open(path, write=True) as workspace:
        done = workspace.reader().execute("SELECT count(*) FROM label_set").fetchone()[0]
        print("ready", flush=True)
        for number in range(done, 100_000):

            def step(db: object, number: int = number) -> None:
                act(db, bank, number)
                db.execute("INSERT INTO label_set (name, labels, at) VALUES (?, '[]', '')", (str(number),))

            workspace.run(step)
            print(number, flush=True)


if __name__ == "__main__":
    main()
