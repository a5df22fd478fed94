"""The built wheel: everything it needs lies inside it."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The wheel's content in a folder of its own, as an installation would lay it out."""
    target = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def run_installed(installed: Path, tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command line of the installed program, far from the checkout."""
    kept = {k: v for k, v in os.environ.items() if k not in ("OPENAI_API_KEY", "DISPLAY", "WAYLAND_DISPLAY")}
    folders = {"RB_STUDIO_CONFIG_DIR": str(tmp_path / "config"), "RB_STUDIO_DATA_DIR": str(tmp_path / "data")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "rb_studio.cli", *map(str, arguments)],
        env={**kept, **folders, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_wheel_holds_the_program_its_resources_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "rb_studio/_resources/prompts/act.web.md" in names
    assert {name.split("/")[0].removesuffix(".dist-info").split("-")[0] for name in names} == {"rb_studio"}
    assert not [name for name in names if "test" in name.lower().split("/")[-1] or name.endswith(".rbank")]
    shipped = {path.name for path in (ROOT / "resources" / "prompts").iterdir()}
    assert {name.rsplit("/", 1)[1] for name in names if "/prompts/" in name} >= shipped


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-P", "-c", "import rb_studio; print(rb_studio.__file__)"],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith(str(installed))


def test_the_installed_program_finds_its_prompts_and_plays_the_demo(installed: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "demo.rbank"
    demo = run_installed(installed, tmp_path, "demo", "--headless", "-w", workspace, "--tasks", 2, "--json")
    assert demo.returncode == 0, demo.stderr
    assert all(Path(picture).stat().st_size > 20_000 for picture in json.loads(demo.stdout)["pictures"])
    prompts = run_installed(installed, tmp_path, "prompts", workspace, "list", "--json")
    assert prompts.returncode == 0, prompts.stderr
    assert {"act.web", "judge.web"} <= {prompt["name"] for prompt in json.loads(prompts.stdout)["prompts"]}
