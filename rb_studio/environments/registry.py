"""Environments by name, and what of them can run."""

from rb_studio.environments.answer import AnswerOnly
from rb_studio.environments.graders import check_grader_name, grader, is_entry_point
from rb_studio.environments.graders.llm import Ask
from rb_studio.environments.protocol import Environment
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Grading, Suite

ENVIRONMENTS = ("answer", "practice", "browser", "shell")
_LATER = {"browser": "a browser environment", "shell": "a shell sandbox"}


_DOMAINS = {"practice": "web", "browser": "web", "shell": "swe"}
# What suites that came with trajectories are about; they have no environment to tell it.
_IMPORTED_DOMAINS = {"webarena": "web", "swe-bench": "swe"}


def domain_of(suite: Suite) -> str:
    """The domain of a suite's tasks (web, answer or swe), which chooses the prompts; also of one that cannot run."""
    return _DOMAINS.get(suite.environment) or _IMPORTED_DOMAINS.get(suite.name, "answer")


def open_environment(suite: Suite, grading: Grading, *, llm: Ask | None = None) -> Environment:
    """The environment for one rollout of one task.

    Parameters
    ----------
    suite
        Names the environment, and the grader where the grading does not.
    grading
        Ground truth of the task; it goes into the environment and nowhere else.
    llm
        Puts a question to the model of the role grader, for the grader `llm`.

    Raises
    ------
    UsageError
        When the suite cannot run, with the reason.
    """
    ready, reason = runnable(suite)
    if not ready:
        raise UsageError(reason or f"the suite {suite.name} cannot run")
    if suite.environment == "practice":
        from rb_studio.environments.practice import PracticeShop

        return PracticeShop(grading)
    return AnswerOnly(grading, grader(_grader_name(suite, grading), llm))


def runnable(suite: Suite) -> tuple[bool, str | None]:
    """Whether a suite can run here, and if not, why in one sentence."""
    if not suite.runnable:
        return False, suite.reason or f"the suite {suite.name} is marked as not runnable"
    if suite.environment in _LATER:
        return False, f"the suite {suite.name} needs {_LATER[suite.environment]}, which is not in this version"
    if suite.environment not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        return False, f"the suite {suite.name} names an unknown environment {suite.environment!r}; known are {known}"
    return _gradable(suite)


def _gradable(suite: Suite) -> tuple[bool, str | None]:
    if suite.environment != "answer":
        return True, None
    try:
        check_grader_name(suite.grader)
    except UsageError as fault:
        return False, f"the suite {suite.name} cannot be graded: {fault}"
    return True, None


def labels(suite: Suite, grading: Grading) -> bool:
    """Whether a task's grading can be learned from: it is none where nobody grades or a model only reports."""
    return suite.environment != "answer" or (grading.grader or suite.grader) not in ("llm", "none")


def _grader_name(suite: Suite, grading: Grading) -> str:
    """The task's own grader, else the suite's. Code to run is taken from the suite's definition only."""
    name = grading.grader or suite.grader
    if is_entry_point(name) and name != suite.grader:
        raise UsageError(
            f"the task {grading.task_key} names the Python grader {name}, which the suite {suite.name} does not; "
            f"import the suite with --grader {name} if you trust it"
        )
    return name
