"""Where the resource files (prompts, icons, themes, price table) are."""

from functools import cache
from pathlib import Path


@cache
def root() -> Path:
    """Folder of the resources: inside an installed wheel, else the checkout's."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"
