"""Going back to where one was: hypothesis on the list, the room by keyboard."""

from hypothesis import given
from hypothesis import strategies as st

from rb_studio.gui.rooms.trajectories.jumps import Jumps, Spot
from tests.gui.trajectories.test_view import go

SPOTS = st.builds(Spot, st.sampled_from("abc"), st.integers(1, 2), st.integers(1, 9))


@given(st.lists(SPOTS, min_size=2, max_size=30))
def test_going_back_shows_every_spot_in_turn_and_forward_comes_back(spots: list[Spot]) -> None:
    jumps = Jumps()
    for spot in spots:
        jumps.arrive(spot, left="page", jump=True)
    back = [jumps.here]
    while found := jumps.back("page"):
        back.append(found)
    assert [spot[:3] for spot in back] == [spot[:3] for spot in reversed(spots)]
    while jumps.forward("page"):
        pass
    assert jumps.here[:3] == spots[-1][:3]


def test_steps_of_one_are_no_jumps_and_tabs_come_back(room, keys, qtbot, practised_rollout, frame) -> None:
    go(room, qtbot, practised_rollout)
    frame.registry.refresh()
    keys("J")
    keys("R")
    keys("End")
    keys("P")
    last = room.presenter.step
    keys("Alt+Left")
    assert (room.presenter.step, room.panels.step.tab) == (2, "reply")
    keys("Alt+Right")
    assert (room.presenter.step, room.panels.step.tab) == (last, "prompt")
    assert not frame.registry.action("trajectories.jump.forward").isEnabled()
