"""The probe for Qt's system libraries, run as make runs it."""

import ctypes.util
import importlib.util
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "qt_libraries.py"
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks these libraries")


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("qt_libraries", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_libraries_that_do_not_load_are_missing(script):
    libc = ctypes.util.find_library("c")
    assert script.missing_packages({libc: "libc6", "libno-such-thing.so.9": "libnone9"}) == ["libnone9"]


def test_without_a_way_to_install_one_sentence_names_the_packages(script, monkeypatch, capsys):
    monkeypatch.setattr(script, "OFFSCREEN", {"libno-such-thing.so.9": "libnone9"})
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert script.main() == 1
    said = capsys.readouterr().err
    assert "apt-get install libnone9" in said
    assert said.count("\n") == 1


def test_apt_is_asked_for_exactly_what_is_missing(script, monkeypatch, tmp_path, capfd):
    record = tmp_path / "asked"
    for name, text in (("apt-get", f'echo "$@" >> {record}'), ("sudo", 'shift; exec "$@"')):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(script, "OFFSCREEN", {"libno-such-thing.so.9": "libnone9"})
    monkeypatch.delenv("DISPLAY", raising=False)
    assert script.main() == 1
    asked = record.read_text(encoding="utf-8").splitlines()
    assert asked[0].startswith("update")
    assert asked[1].split()[-1] == "libnone9"
    assert "libnone9" in capfd.readouterr().err


def test_where_nothing_is_missing_nothing_is_said():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this system lacks libraries of Qt")
    assert (done.stdout, done.stderr) == ("", "")
