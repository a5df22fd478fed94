"""Choosing stored trajectories by a short text: `run:3 site:gitlab refund`."""

from dataclasses import dataclass

from rb_studio.records.errors import UsageError
from rb_studio.records.task import Task
from rb_studio.store.rollouts import RolloutRow

FIELDS = ("run", "sweep", "suite", "task", "template", "site", "source")


@dataclass(frozen=True, slots=True)
class RolloutQuery:
    """Every given part must hold; `words` each stand in the task's key or text. None takes all."""

    run: int | None = None
    sweep: int | None = None
    suite: str | None = None
    task: str | None = None
    template: str | None = None
    site: str | None = None
    source: str | None = None
    words: tuple[str, ...] = ()

    def takes(self, row: RolloutRow, task: Task) -> bool:
        """Whether a rollout is meant; run and sweep are left to the store."""
        wanted = ((self.suite, task.suite), (self.task, row.task_key), (self.template, row.template))
        if any(given is not None and given != found for given, found in wanted):
            return False
        if self.site is not None and self.site != row.site:
            return False
        if self.source is not None and self.source.lower() not in row.source.lower():
            return False
        text = f"{row.task_key} {task.text}".lower()
        return all(word.lower() in text for word in self.words)


def parse_query(text: str) -> RolloutQuery:
    """Read `FIELD:VALUE` parts and words; raises UsageError for an unknown field or a number that is none."""
    parts: dict[str, str] = {}
    words: list[str] = []
    for part in text.split():
        name, colon, value = part.partition(":")
        if not colon or not value:
            words.append(part)
        elif name not in FIELDS:
            raise UsageError(f"a query has no field {name!r}; give {', '.join(FIELDS)} or words of the task")
        else:
            parts[name] = value
    numbers = {name: _number(name, parts.pop(name)) for name in ("run", "sweep") if name in parts}
    return RolloutQuery(**numbers, **parts, words=tuple(words))  # type: ignore[arg-type]


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise UsageError(f"{name}:{text} names no {name}; give its number")
    return int(text)
