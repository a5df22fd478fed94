"""The binding must not steal references of None or True: one such release aborts Python 3.11 after a while."""

import sys

from PySide6.QtCore import QCoreApplication, QObject, Signal

CALLS = 400


class Sender(QObject):
    sent = Signal(bool)


def test_calls_and_signals_leave_the_counts_of_none_and_true_alone(qapp):
    sender = Sender()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(CALLS):
        QCoreApplication.processEvents()
        sender.sent.emit(True)
    lost = before[0] - sys.getrefcount(None), before[1] - sys.getrefcount(True)
    assert max(lost) < CALLS / 4, f"PySide6 lost {lost} references in {CALLS} calls: install a release below 6.12"
