"""What happens along a stream of tasks: success so far, and how many tasks have an earlier sibling."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rb_studio.records.task import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def sibling_share(tasks: Iterable[Task]) -> tuple[int, int]:
    """(tasks with an earlier task of the same template, all tasks), in ascending ordinal.

    Tasks without a template have no siblings. A high share means that memory mostly repeats what was
    learned on a near copy of the task.
    """
    return siblings_along(task.template for task in sorted(tasks, key=lambda task: task.ordinal))


def siblings_along(templates: Iterable[str | None]) -> tuple[int, int]:
    """The same for tasks in the order they were done, by their templates."""
    seen: set[str] = set()
    with_sibling = total = 0
    for template in templates:
        total += 1
        if template is None:
            continue
        with_sibling += template in seen
        seen.add(template)
    return with_sibling, total


def cumulative_success(outcomes: Sequence[float | bool | None]) -> "NDArray[np.float64]":
    """Mean outcome over the tasks so far, one value per task of the stream.

    Unknown and invalid tasks (None) repeat the value before them; until the first known one it is NaN.
    """
    import numpy as np

    values = np.array([np.nan if outcome is None else float(outcome) for outcome in outcomes], dtype=np.float64)
    known = np.cumsum(~np.isnan(values))
    means = np.full(len(values), np.nan)
    np.divide(np.nancumsum(values), known, out=means, where=known > 0)
    return means
