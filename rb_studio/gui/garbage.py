"""Python's collector of cycles, kept to the GUI thread."""

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 200


class Garbage(QObject):
    """Collects cycles while the window is open, in the GUI thread alone.

    Left to itself Python collects in whichever thread makes the next object; where a cycle holds something of Qt's,
    a thread that reads the workspace would destroy it under the GUI thread's hands and end the process. What is
    not in a cycle goes at once, as ever.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(collect)
        self._timer.start(LOOK_MS)

    def stop(self) -> None:
        """Leave collecting to Python again."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()


def collect() -> None:
    """Collect the oldest generation that is due by Python's own thresholds, if one is."""
    for generation, (count, threshold) in reversed([*enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))]):
        if threshold and count > threshold:
            gc.collect(generation)
            return
