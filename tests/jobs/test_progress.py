"""How far a job is, in words."""

from rb_studio.jobs.progress import Progress


def test_one_task_is_told_in_the_singular():
    assert Progress(0, 1).sentence() == "0 of 1 task"
    assert Progress(1, 2, invalid=1).sentence() == "1 of 2 tasks, 1 without data"
