"""One continuation of a stored rollout, played here or in another process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from rb_studio.jobs.perform import ground_of, reporting
from rb_studio.jobs.toolbox import Toolbox
from rb_studio.method.calls import Caller
from rb_studio.method.fork import Point, continued
from rb_studio.method.prompts import PromptSet
from rb_studio.method.tools import ignore
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import LlmCall
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.outcome import LiveEvent
from rb_studio.records.task import Grading, Suite, Task
from rb_studio.records.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Cell:
    """What a continuation is played from; picklable.

    `ground` is the pickled setup and suite of the whole job. `arm_hash` names the variant, `index` decides the dice.
    """

    ground: bytes
    grading: Grading
    arm: ArmConfig
    arm_hash: str
    task: Task
    point: Point
    index: int
    memory_block: str
    prompts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Continuation:
    """What came of a cell; `calls` are those made for it, the ones before the point are not among them."""

    trajectory: Trajectory
    truths: tuple[Truth, ...]
    verdict: Verdict
    calls: tuple[LlmCall, ...]


def play(cell: Cell, toolbox: Toolbox, suite: Suite, on_event: Callable[[LiveEvent], None] = ignore) -> Continuation:
    """Continue with the tools of this process. Raises `Cancelled`."""
    tools = toolbox.tools(suite, {cell.task.key: cell.grading}, embedding=False, on_event=on_event)
    tools = replace(tools, prompts=PromptSet.with_overrides(cell.prompts))
    caller = Caller(cell.arm, cell.arm_hash, cell.task, tools)
    found = continued(caller, cell.point, cell.index, cell.memory_block)
    return Continuation(found.trajectory, found.truths, found.verdict, caller.calls())


def play_apart(cell: Cell, run: int) -> Continuation:
    """Continue in a worker process, with its steps reported to the parent as they happen."""
    toolbox, suite = ground_of(cell.ground)
    with reporting(run) as on_event:
        return play(cell, toolbox, suite, on_event)
