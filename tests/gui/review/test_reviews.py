"""What is hidden and what is still to be reviewed is one thing for all rooms, and outlives the program."""

from collections.abc import Callable

import pytest

from rb_studio.gui.frame import Frame
from rb_studio.gui.review.queue import Queue, Standing
from rb_studio.gui.review.reviews import Reviews, reviews_of
from rb_studio.store.workspace import Workspace


def test_rooms_share_one_object_and_it_comes_back_after_a_restart(
    workspace: Workspace, make_frame: Callable[[Workspace], Frame], qtbot
) -> None:
    frame = make_frame(workspace)
    reviews = reviews_of(frame)
    assert reviews_of(frame) is reviews
    with qtbot.waitSignal(reviews.queue_changed):
        reviews.set_queue("trajectories", Queue.begin("abc", 1).settle("b", Standing.DONE).at("b"))
    reviews.blind.set(True)
    qtbot.waitUntil(lambda: frame.session.idle)
    again = Reviews(frame)
    assert again.queue("trajectories") == reviews.queue("trajectories")
    assert again.blind.on
    reviews.set_queue("trajectories", None)
    reviews.blind.toggle()
    qtbot.waitUntil(lambda: frame.session.idle)
    assert Reviews(frame).queue("trajectories") is None


@pytest.mark.parametrize("name", ["verdict", "truth", "arm", "memory", "model", "extra.model", "run_name", "k"])
def test_blind_hides_what_would_tell_and_nothing_while_it_is_off(frame: Frame, name: str) -> None:
    blind = reviews_of(frame).blind
    assert not blind.hides(name)
    blind.toggle()
    assert blind.hides(name)
    assert not any(map(blind.hides, ("task", "steps", "exit", "site", "run", "seconds")))
