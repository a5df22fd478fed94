"""Where settings and data are kept; light enough to ask before anything else is loaded."""

import os
from pathlib import Path

APP = "rb-studio"


def config_folder() -> Path:
    """Folder of the settings; RB_STUDIO_CONFIG_DIR replaces the platform's own."""
    chosen = _chosen("RB_STUDIO_CONFIG_DIR")
    if chosen is not None:
        return chosen
    from platformdirs import user_config_path

    return user_config_path(APP, appauthor=False)


def data_folder() -> Path:
    """Folder of the program's data; RB_STUDIO_DATA_DIR replaces the platform's own."""
    chosen = _chosen("RB_STUDIO_DATA_DIR")
    if chosen is not None:
        return chosen
    from platformdirs import user_data_path

    return user_data_path(APP, appauthor=False)


def settings_path() -> Path:
    """The settings file, whether it exists or not."""
    return config_folder() / "settings.toml"


def _chosen(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else None
