"""What noting on rollouts offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

NOTE = "Trajectory \u203a Note"
LABEL = "Trajectory \u203a Label"
FILES = "File \u203a Notes"
OFFERED = (
    *(Declared(f"trajectories.label.{key}", f"Label {key}", LABEL, str(key), "", 3) for key in range(1, 10)),
    Declared("trajectories.labels.next", "The next set of labels", LABEL, "Shift+L", "", 4),
    Declared("trajectories.labels.edit", "Sets of labels\u2026", LABEL, "", "", 4),
    Declared("trajectories.comment", "&Comment\u2026", NOTE, "C", "edit", 3),
    Declared("trajectories.tag", "&Tag\u2026", NOTE, "T", "tag", 3),
    Declared("trajectories.first_error", "First wrong step", NOTE, "E", "warning", 3),
    *(Declared(f"trajectories.rate.{rate}", f"Rate {rate} of 5", NOTE, f"Alt+{rate}", "", 4) for rate in range(1, 6)),
    Declared("trajectories.whole", "Notes go on the whole rollout", NOTE, "H", "", 5),
    Declared("trajectories.notes", "Show the notes", NOTE, "Shift+C", "", 6),
    Declared("trajectories.notes.next", "Next note", NOTE, ".", "", 6),
    Declared("trajectories.notes.back", "Previous note", NOTE, ",", "", 6),
    Declared("trajectories.note.change", "Change this note\u2026", NOTE, "", "", 7),
    Declared("trajectories.note.remove", "Remove these notes", NOTE, "", "", 7),
    Declared("trajectories.notes.merge", "&Merge notes from a file\u2026", FILES, "", "merge", 5),
    Declared("trajectories.notes.export", "&Export all notes\u2026", FILES, "", "export", 5),
    Declared("trajectories.notes.export.run", "Export the notes on this &run\u2026", FILES, "", "", 5),
    Declared("trajectories.notes.agreement", "How far people &agree\u2026", FILES, "", "", 5),
)
