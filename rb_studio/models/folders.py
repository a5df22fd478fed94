"""Where settings and data are kept; light enough to ask before anything else is loaded."""

import os
from pathlib import Path

from platformdirs import user_config_path, user_data_path

APP = "rb-studio"


def config_folder() -> Path:
    """Folder of the settings; RB_STUDIO_CONFIG_DIR replaces the platform's own."""
    return _folder("RB_STUDIO_CONFIG_DIR", user_config_path(APP, appauthor=False))


def data_folder() -> Path:
    """Folder of the program's data; RB_STUDIO_DATA_DIR replaces the platform's own."""
    return _folder("RB_STUDIO_DATA_DIR", user_data_path(APP, appauthor=False))


def settings_path() -> Path:
    """The settings file, whether it exists or not."""
    return config_folder() / "settings.toml"


def _folder(variable: str, default: Path) -> Path:
    chosen = os.environ.get(variable)
    return Path(chosen).expanduser() if chosen else default
