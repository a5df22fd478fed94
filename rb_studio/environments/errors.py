"""Faults of an environment."""

from rb_studio.records.errors import RbStudioError


class EnvironmentFailure(RbStudioError):
    """The world broke, not the agent: the rollout is invalid."""


class RestoreUnsupported(RbStudioError):
    """This environment cannot return to an earlier state."""
