"""The command of find and replace, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

OFFERED = (Declared("memory.replace", "Find and &replace\u2026", "Edit", "Ctrl+H", "edit", 3),)
