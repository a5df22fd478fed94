"""What the room of trajectories can be asked for, told before it is built; its own commands say how.

A part of the room tells its own in a file `offered_<part>.py`; they are joined here.
"""

from rb_studio.gui.rooms.trajectories import (
    offered_annotate,
    offered_compare,
    offered_copy,
    offered_draft,
    offered_everywhere,
    offered_find,
    offered_fork,
    offered_grid,
    offered_jumps,
    offered_list,
    offered_player,
    offered_review,
)

OFFERED = (
    *offered_copy.OFFERED,
    *offered_find.OFFERED,
    *offered_everywhere.OFFERED,
    *offered_grid.OFFERED,
    *offered_jumps.OFFERED,
    *offered_list.OFFERED,
    *offered_player.OFFERED,
    *offered_annotate.OFFERED,
    *offered_draft.OFFERED,
    *offered_review.OFFERED,
    *offered_compare.OFFERED,
    *offered_fork.OFFERED,
)
