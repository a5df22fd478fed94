"""How the practice model reads what it is sent: goal, own past steps, current page; rendered attempts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rb_studio.records.calls import Message

_GOAL = re.compile(r"(?:^|\n)[ \t]*Goal:\s*((?:(?!\n[ \t]*Goal:).)*)", re.DOTALL)
_RESULT = re.compile(r"^\s*Result:\s*(ok|error:?\s*(.*))", re.IGNORECASE)
_PAGE = "Current page:\n"
_TAGS = re.compile(r"<think>(.*?)</think>\s*<action>(.*?)</action>", re.DOTALL)
_NOTES = re.compile(r"(?:^|\n)Notes:(.*)$", re.DOTALL)
_STEP = re.compile(r"^\[step (\d+)\] Thought: ?", re.MULTILINE)


@dataclass(slots=True)
class Past:
    """One earlier step of the model's own."""

    thought: str
    action: str
    error: str = ""


@dataclass(slots=True)
class Talk:
    """An acting conversation. `past` holds the steps since the model was last asked to look again."""

    prompt: str
    goal: str
    past: list[Past] = field(default_factory=list)
    page: str = ""
    reviews: int = 0
    steps: int = 0
    kept: dict[str, str] = field(default_factory=dict)

    def notes(self) -> dict[str, str]:
        """What the model wrote down for itself, later notes over earlier ones."""
        notes = dict(self.kept)
        for past in self.past:
            notes.update(read_notes(past.thought))
        return notes


def read_talk(messages: Sequence[Message], lasting: Sequence[str]) -> Talk:
    """Read an acting conversation; a message that is neither result nor page asks to look again.

    Parameters
    ----------
    messages
        As the agent loop sends them.
    lasting
        Names of notes that stay valid when the model is asked to look again.
    """
    opening, goal, start = _opening(messages)
    talk = Talk(opening, goal)
    for message in messages[start:]:
        if message.role == "assistant":
            talk.past.append(read_step(message.content))
            talk.steps += 1
        else:
            _read_user(talk, message.content, lasting)
    return talk


def _opening(messages: Sequence[Message]) -> tuple[str, str, int]:
    """Instructions, goal, and where the steps begin; instructions and goal may stand in one message."""
    first = messages[0].content if messages else ""
    for index, message in enumerate(messages[:3]):
        found = list(_GOAL.finditer(message.content)) if message.role == "user" else []
        if found:
            goal = found[-1 if index == 0 else 0]
            return (first[: goal.start()] if index == 0 else first), goal[1].strip(), index + 1
    return first, "", min(1, len(messages))


def _read_user(talk: Talk, text: str, lasting: Sequence[str]) -> None:
    before, mark, page = text.partition(_PAGE)
    if mark:
        talk.page = page
    result = _RESULT.match(before)
    if result:
        if talk.past and result[2]:
            talk.past[-1].error = result[2].strip()
    elif talk.past and _asks_again(before, bool(mark), talk.past[-1]):
        notes = talk.notes()
        talk.kept = {name: notes[name] for name in lasting if name in notes}
        talk.past.clear()
        talk.reviews += 1


def _asks_again(text: str, before_page: bool, last: Past) -> bool:
    """Whether a message asks to look again; words above a page do so only after a final message."""
    if not text.strip() or "left out]" in text:
        return False
    return not before_page or last.action.startswith("send_msg_to_user")


@lru_cache(maxsize=4096)
def _tagged(text: str) -> tuple[str, str]:
    found = _TAGS.search(text)
    return (found[1].strip(), found[2].strip()) if found else (text, "")


def read_step(text: str) -> Past:
    """Thought and action of a reply."""
    return Past(*_tagged(text))


@lru_cache(maxsize=4096)
def _note_pairs(thought: str) -> tuple[tuple[str, str], ...]:
    found = _NOTES.search(thought)
    if not found:
        return ()
    parts = [part.partition("=") for part in found[1].split(";")]
    return tuple((name.strip(), value.strip()) for name, mark, value in parts if mark)


def read_notes(thought: str) -> dict[str, str]:
    """The notes at the end of a thought, as `name=value; name=value`."""
    return dict(_note_pairs(thought))


def write_notes(notes: dict[str, str]) -> str:
    """Notes as a line a later turn can read; separators inside values are replaced."""
    pairs = [f"{name}={value.replace(';', ',').replace(chr(10), ' ')}" for name, value in notes.items()]
    return f"\nNotes: {'; '.join(pairs)}" if pairs else ""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as judge, distiller and selector see it; `said` is the thought without its notes."""

    number: int
    said: str
    notes: str
    action: str
    error: str


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """One of several attempts; `outcome` is empty where it is not told."""

    number: int
    outcome: str
    reason: str
    steps: tuple[ShownStep, ...]
    final: str


def read_steps(text: str) -> tuple[ShownStep, ...]:
    """Steps out of the rendered form `[step 3] Thought: …`, `Action: …`, `Error: …`."""
    return tuple(_shown(int(mark[1]), body) for mark, body in _parts(_STEP, text))


def _parts(opening: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Openings with what follows each of them up to the next."""
    marks = list(opening.finditer(text))
    ends = [mark.start() for mark in marks[1:]]
    for index, mark in enumerate(marks):
        yield mark, text[mark.end() : ends[index] if index < len(ends) else len(text)]


def _shown(number: int, body: str) -> ShownStep:
    thought, _, rest = body.partition("\nAction:")
    action, _, error = rest.partition("\nError:")
    notes = _NOTES.search(thought)
    said = thought[: notes.start()] if notes else thought
    action = action.partition("\n\nFinal message:")[0].partition("\n\n[pass ")[0]
    return ShownStep(number, said.strip(), notes[1] if notes else "", action.strip(), error.partition("\n")[0].strip())


_ATTEMPT = re.compile(r"^## Attempt (\d+)(?: *[-–—:]+ *outcome: *(\w+))?[^\n]*$", re.MULTILINE | re.IGNORECASE)
_REASON = re.compile(r"^Reviewer's reason: ?(.*?)(?=\n\n|\n\[step|\Z)", re.MULTILINE | re.DOTALL)
_FINAL = re.compile(r"^Final message: ?(.*)\Z", re.MULTILINE | re.DOTALL)


def read_attempts(text: str) -> tuple[ShownAttempt, ...]:
    """Attempts out of the rendered form `## Attempt 2 - outcome: success`."""
    attempts = []
    for mark, body in _parts(_ATTEMPT, text):
        reason, final = _REASON.search(body), _FINAL.search(body)
        attempts.append(
            ShownAttempt(
                number=int(mark[1]),
                outcome=(mark[2] or "").lower(),
                reason=reason[1].strip() if reason else "",
                steps=read_steps(body),
                final=final[1].strip() if final else "",
            )
        )
    return tuple(attempts)


def part(text: str, name: str, *until: str) -> str:
    """What stands after the heading `name`, up to the first of the later headings."""
    start = text.find(name)
    if start < 0:
        return ""
    start += len(name)
    ends = [end for end in (text.find(mark, start) for mark in until) if end >= 0]
    return text[start : min(ends, default=len(text))].strip()
