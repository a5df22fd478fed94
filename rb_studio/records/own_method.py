"""A memory method of one's own, as a request names it: what runs, and the identity its results are known by."""

from dataclasses import dataclass

FUNCTIONS = ("retrieve", "inject", "distil", "consolidate")


@dataclass(frozen=True, slots=True)
class MethodSource:
    """Where a method's code is; picklable, so that every worker runs the very same.

    `name` is the arm's memory mode. `identity` is the hash of the file's bytes, or the distribution's version: it
    enters the arm's hash. `label` is the file as it was named, for error messages. `code` holds the file's bytes, empty
    for an installed method. `attribute` is the object inside the file, empty for the file itself, or an entry point's
    `module:object`. `functions` are those of the four that it defines; the others are ReasoningBank's own.
    """

    name: str
    identity: str
    label: str
    code: bytes = b""
    attribute: str = ""
    functions: tuple[str, ...] = ()

    @property
    def is_file(self) -> bool:
        return bool(self.code)

    @property
    def consolidates(self) -> bool:
        """Whether it may change what a bank holds already."""
        return "consolidate" in self.functions


def short(identity: str) -> str:
    """An identity for the eye: `file 3fa2c1d0`, or the distribution with its version."""
    kind, _, rest = identity.partition(":")
    return f"file {rest[:8]}" if kind == "sha256" else kind
