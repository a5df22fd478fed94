"""`rb-studio doctor`."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run

NAMES = {
    "python",
    "packages",
    "pyside6",
    "resources",
    "sqlite",
    "settings",
    "data",
    "qt",
    "display",
    "embedder",
    "keyring",
    "endpoints",
    "sandbox",
    "browser",
}


def test_a_sound_installation_passes_and_every_check_says_something(run: Run) -> None:
    ran = run("doctor", "--json")
    assert ran.code == 0, ran.out
    checks = {check["name"]: check for check in ran.json["checks"]}
    assert checks.keys() == NAMES
    assert all(check["detail"] for check in checks.values())
    assert all(bool(check["mend"]) is not check["ok"] for check in checks.values())


def test_damaged_settings_are_found_and_left_as_they_are(run: Run, own_settings: Path) -> None:
    own_settings.mkdir(parents=True)
    file = own_settings / "settings.toml"
    file.write_text("profiles = [", "utf-8")
    ran = run("doctor")
    assert ran.code == 1
    assert "FAIL  settings" in ran.out
    assert str(file) in ran.out
    assert file.read_text("utf-8") == "profiles = ["


def test_it_runs_as_a_program() -> None:
    done = subprocess.run([sys.executable, "-m", "rb_studio.cli", "doctor"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ok    embedder" in done.stdout
    assert done.stderr == ""
