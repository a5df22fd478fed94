"""Pictures from the command line: chooses the platform plugin before the window's package is imported."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rb_studio.jobs.recipe import carried_text
from rb_studio.records.curve import CurveSet
from rb_studio.records.errors import UsageError
from rb_studio.records.recipe import Recipe

KINDS = ("png", "svg", "pdf")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Curves with all that decides how they look: the places of their arms by name, and what their recipe says."""

    curves: CurveSet
    places: Mapping[str, int] = field(default_factory=dict)
    recipe: Recipe | None = None


def save(drawing: Drawing, files: Mapping[str, Path | None]) -> list[Path]:
    """Draw into the files of these `KINDS` and return them; without a display Qt draws offscreen."""
    wanted = [(kind, path) for kind, path in files.items() if path is not None]
    if not wanted:
        return []
    if not drawing.curves.series:
        raise UsageError("comparisons of arms are a table and no picture: write them as CSV or LaTeX")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from rb_studio.gui.figures import save_figure
    from rb_studio.gui.plots.looks import Arms
    from rb_studio.gui.plots.names import arms_of
    from rb_studio.gui.plots.styles import style_of

    recipe = drawing.recipe
    for kind, path in wanted:
        save_figure(
            drawing.curves,
            path,
            kind,
            arms=Arms(arms_of(drawing.curves), drawing.places),
            style=style_of(recipe.preset if recipe else ""),
            log2=recipe is not None and recipe.log2,
            panels=recipe is not None and recipe.panels,
            recipe=carried_text(recipe) if recipe else "",
        )
    return [path for _, path in wanted]
