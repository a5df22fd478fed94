"""What the review of candidates offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory \u203a Review"
REVIEW = Declared("memory.review", "Review the candidates", MEMORY, "R", "", 6)
# Keys of the review itself: they are the table's keys where they do the same.
IN_REVIEW = (
    Declared("memory.review.accept", "Accept the candidate", MEMORY, "A", "", 6),
    Declared("memory.review.reject", "Reject the candidate (archive)", MEMORY, "E|R", "", 6),
    Declared("memory.review.exclude", "Exclude the candidate", MEMORY, "X", "", 6),
    Declared("memory.review.delete", "Delete the candidate", MEMORY, "Del", "", 6),
    Declared("memory.review.edit", "Edit the candidate, then accept", MEMORY, "F2", "", 6),
    Declared("memory.review.save", "Save and accept the candidate", MEMORY, "Ctrl+Return|Ctrl+S", "", 6),
    Declared("memory.review.merge", "Merge the candidate with the nearest item\u2026", MEMORY, "M", "", 6),
    Declared("memory.review.copies", "Make one of the candidate and its copies", MEMORY, "D", "", 6),
    Declared("memory.review.skip", "Skip the candidate", MEMORY, "J|Right", "", 6),
    Declared("memory.review.previous", "Previous candidate", MEMORY, "K|Left", "", 6),
    Declared("memory.review.source", "Open the candidate\u2019s source", MEMORY, "O", "", 6),
    Declared("memory.review.verdict", "Open the candidate\u2019s verdict", MEMORY, "V", "", 6),
    Declared("memory.review.accept_rest", "Accept all candidates left\u2026", MEMORY, "Shift+A", "", 6),
    Declared("memory.review.reject_rest", "Reject all candidates left\u2026", MEMORY, "Shift+E|Shift+R", "", 6),
    Declared("memory.review.leave", "Leave the review", MEMORY, "Esc", "", 6),
)
OFFERED = (REVIEW, *IN_REVIEW)
