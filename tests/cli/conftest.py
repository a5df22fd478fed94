"""Fixtures for running commands: settings of their own, output captured."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rb_studio.cli.main import main


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        assert self.out.count("\n") == 1, self.out + self.err
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and data folders of this test alone, and no key in the environment."""
    folder = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(folder / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(folder / "data"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return folder / "config"


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a sweep of the practice suite: two memories, k 1 and 2, two seeds; to be read only."""
    folder = tmp_path_factory.mktemp("swept")
    path = folder / "swept.rbank"
    before = {name: os.environ.get(name) for name in ("RB_STUDIO_CONFIG_DIR", "RB_STUDIO_DATA_DIR")}
    os.environ.update(RB_STUDIO_CONFIG_DIR=str(folder / "config"), RB_STUDIO_DATA_DIR=str(folder / "data"))
    try:
        command = [
            "sweep",
            path,
            "--suite",
            "practice",
            "--limit",
            4,
            "--embedder",
            "hashing",
            "--k",
            "1,2",
            "--seeds",
            "0:2",
            "--workers",
            1,
        ]
        assert main([str(part) for part in command]) == 0
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process; a foreseeable error is one sentence and no traceback."""

    def _run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        ran = Ran(code, *capsys.readouterr())
        assert "Traceback" not in ran.err
        return ran

    return _run


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three practice tasks, three attempts each."""
    path = tmp_path_factory.mktemp("played") / "played.rbank"
    command = f"run {path} --suite practice --limit 3 --memory none --scaling parallel -k 3 --model practice"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RB_STUDIO_CONFIG_DIR", str(path.parent / "config"))
        assert main(command.split()) == 0
    return path


@pytest.fixture
def played_copy(played: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(played, tmp_path / "mine.rbank"))
