"""Whether a model can act on a suite's tasks at all, which is known before anything runs."""

from rb_studio.models.profile import PRACTICE
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Suite


def plays(suite: Suite) -> bool:
    """Whether the practice model can act on the suite's tasks."""
    return suite.environment == "practice"


def cannot_act(suite: Suite, actor: str) -> str:
    """Why a profile of this name would fail every task of a suite; empty when it would not."""
    if actor != PRACTICE.name or plays(suite):
        return ""
    return f"the practice model works in the practice shop only and would fail every task of {suite.name}"


def refuse_actor(suite: Suite, actor: str) -> None:
    """Raise `UsageError` where nothing but failures would come of it."""
    if why := cannot_act(suite, actor):
        raise UsageError(f"{why}: name another model with --model, a profile or MODEL@BASE_URL")
