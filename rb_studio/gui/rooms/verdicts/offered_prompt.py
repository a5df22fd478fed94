"""Editing the judge's prompt, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

OFFERED = (
    Declared("verdicts.prompt.edit", "&Edit the judge\u2019s prompt\u2026", "Trajectory \u203a Judges", "", "edit", 10),
)
