"""What the room of scaling can be asked for, told before it is built; its own commands say how."""

from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.rooms.scaling import offered_comparison, offered_lab

FILES = "Plot \u203a Files"
ROOM = (
    Declared("scaling.run", "Start a run\u2026", "Plot", "", "run"),
    Declared("scaling.sweep", "New s&weep\u2026", "Plot", "", "run"),
    Declared("scaling.tab.0", "Show curves", "Plot", "Alt+1"),
    Declared("scaling.tab.1", "Show success over the stream", "Plot", "Alt+2"),
    Declared("scaling.tab.2", "Show steps", "Plot", "Alt+3"),
    Declared("scaling.over.k", "Over rollouts per task, k", "Plot"),
    Declared("scaling.over.tokens", "Over tokens per task", "Plot"),
    Declared("scaling.over.cost", "Over US dollars per task", "Plot"),
    Declared("scaling.over.time", "Over seconds per task", "Plot"),
    Declared("scaling.show_all", "Show &all of the figure", "Plot", "Ctrl+0"),
    Declared("scaling.only", "Draw &only this arm", "Plot", "Ctrl+Shift+A"),
    Declared("scaling.all_arms", "Draw all arms", "Plot"),
    Declared("scaling.pane", "Next pane", "Plot", "F6"),
    Declared("scaling.refresh", "&Read again", "Plot", "F5"),
    Declared("scaling.export.png", "Export as PNG\u2026", FILES, "Ctrl+E", "export"),
    Declared("scaling.export.svg", "Export as SVG\u2026", FILES, "", "export"),
    Declared("scaling.export.pdf", "Export as PDF\u2026", FILES, "", "export"),
    Declared("scaling.export.csv", "Export as CSV\u2026", FILES, "", "export"),
    Declared("scaling.export.latex", "Export as LaTeX table\u2026", FILES, "", "export"),
    Declared("scaling.export.recipe", "Export the recipe\u2026", FILES, "", "export"),
    Declared("scaling.preset.drawn", "Size of files: as drawn", FILES),
    Declared("scaling.preset.paper-84", "Size of files: paper, 84 mm", FILES),
    Declared("scaling.preset.paper-174", "Size of files: paper, 174 mm", FILES),
    Declared("scaling.preset.slide", "Size of files: slide", FILES),
    Declared("scaling.rename", "Re&name arms\u2026", "Plot", "F2"),
    Declared("scaling.copy_picture", "Copy the picture", FILES, "Ctrl+Shift+C", "copy"),
    Declared("scaling.copy_numbers", "Copy the numbers", FILES, "", "copy"),
)
OFFERED = (*ROOM, *offered_comparison.OFFERED, *offered_lab.OFFERED)
