"""Strands: arms on their way through their tasks, and what of a strand is sent out at once."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rb_studio.jobs.faults import Lost
from rb_studio.jobs.luggage import Packer
from rb_studio.method.allocate import follows_past
from rb_studio.records.arm import ArmConfig
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Bank
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.quick import Quick
from rb_studio.records.task import Task
from rb_studio.store.packed import Packed

Loaded = tuple[set[str], Bank]
QUICK_SECONDS = 0.2


@dataclass
class Strand:
    """One arm on its way through its tasks, and the arms that take rollouts over from it.

    `bank` is the value the next task sees. `paused` holds the reason once an infrastructure fault stopped
    the arm; `lost` why tasks of an arm without memory left nothing at all that could be committed. `followers`
    have no more rollouts than the strand itself and take its first ones over; they go along task by task. With
    `load`, what is finished and what the bank holds is read when the strand begins, and let go at its end. `over`
    tells of an arm that was finished before. `human` holds a person's verdict by task key, where one learns from it.
    `packer` packs the bank for other processes. `pace` is how many tasks go out together, as quick as they have been.
    `only` bounds how many of the first tasks are done for now; None does all.
    """

    arm: ArmConfig
    run: int
    tasks: Sequence[Task]
    bank: Bank = field(default_factory=Bank)
    bank_id: int | None = None
    finished: set[str] = field(default_factory=set)
    paused: str | None = None
    waiting: deque[Task] = field(default_factory=deque)
    later: list[tuple[float, Task]] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    under_way: int = 0
    not_before: float = 0.0
    followers: tuple["Strand", ...] = ()
    load: Callable[[], Loaded] | None = None
    begun: bool = False
    human: Mapping[str, Verdict] = field(default_factory=dict)
    over: bool = False
    packer: Packer = field(default_factory=Packer)
    pace: int = 1
    only: int | None = None

    @property
    def members(self) -> tuple["Strand", ...]:
        """The arms that are done together, most rollouts first."""
        return (self, *self.followers)

    @property
    def sequential(self) -> bool:
        """Whether what a task becomes depends on the tasks before it, by memory or by what they were given."""
        return self.arm.memory != "none" or follows_past(self.arm)

    @property
    def done(self) -> bool:
        return self.begun and not self.waiting and not self.later and not self.under_way

    @property
    def open(self) -> bool:
        """Whether there is anything left to wait for."""
        return bool(self.under_way) or (not self.paused and not self.done)

    @property
    def work_left(self) -> int:
        """Rollouts still to start; those of an arm with memory cannot be done side by side and weigh more."""
        tasks = len(self.waiting) + len(self.later) if self.begun else len(self.tasks)
        return tasks * self.arm.k * (2 if self.sequential else 1)

    def begin(self) -> None:
        """Read what is there already and line up the tasks that some member still lacks."""
        for member in self.members:
            if member.load is not None:
                member.finished, member.bank = member.load()
            member.begun = True
        self.waiting.extend(task for task in self.tasks[: self.only] if self.lacking(task))

    def end(self) -> None:
        """Let go of what only an arm under way needs."""
        for member in self.members:
            member.bank, member.packer = Bank(), Packer()
            member.tries.clear()

    def lacking(self, task: Task) -> tuple["Strand", ...]:
        """The members without a valid outcome of a task."""
        return tuple(member for member in self.members if task.key not in member.finished)

    def next_task(self) -> Task | None:
        """The task that may start now, if any."""
        if self.paused or time.monotonic() < self.not_before or (self.sequential and self.under_way):
            return None
        return self.waiting.popleft() if self.waiting else self._due()

    def following(self, first: Task, members: tuple["Strand", ...], most: int) -> tuple[Task, ...]:
        """Tasks to be done right after one by whoever does it; one that was tried before is done alone."""
        alone = members != self.members or (self.sequential and self.followers) or first.key in self.tries
        found: list[Task] = []
        while self.waiting and not alone and len(found) < most:
            task = self.waiting[0]
            if task.key in self.tries or self.lacking(task) != members:
                break
            found.append(self.waiting.popleft())
        return tuple(found)

    def paced(self, seconds: Sequence[float], most: int) -> None:
        """Twice as many tasks next time where those of an errand were quick, one where they were not."""
        self.pace = min(most, 2 * len(seconds)) if sum(seconds) < QUICK_SECONDS * len(seconds) else 1

    def _due(self) -> Task | None:
        """A task put off whose time has come."""
        now = time.monotonic()
        found = next((one for one in self.later if one[0] <= now), None)
        if found is None:
            return None
        self.later.remove(found)
        return found[1]

    def try_again(self, task: Task, delay: float) -> None:
        """Put a task off: with memory everything waits for it, without the other tasks go first."""
        if self.sequential:
            self.not_before = time.monotonic() + delay
            self.waiting.appendleft(task)
        else:
            self.later.append((time.monotonic() + delay, task))


@dataclass(frozen=True, slots=True)
class Made(Quick):
    """What a member made of a task, ready for the store, what it lost of it, and how long the task took with all."""

    packed: Packed
    fault: Lost | None
    seconds: float = 0.0

    @property
    def outcome(self) -> TaskOutcome:
        """Without calls and steps, which are packed."""
        return self.packed.outcome


Results = tuple[tuple[Made, ...], ...]


@dataclass(frozen=True, slots=True)
class Errand:
    """Tasks of some members of a strand, as they are sent to an executor.

    `given` is a finished member's outcome of the first. Whoever runs them may leave the last ones undone.
    """

    strand: Strand
    tasks: tuple[Task, ...]
    members: tuple[Strand, ...]
    given: TaskOutcome | None = None


def in_order(strands: Sequence[Strand], at_once: int) -> list[Strand]:
    """The strands that may be served, in the order to serve them.

    Arms with memory go first, those already begun before others, the one with most left first: a chain of tasks
    decides when all is done, and arms without memory fill whatever place is left. No more chains are begun than
    tasks may be under way, so that only their banks are held.
    """
    chains = [strand for strand in strands if strand.sequential and strand.open]
    begun = [strand for strand in chains if strand.begun]
    fresh = [strand for strand in chains if not strand.begun] if len(begun) < at_once else []
    loose = [strand for strand in strands if not strand.sequential and strand.open]
    ordered = [sorted(part, key=lambda strand: -strand.work_left) for part in (begun, fresh)]
    return [*ordered[0], *ordered[1], *sorted(loose, key=lambda strand: (not strand.begun, -strand.work_left))]
