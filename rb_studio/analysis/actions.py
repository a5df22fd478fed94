"""What a step does, the element it acted on, and what its observation reports: read from texts."""

import re
from enum import StrEnum

from rb_studio.records.trajectory import Step


class Kind(StrEnum):
    """The phases a scrub bar tells apart; the value is the word shown."""

    OPEN = "open"
    WRITE = "write"
    READ = "read"
    RUN = "run"
    ANSWER = "answer"
    NOTHING = "no action"


_CALL = re.compile(r"\s*(?P<name>\w+)\s*\(\s*(?:['\"](?P<quoted>[^'\"]{1,80})['\"]|(?P<bare>\d+))?")
_WEB = {
    "click": Kind.OPEN,
    "dblclick": Kind.OPEN,
    "goto": Kind.OPEN,
    "go_back": Kind.OPEN,
    "go_forward": Kind.OPEN,
    "tab_focus": Kind.OPEN,
    "new_tab": Kind.OPEN,
    "tab_close": Kind.OPEN,
    "fill": Kind.WRITE,
    "select_option": Kind.WRITE,
    "check": Kind.WRITE,
    "uncheck": Kind.WRITE,
    "press": Kind.WRITE,
    "keyboard_press": Kind.WRITE,
    "type": Kind.WRITE,
    "clear": Kind.WRITE,
    "scroll": Kind.READ,
    "hover": Kind.READ,
    "noop": Kind.READ,
    "send_msg_to_user": Kind.ANSWER,
    "report_infeasible": Kind.ANSWER,
}
WEB_ACTIONS = frozenset(_WEB)
_ON_ELEMENT = frozenset(
    ("click", "dblclick", "fill", "select_option", "check", "uncheck", "press", "hover", "clear", "focus")
)
_SUBMIT = re.compile(r"COMPLETE_TASK_AND_SUBMIT|MINI_SWE_AGENT_FINAL_OUTPUT|^\s*submit\b")
_EDITING = re.compile(
    r"sed\s+(?:-\w+\s+)*-i|cat\s+(?:<<|>)|(?:^|\s)(?:>>?|tee\s)\s*\S|git\s+(?:apply|checkout|stash|commit)|"
    r"(?:^|[\s;&])(?:patch|mv|cp|rm|mkdir|touch|str_replace|create|insert)\s|\.write\(|apply_patch"
)
_TO_NOWHERE = re.compile(r"[0-9&]?>{1,2}\s*(?:/dev/null|&\d)")
_READING = frozenset(
    (
        "cat",
        "ls",
        "grep",
        "rg",
        "find",
        "head",
        "tail",
        "less",
        "more",
        "sed",
        "awk",
        "wc",
        "tree",
        "pwd",
        "file",
        "stat",
        "view",
        "open",
        "git",
        "diff",
        "nl",
        "which",
        "echo",
    )
)
_LEADING = re.compile(r"(?:cd\s+\S+\s*(?:&&|;)\s*|\s+)*")
_LOOKED_AT = 2_000
_EXIT_CODE = re.compile(r"<returncode>\s*(-?\d+)\s*</returncode>|^\s*exit code:?\s*(-?\d+)", re.IGNORECASE)


def kind_of(step: Step) -> Kind:
    """What a step does, by its last action that says so."""
    kinds = [_kind(action.text) for action in step.actions if action.text.strip()]
    return kinds[-1] if kinds else Kind.NOTHING


def acted_element(action: str) -> str | None:
    """The id of the page element an action is about, None where it is about none."""
    call = _CALL.match(action)
    if call is None or call["name"] not in _ON_ELEMENT:
        return None
    return call["quoted"] or call["bare"]


def element_line(page: str, element: str) -> str | None:
    """How an accessibility page describes an element: `link 'Orders'`."""
    found = re.search(rf"^\s*\[{re.escape(element)}\][ \t]*(.+)$", page, re.MULTILINE)
    return found[1].strip() if found else None


def exit_code(step: Step) -> int | None:
    """The exit code a shell's observation reports, None where there is none."""
    found = _EXIT_CODE.search(step.observation[:400])
    return int(found[1] or found[2]) if found else None


def signs(step: Step) -> str | None:
    """`error` for an action's error, `exit code n` for a command that failed, else None."""
    if step.error:
        return "error"
    code = exit_code(step)
    return f"exit code {code}" if code else None


def _kind(action: str) -> Kind:
    call = _CALL.match(action)
    if call is not None and call["name"] in _WEB:
        return _WEB[call["name"]]
    return _command_kind(action)


def _command_kind(command: str) -> Kind:
    command = command[:_LOOKED_AT]
    if _SUBMIT.search(command):
        return Kind.ANSWER
    if _EDITING.search(_TO_NOWHERE.sub("", command)):
        return Kind.WRITE
    words = command[_end_of_leading(command) :].split(None, 1)
    return Kind.READ if words and words[0] in _READING else Kind.RUN


def _end_of_leading(command: str) -> int:
    leading = _LEADING.match(command)
    return leading.end() if leading else 0
