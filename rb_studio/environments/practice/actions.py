"""The agent's actions: BrowserGym's calls, read with `ast` and never evaluated."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rb_studio.records.errors import RbStudioError

LONGEST = 20_000
_BACKSLASH = re.compile(
    r"\\(?:[\\'\"abfnrtv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|[0-3]?[0-7]{1,2})|\\"
)
_USES = {
    "click": "click('ID')",
    "fill": "fill('ID', 'text')",
    "select_option": "select_option('ID', 'label')",
    "goto": "goto('/path')",
    "go_back": "go_back()",
    "scroll": "scroll(0, 400)",
    "noop": "noop()",
    "send_msg_to_user": "send_msg_to_user('text')",
}


class ActionError(RbStudioError):
    """The action cannot be read or carried out; the sentence is shown to the agent."""


@dataclass(frozen=True, slots=True)
class Call:
    """A well-formed action: its name and its constant arguments."""

    name: str
    arguments: tuple[str | int | float, ...]


@lru_cache(maxsize=4096)
def parse_action(text: str) -> Call:
    """Read one action.

    Raises
    ------
    ActionError
        For anything but one call of a known action with fitting constant arguments.
    """
    call = _call_of(text)
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in _USES:
        raise ActionError(f"there is no action {_shown(ast.unparse(call.func))}; known are {', '.join(_USES)}")
    arguments = _constants(call)
    if arguments is None or not _CHECKS[name](arguments):
        raise ActionError(f"the arguments of {name} do not fit; use {_USES[name]}")
    return Call(name, _normalised(name, arguments))


def _call_of(text: str) -> ast.Call:
    source = _BACKSLASH.sub(_escaped, text.strip())
    if len(source) > LONGEST:
        raise ActionError(f"the action is longer than {LONGEST} characters; send one short action")
    try:
        body = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise ActionError(f"the action {_shown(source)} cannot be read; write one call such as click('12')") from fault
    if not isinstance(body, ast.Call):
        raise ActionError(f"{_shown(source)} is not an action; write one call such as click('12')")
    return body


def _escaped(match: re.Match[str]) -> str:
    """A backslash that escapes nothing stands for itself."""
    return "\\\\" if match[0] == "\\" else match[0]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _constants(call: ast.Call) -> tuple[str | int | float, ...] | None:
    values: list[str | int | float] = []
    for node in [*call.args, *(keyword.value for keyword in call.keywords)]:
        sign = 1
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            node, sign = node.operand, -1
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            values.append(sign * value)
        elif isinstance(value, str) and sign == 1:
            values.append(value)
        else:
            return None
    return tuple(values)


Arguments = tuple[str | int | float, ...]


def _is_id(value: str | int | float) -> bool:
    return isinstance(value, str | int)


def _id_and_text(arguments: Arguments) -> bool:
    return len(arguments) == 2 and _is_id(arguments[0]) and isinstance(arguments[1], str | int | float)


def _one_text(arguments: Arguments) -> bool:
    return len(arguments) == 1 and isinstance(arguments[0], str)


def _numbers(count: int) -> Callable[[Arguments], bool]:
    return lambda arguments: len(arguments) <= count and not any(isinstance(value, str) for value in arguments)


_CHECKS: dict[str, Callable[[Arguments], bool]] = {
    "click": lambda arguments: 1 <= len(arguments) <= 2 and _is_id(arguments[0]),
    "fill": _id_and_text,
    "select_option": _id_and_text,
    "goto": _one_text,
    "go_back": lambda arguments: not arguments,
    "scroll": lambda arguments: len(arguments) == 2 and _numbers(2)(arguments),
    "noop": _numbers(1),
    "send_msg_to_user": lambda arguments: len(arguments) == 1,
}


def _normalised(name: str, arguments: Arguments) -> Arguments:
    """Ids and texts as strings, so that click(12) is click('12')."""
    return arguments if name in ("scroll", "noop") else tuple(str(value) for value in arguments)
