"""Commands about what items did and tests of a bank, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory \u203a Effect and tests"
EFFECT = (
    Declared("memory.effect", "Effect of the item", MEMORY, "Y", "", 4),
    Declared("memory.effect.best", "List by lower bound of the effect", MEMORY, "", "", 4),
    Declared("memory.effect.again", "Work out effects again", MEMORY, "", "", 4),
)
TESTS = (
    Declared("memory.test", "Test a curation since a snapshot\u2026", MEMORY, "", "", 5),
    Declared("memory.leaveout", "Leave the item out\u2026", MEMORY, "", "", 4),
    Declared("memory.tests", "Tests of the bank", MEMORY, "", "", 5),
    Declared("memory.test.resume", "Go on with the test", MEMORY, "", "", 5),
    Declared("memory.test.stop", "Stop the test", MEMORY, "", "", 5),
    Declared("memory.test.flip", "Open both rollouts of the task", MEMORY, "", "", 5),
)
OFFERED = (*EFFECT, *TESTS)
