"""What is on screen as Markdown: steps, a whole rollout, its verdicts, the memory it was given."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.records.judgement import Verdict
from rb_studio.records.task import Task


def steps_markdown(opened: Opened, steps: Sequence[int]) -> str:
    """Some steps under the name of their task."""
    from rb_studio.interchange.trajectory_md import step_markdown

    return "\n".join([f"# {opened.row.task_key}\n", *(step_markdown(opened.step(step)) for step in steps)])


def rollout_markdown(opened: Opened, *, blind: bool = False) -> str:
    """The whole rollout with what is known of its outcome; for who judges `blind` without that, memory, model, arm."""
    from rb_studio.gui.rooms.trajectories.list_presenter import run_name
    from rb_studio.interchange.loaded import Rollout
    from rb_studio.interchange.trajectory_jsonl import JudgedRollout
    from rb_studio.interchange.trajectory_md import trajectory_markdown

    task = opened.task or Task(opened.row.task_key, "", 0, opened.row.task_text)
    hidden = replace(opened.trajectory, model="", memory_block="")
    told = ("A rollout", task, hidden) if blind else (run_name(opened.run), task, opened.trajectory)
    rollout = Rollout(*told)
    judged = JudgedRollout(rollout) if blind else JudgedRollout(rollout, opened.truths, opened.verdicts)
    return trajectory_markdown(judged).rstrip() + "\n"


def verdicts_markdown(opened: Opened) -> str:
    """Every verdict on the rollout, the newest first, with the judge's own words."""
    return "\n\n".join([f"# {opened.row.task_key}, verdicts", *map(_verdict, opened.verdicts[::-1])]) + "\n"


def memory_markdown(opened: Opened) -> str:
    """The memory the rollout was given, as it stood in its prompt."""
    return f"# {opened.row.task_key}, memory\n\n{opened.trajectory.memory_block.strip()}\n"


def _verdict(verdict: Verdict) -> str:
    return "\n\n".join(_told(verdict))


def _told(verdict: Verdict) -> Iterator[str]:
    who = verdict.source + (f", {verdict.model}" if verdict.model else "")
    yield f"## {verdict.status} ({who})"
    if verdict.noisy:
        yield "Label noise made this of what the judge said."
    if verdict.reason:
        yield verdict.reason
    if verdict.cited:
        yield "Steps: " + ", ".join(map(str, verdict.cited))
