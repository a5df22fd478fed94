"""The Scaling room as a person has it on screen."""

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.scaling.view import ScalingRoom


def entered(frame: Frame, qtbot) -> ScalingRoom:
    """A room in which what was read is there and no more is asked."""
    room = ScalingRoom(frame)
    qtbot.addWidget(room)
    frame.registry.add(*room.commands())
    room.resize(1100, 750)
    room.show()
    room.entered()
    frame.registry.enter("scaling")
    qtbot.waitUntil(lambda: bool(room.presenter.figures.pools) and frame.session.idle)
    qtbot.waitUntil(lambda: room.panes["curves"].drawn)
    return room
