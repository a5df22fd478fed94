"""The pinned versions are complete: what a fresh installation gets is what was tested."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
TOOLS = {"pip"}


def pins() -> dict[str, Requirement]:
    text = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8")
    lines = [Requirement(line) for line in text.splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(line.name): line for line in lines}


def declared() -> Iterator[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for texts in (project["dependencies"], *project["optional-dependencies"].values()):
        yield from map(Requirement, texts)


def closure(wanted: Iterator[Requirement]) -> dict[str, str]:
    """Every package the declared ones bring on this system, with its version; those not installed are left out."""
    found: dict[str, str] = {}
    waiting = list(wanted)
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        try:
            if name in found:
                continue
            found[name] = version(need.name)
            further = requires(need.name) or []
        except PackageNotFoundError:
            continue
        for text in further:
            child = Requirement(text)
            if child.marker is None or any(child.marker.evaluate({"extra": extra}) for extra in ("", *need.extras)):
                waiting.append(child)
    return found


def test_every_package_of_an_installation_is_pinned():
    pinned = pins()
    brought = {name for name in closure(declared()) if not name.startswith(("nvidia-", "cuda-", "triton"))}
    assert brought - set(pinned) - TOOLS == set()


def test_every_line_pins_one_version_without_a_build_label():
    for line in pins().values():
        assert re.fullmatch(r"==[0-9][0-9a-z.]*", str(line.specifier)), line


def test_the_pins_satisfy_what_the_project_asks_for():
    pinned = pins()
    for need in declared():
        pin = pinned[canonicalize_name(need.name)]
        assert need.specifier.contains(str(pin.specifier).removeprefix("==")), need
