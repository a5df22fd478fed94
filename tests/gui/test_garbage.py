"""Cycles are collected by the GUI thread alone."""

import gc
import threading
import weakref

from rb_studio.gui import garbage
from rb_studio.gui.garbage import Garbage


class Cycle:
    def __init__(self) -> None:
        self.itself = self


def test_no_other_thread_collects_and_the_gui_thread_does(qtbot, monkeypatch):
    gc.enable()
    monkeypatch.setattr(garbage, "LOOK_MS", 1)
    where = []
    collecting = Garbage()
    try:
        gone = weakref.finalize(Cycle(), lambda: where.append(threading.current_thread()))
        maker = threading.Thread(target=lambda: [[] for _ in range(100_000)])
        maker.start()
        maker.join()
        assert gone.alive
        kept = [[] for _ in range(10 * gc.get_threshold()[0])]
        qtbot.waitUntil(lambda: not gone.alive)
        assert where == [threading.main_thread()]
        assert kept
    finally:
        collecting.stop()
    assert gc.isenabled()


def test_where_python_was_not_to_collect_it_is_left_so(qapp):
    gc.disable()
    Garbage().stop()
    assert not gc.isenabled()
