"""A process that commits outcomes and says so, until it is killed: `committer.py WORKSPACE RUN BANK`."""

import sys

from rb_studio.store import live, outcomes
from rb_studio.store.workspace import Workspace
from tests.store.samples import outcome
from tests.store.test_live import events_of


def main() -> None:
    path, run, bank = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with Workspace.open(path, write=True) as workspace:
        workspace.run(lambda db: live.drop_unfinished(db, run))
        done = outcomes.finished_tasks(workspace.reader(), run)
        print("ready", flush=True)
        for number in range(len(done), 100_000):
            key = f"shop/{number}"
            workspace.run(lambda db, key=key: live.append_live(db, run, events_of(key)[:5]))
            workspace.run(lambda db, key=key: outcomes.commit_outcome(db, run, bank, outcome(key)))
            print(key, flush=True)


if __name__ == "__main__":
    main()
