"""Errors of models: one sentence each, saying what to do."""

from rb_studio.records.errors import RbStudioError, UsageError


class EmbeddingError(RbStudioError):
    """Texts could not be turned into vectors."""


class ProfileError(UsageError):
    """A profile is unknown or holds a value that cannot be."""


class SettingsError(UsageError):
    """The settings file cannot be read or written."""
