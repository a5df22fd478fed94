"""Errors a person can act on: each message is one sentence saying what, where and what to do."""


class RbStudioError(Exception):
    """The work could not be done; the command line ends with exit code 1."""


class UsageError(RbStudioError):
    """What was asked for cannot be: unknown name, value out of range; exit code 2."""


class UnreadableInput(UsageError):
    """A file is missing, damaged or none of ours; the sentence names the file and the mend."""


class WorkspaceError(RbStudioError):
    """The workspace file cannot be used as asked."""


class WorkspaceBusy(WorkspaceError):
    """Another process writes to this workspace."""


class Cancelled(RbStudioError):
    """Stop was asked for; what was committed stays."""
