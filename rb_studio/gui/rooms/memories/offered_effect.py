"""Commands about what items did and tests of a bank, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory"
EFFECT = (
    Declared("memory.effect", "Effect of the item", MEMORY, "Y", "", 4),
    Declared("memory.effect.best", "List by lower bound of the effect", MEMORY, "", "", 4),
    Declared("memory.effect.again", "Work out effects again", MEMORY, "", "", 4),
)
OFFERED = (*EFFECT,)
