"""WebArena's tasks: the raw file, its split into one file per task, or a single task.

The paper's subset leaves out the map site: four single sites, and the tasks over several sites
without map (684 of 812).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rb_studio.environments.registry import runnable
from rb_studio.interchange.tasks.reading import parse_json, read_text
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.task import Grading, Subset, Suite, SuiteContent, Task

SITES = ("shopping", "shopping_admin", "gitlab", "reddit", "map")
_MARKS = frozenset({"sites", "intent", "eval", "intent_template_id", "task_id"})
_SETUP = ("sites", "start_url", "storage_state", "require_login", "require_reset", "geolocation")
_CONFIG = re.compile(r"\d+\.json")


def is_webarena(value: Any) -> bool:
    """Whether a JSON value is a WebArena task or a list that begins with one."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and first.keys() >= _MARKS


def read_folder(path: Path) -> list[Any]:
    """The tasks in a folder of `0.json`, `1.json`, ... or in its `config_files`."""
    folder = path / "config_files" if (path / "config_files").is_dir() else path
    files = [file for file in folder.iterdir() if _CONFIG.fullmatch(file.name)]
    if not files:
        raise UnreadableInput(f"{path} is a folder without WebArena task files (0.json, 1.json, ...); name a task file")
    return [parse_json(read_text(file), str(file)) for file in sorted(files, key=lambda file: int(file.stem))]


def webarena_suite(value: Any, path: Path, name: str) -> SuiteContent:
    """The suite of WebArena tasks, in ascending id; the grading holds each task's `eval` block.

    Raises
    ------
    UnreadableInput
        When an entry lacks a field or an id occurs twice.
    """
    items = sorted(_checked(value if isinstance(value, list) else [value], path), key=lambda item: int(item["task_id"]))
    suite = Suite(name, "browser", "webarena", source=str(path))
    ready, reason = runnable(suite)
    tasks = tuple(_task(item, name) for item in items)
    gradings = tuple(Grading(task.key, "webarena", item["eval"]) for task, item in zip(tasks, items, strict=True))
    return SuiteContent(replace(suite, runnable=ready, reason=reason), tasks, gradings, _subsets(tasks, name))


def _checked(items: Sequence[Any], path: Path) -> list[dict[str, Any]]:
    if not items:
        raise UnreadableInput(f"{path} holds no tasks")
    seen: dict[int, int] = {}
    for number, item in enumerate(items, start=1):
        fault = _fault(item)
        if fault:
            raise UnreadableInput(f"{path} is no complete WebArena file: item {number} {fault}")
        identity = item["task_id"]
        if identity in seen:
            raise UnreadableInput(
                f"{path}: the task_id {identity} of item {number} was already used by item {seen[identity]}"
            )
        seen[identity] = number
    return list(items)


def _fault(item: Any) -> str | None:
    if not isinstance(item, dict):
        return "is no object"
    missing = sorted(_MARKS - item.keys())
    if missing:
        return f"lacks {', '.join(missing)}"
    if type(item["task_id"]) is not int or item["task_id"] < 0:
        return "has a task_id that is no whole number"
    sites = item["sites"]
    if not isinstance(sites, list) or not sites or not all(isinstance(site, str) for site in sites):
        return "has no list of sites"
    return None if isinstance(item["intent"], str) and item["intent"].strip() else "has no intent"


def _task(item: dict[str, Any], name: str) -> Task:
    sites = item["sites"]
    return Task(
        key=f"{name}/{item['task_id']}",
        suite=name,
        ordinal=item["task_id"],
        text=item["intent"].strip(),
        site=sites[0] if len(sites) == 1 else "multi",
        template=None if item["intent_template_id"] is None else str(item["intent_template_id"]),
        setup={key: item[key] for key in _SETUP if key in item},
    )


def _subsets(tasks: Sequence[Task], name: str) -> tuple[Subset, ...]:
    parts: dict[str, Callable[[Task], bool]] = {site: _on_site(site) for site in SITES}
    parts["multi"] = _on_several_without_map
    parts["paper"] = lambda task: _on_several_without_map(task) or task.site in SITES[:-1]
    chosen = {part: tuple(task.ordinal for task in tasks if belongs(task)) for part, belongs in parts.items()}
    return tuple(Subset(f"{name}/{part}", name, ordinals) for part, ordinals in chosen.items() if ordinals)


def _on_site(site: str) -> Callable[[Task], bool]:
    return lambda task: task.site == site


def _on_several_without_map(task: Task) -> bool:
    return task.site == "multi" and "map" not in task.setup["sites"]
