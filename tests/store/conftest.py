"""A fresh workspace, with a bank and a run where wanted."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rb_studio.store import banks, runs
from rb_studio.store.workspace import Workspace
from tests.store.samples import ARM


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my work.rbank"


@pytest.fixture(scope="session")
def fresh_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace, made once and copied: laying out a hundred tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("fresh") / "fresh.rbank"
    Workspace.open(path, write=True, create=True).close()
    return path


@pytest.fixture
def workspace(path: Path, fresh_file: Path) -> Iterator[Workspace]:
    shutil.copy(fresh_file, path)
    with Workspace.open(path, write=True) as opened:
        yield opened


@dataclass
class Ground:
    """A workspace with one bank and one run on it."""

    workspace: Workspace
    bank: int
    run: int


@pytest.fixture
def ground(workspace: Workspace) -> Ground:
    bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
    run = workspace.run(lambda db: runs.create_run(db, ARM, bank=bank, simulated=True))
    return Ground(workspace, bank, run)
