"""What reading a workspace must not cost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rb_studio.store.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("module", ["sqlite_utils", "numpy", "scipy", "pydantic", "PySide6"])
def test_reading_a_workspace_does_not_import(module: str, path: Path) -> None:
    Workspace.open(path, write=True, create=True).close()
    code = (
        "import sys\n"
        "from rb_studio.store import banks, canonical, feed, imported, item_history, items, operations, prompts\n"
        "from rb_studio.store import rollouts, runs, search, suites, vectors\n"
        "from rb_studio.store.workspace import Workspace\n"
        "with Workspace.open(sys.argv[1], write=False) as workspace:\n"
        "    conn = workspace.reader()\n"
        "    rollouts.rollout_rows(conn), suites.suites(conn), banks.banks(conn), feed.events_after(conn, 0)\n"
        "sys.exit(sys.argv[2] in sys.modules)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code, str(path), module], env=env, cwd=ROOT, timeout=60)
    assert done.returncode == 0
