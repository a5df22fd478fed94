"""What the room of scaling can be asked for, told before it is built; its own commands say how."""

from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.rooms.scaling import offered_comparison, offered_lab, offered_queue

FIGURES = "Plot \u203a Figures"
DRAWING = "Plot \u203a Drawing"
FILES = "Plot \u203a Files"
ROOM = (
    Declared("scaling.run", "Start a run\u2026", "Plot", "", "run"),
    Declared("scaling.sweep", "New s&weep\u2026", "Plot", "", "run"),
    Declared("scaling.figure.curves", "Show &curves", FIGURES, "Alt+1"),
    Declared("scaling.figure.loss", "Show what choosing &loses", FIGURES, "Alt+2"),
    Declared("scaling.figure.gain", "Show what a further rollout &gains", FIGURES),
    Declared("scaling.figure.changes", "Show fixes and &regressions", FIGURES),
    Declared("scaling.figure.stream", "Show success over the &stream", FIGURES, "Alt+3"),
    Declared("scaling.figure.positions", "Show the gain by &position", FIGURES),
    Declared("scaling.figure.difficulty", "Show success by &difficulty", FIGURES, "Alt+4"),
    Declared("scaling.figure.buckets", "Show tasks by how &often each arm solved them", FIGURES),
    Declared("scaling.figure.steps", "Show s&teps", FIGURES, "Alt+5"),
    Declared("scaling.figure.phases", "Show to&kens by phase", FIGURES, "Alt+6"),
    Declared("scaling.over.k", "Over rollouts per task, k", DRAWING, "", "", 2),
    Declared("scaling.over.tokens", "Over tokens per task", DRAWING, "", "", 2),
    Declared("scaling.over.cost", "Over US dollars per task", DRAWING, "", "", 2),
    Declared("scaling.over.time", "Over seconds per task", DRAWING, "", "", 2),
    Declared("scaling.log2", "&Doubling axis", DRAWING, "", "", 2),
    Declared("scaling.truth.true", "Success by the &truth", DRAWING, "", "", 3),
    Declared("scaling.truth.judged", "Success by the &judge", DRAWING, "", "", 3),
    Declared("scaling.truth.both", "Success by truth and judge, &both", DRAWING, "", "", 3),
    Declared("scaling.k.more", "Figures at a &larger k", DRAWING, "", "", 3),
    Declared("scaling.k.less", "Figures at a s&maller k", DRAWING, "", "", 3),
    Declared("scaling.panels", "S&ide by side, by memory and scaling", DRAWING, "Ctrl+Shift+B", "", 4),
    Declared("scaling.paper", "What the &paper reports beside", DRAWING, "", "", 4),
    Declared("scaling.show_all", "Show &all of the figure", "Plot", "Ctrl+0", "", 5),
    Declared("scaling.only", "Draw &only this arm", "Plot", "Ctrl+Shift+A", "", 5),
    Declared("scaling.all_arms", "Draw all arms", "Plot", "", "", 5),
    Declared("scaling.pane", "Next pane", "Plot", "F6", "", 5),
    Declared("scaling.refresh", "&Read again", "Plot", "F5", "", 5),
    Declared("scaling.export.png", "Export as PNG\u2026", FILES, "Ctrl+E", "export"),
    Declared("scaling.export.svg", "Export as SVG\u2026", FILES, "", "export"),
    Declared("scaling.export.pdf", "Export as PDF\u2026", FILES, "", "export"),
    Declared("scaling.export.csv", "Export as CSV\u2026", FILES, "", "export"),
    Declared("scaling.export.latex", "Export as LaTeX table\u2026", FILES, "", "export"),
    Declared("scaling.export.recipe", "Export the recipe\u2026", FILES, "", "export"),
    Declared("scaling.preset.drawn", "Size of files: as drawn", FILES, "", "", 1),
    Declared("scaling.preset.paper-84", "Size of files: paper, 84 mm", FILES, "", "", 1),
    Declared("scaling.preset.paper-174", "Size of files: paper, 174 mm", FILES, "", "", 1),
    Declared("scaling.preset.slide", "Size of files: slide", FILES, "", "", 1),
    Declared("scaling.rename", "Re&name arms\u2026", "Plot", "F2", "", 7),
    Declared("scaling.copy_picture", "Copy the picture", FILES, "Ctrl+Shift+C", "copy", 2),
    Declared("scaling.copy_numbers", "Copy the numbers", FILES, "", "copy", 2),
)
OFFERED = (*ROOM, *offered_comparison.OFFERED, *offered_lab.OFFERED, *offered_queue.OFFERED)
