"""What the map and the themes of a bank offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory \u203a Map and themes"
MAP = (
    Declared("memory.map", "&Map of the bank", MEMORY, "N", "", 7),
    Declared("memory.map.draw", "Draw the map again", MEMORY, "", "", 7),
)
THEMES = (
    Declared("memory.themes", "&Themes over the stream", MEMORY, "U", "", 7),
    Declared("memory.themes.group", "Group into themes again", MEMORY, "", "", 7),
    Declared("memory.themes.name", "Name the theme\u2026", MEMORY, "", "", 7),
    Declared("memory.themes.ask", "Ask a model for the stages\u2026", MEMORY, "", "", 7),
    Declared("memory.stage.procedure", "Stage of the advice: procedure", MEMORY, "", "", 8),
    Declared("memory.stage.self-check", "Stage of the advice: self-check", MEMORY, "", "", 8),
    Declared("memory.stage.adaptive", "Stage of the advice: adaptive", MEMORY, "", "", 8),
    Declared("memory.stage.compositional", "Stage of the advice: compositional", MEMORY, "", "", 8),
    Declared("memory.stage.none", "Stage of the advice: no label", MEMORY, "", "", 8),
)
OFFERED = (*MAP, *THEMES)
