"""A figure into a file: exactly what is drawn."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rb_studio.interchange.atomic import writing
from rb_studio.jobs.curves import csv_rows
from rb_studio.records.curve import CurveSet

KINDS = {"png": "PNG pictures (*.png)", "svg": "SVG drawings (*.svg)", "csv": "CSV tables (*.csv)"}


def proposal(source: str, figure: str, kind: str) -> str:
    """A dated file name."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    return f"{figure}-{source.replace(':', '-')}-{today}.{kind}"


def export(curves: CurveSet, arms: Sequence[str], path: Path, kind: str) -> Path:
    """Write the figure and return where it is. Raises RbStudioError."""
    path = path if path.suffix.lower() == f".{kind}" else path.with_name(f"{path.name}.{kind}")
    if kind == "csv":
        with writing(path) as file:
            csv.writer(file, lineterminator="\r\n").writerows(csv_rows(curves))
        return path
    from rb_studio.gui.figures import save_png, save_svg

    (save_png if kind == "png" else save_svg)(curves, path, arms)
    return path
