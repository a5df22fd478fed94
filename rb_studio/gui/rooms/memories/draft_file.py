"""Where unsaved texts wait on disk: one small file for each workspace, written whole or not at all."""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


class DraftFile:
    """Keeps plain values beside the program's data.

    Parameters
    ----------
    folder
        Where such files are kept.
    workspace
        The file the texts belong to; its path names the draft file.
    """

    def __init__(self, folder: Path, workspace: Path) -> None:
        path = str(workspace.absolute())
        digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()
        self.path = folder / f"{workspace.stem}-{digest[:12]}.json"
        self._guard = threading.Lock()
        self._written = 0

    def read(self) -> dict[str, Any]:
        """What was kept; nothing where there is no file or it is damaged."""
        try:
            found = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("unsaved texts in %s could not be read: %s", self.path, error)
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, kept: Mapping[str, Any], number: int) -> None:
        """Keep these values, unless a later `number` was written already; nothing to keep removes the file.

        Raises OSError.
        """
        with self._guard:
            if number <= self._written:
                return
            self._written = number
            if not any(kept.values()):
                self.path.unlink(missing_ok=True)
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self.path.with_suffix(".new")
            with beside.open("w", encoding="utf-8", errors="backslashreplace") as file:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
