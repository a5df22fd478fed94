"""The answer-only environment: a question, perhaps with a context, and the text that answers it."""

from rb_studio.environments.errors import EnvironmentFailure, RestoreUnsupported
from rb_studio.environments.graders import Grader
from rb_studio.records.judgement import Truth
from rb_studio.records.task import Grading, Task
from rb_studio.records.trajectory import Observation, State


class AnswerOnly:
    """Takes each action as the answer; the last one counts.

    Parameters
    ----------
    grading
        What the answer is compared with; it belongs to the task that `reset` is given.
    grader
        The comparison.
    """

    def __init__(self, grading: Grading, grader: Grader) -> None:
        self._grading = grading
        self._grader = grader
        self._task: Task | None = None
        self._answer: str | None = None
        self._graded: dict[str | None, Truth] = {}

    @property
    def domain(self) -> str:
        return "answer"

    def reset(self, task: Task, seed: int) -> Observation:
        """Show the context in `task.setup["context"]`, if there is one; the seed decides nothing here."""
        if task.key != self._grading.task_key:
            raise EnvironmentFailure(f"the grading of {self._grading.task_key} cannot grade the task {task.key}")
        self._task, self._answer = task, None
        return self._observation(str(task.setup.get("context") or ""))

    def step(self, action: str) -> Observation:
        answer = action.strip()
        if not answer:
            return self._observation("", error="The answer is empty.")
        self._answer = answer
        return self._observation("", sent=True)

    def state(self) -> State:
        return State(form={} if self._answer is None else {"answer": self._answer})

    def restore(self, state: State) -> Observation:
        if self._task is None:
            raise RestoreUnsupported("a state can be restored only after the environment was reset with its task")
        self._answer = state.form.get("answer")
        return self._observation("")

    def grade(self) -> Truth:
        """Truth of the answer so far; the same answer is graded once, so asking again changes nothing."""
        if self._task is None:
            raise EnvironmentFailure("there is nothing to grade before the environment was reset with a task")
        if self._answer not in self._graded:
            self._graded[self._answer] = self._grader(self._answer, self._grading.expected, self._task)
        return self._graded[self._answer]

    def close(self) -> None:
        """Nothing is held open."""

    def _observation(self, text: str, error: str | None = None, *, sent: bool = False) -> Observation:
        return Observation(text, error=error, answered=self._answer, sent=sent)
