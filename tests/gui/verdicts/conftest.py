"""What the practised workspace holds for the Verdicts room."""

from tests.gui.conftest import TASKS

# The two arms begin alike: while the bank is empty the first task of both is one draw, counted once.
DRAWS = 2 * TASKS - 1
