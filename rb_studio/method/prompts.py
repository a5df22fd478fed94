"""Prompts: text files with a system and a user part, versioned by the hash of their text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rb_studio.records.calls import Message
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import digest
from rb_studio.records.resources import root

_SLOT = re.compile(r"\{\{(\w+)\}\}")
_PART = re.compile(r"^\[(system|user)\][ \t]*\n", re.MULTILINE)

_OF_ATTEMPTS = frozenset(
    ("distill-success", "distill-failure", "workflow", "contrast", "common-pattern", "common-mistake")
)

# Domains whose prompts enter no arm of this one. Web and answer came together and stand in each other's arms.
_OTHER_DOMAINS = {"web": ("swe",), "answer": ("swe",), "swe": ("web", "answer")}


@cache
def shipped() -> Mapping[str, str]:
    """The prompts that come with the program: name (`judge.web`) to text."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((root() / "prompts").glob("*.md"))}


@dataclass(frozen=True)
class PromptSet:
    """The prompts in force: the shipped ones with a workspace's own versions laid over them."""

    texts: Mapping[str, str]

    @classmethod
    def with_overrides(cls, overrides: Mapping[str, str] | None = None) -> "PromptSet":
        return cls({**shipped(), **(overrides or {})})

    def name(self, base: str, domain: str) -> str:
        """The domain's own version of a prompt where there is one: `judge.web`, else `judge`."""
        specific = f"{base}.{domain}"
        if specific in self.texts:
            return specific
        if base in self.texts:
            return base
        raise UsageError(f"there is no prompt {base!r} for {domain} tasks; see `rb-studio prompts WS list`")

    def hash(self, name: str) -> str:
        return digest(self.texts[name])

    def hashes(self, domain: str | None = None) -> dict[str, str]:
        """Every prompt's name and hash; with a domain, as an arm over its tasks records them."""
        others = _OTHER_DOMAINS.get(domain or "", ())
        kept = {name: text for name, text in self.texts.items() if name.partition(".")[2] not in others}
        return {name: digest(text) for name, text in sorted(kept.items())}

    def fill(self, name: str, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages of a prompt with its `{{slots}}` filled; a value is never scanned for slots."""
        parts = _PART.split(self.texts[name])
        if len(parts) == 1:
            return (Message("user", substitute(parts[0], values)),)
        pairs = zip(parts[1::2], parts[2::2], strict=True)
        return tuple(Message(role, substitute(text, values).rstrip("\n")) for role, text in pairs)


def optional_slots(name: str) -> tuple[str, ...]:
    """Slots that a prompt's text may have and the shipped one does not: pages, for whoever wants them distilled too."""
    return ("observations",) if name.partition(".")[0] in _OF_ATTEMPTS else ()


def slots(text: str) -> tuple[str, ...]:
    """Names of the `{{slots}}` of a prompt, in order, each once."""
    return tuple(dict.fromkeys(_SLOT.findall(text)))


def unsent(text: str) -> str:
    """What stands before the first `[system]` or `[user]` line and so is part of no message."""
    parts = _PART.split(text)
    return parts[0].strip() if len(parts) > 1 else ""


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Put values into the slots; a slot without a value becomes empty."""
    return _SLOT.sub(lambda match: values.get(match[1], ""), text)


def packaged(name: str) -> str:
    """The shipped text of a prompt. Raises UsageError for a name that is none."""
    known = shipped()
    if name not in known:
        raise UsageError(f"there is no prompt {name!r}; there are {', '.join(known)}")
    return known[name]


def check(name: str, text: str) -> None:
    """Refuse a text that could not do the prompt's work; the sentence names what is missing.

    Raises
    ------
    UsageError
        The prompt is unknown, a slot of the packaged text is missing, or part of the text would not be sent.
    """
    required = slots(packaged(name))
    if unsent(text):
        raise UsageError(
            f"the text before the first [system] or [user] line of {name} would not be sent: put it under one of them"
        )
    missing = [slot for slot in required if slot not in slots(text)]
    if missing:
        named = ", ".join(f"{{{{{slot}}}}}" for slot in missing)
        raise UsageError(f"the prompt {name} would lose {named}: keep each slot of the packaged text somewhere in it")
    filled = (*required, *optional_slots(name))
    unknown = [slot for slot in slots(text) if slot not in filled]
    if unknown:
        raise UsageError(f"nothing fills {{{{{unknown[0]}}}}} in {name}: it has {', '.join(filled)}")
