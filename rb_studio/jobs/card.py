"""Experiment cards: everything needed to run an experiment again elsewhere, and what came out of it."""

import json
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rb_studio import __version__
from rb_studio.analysis.arm_metrics import task_figures
from rb_studio.analysis.bootstrap import mean_intervals
from rb_studio.interchange.atomic import writing
from rb_studio.interchange.memory_jsonl import MemoryExport, write_memories
from rb_studio.jobs.plan import is_built_in
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.results import asked_for, metric_rows, results_of, run_metrics, run_rows
from rb_studio.method.prompts import shipped
from rb_studio.models.redact import redact
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.identity import digest
from rb_studio.store import banks, prompts, rollouts, runs, suites
from rb_studio.store.canonical import joined, outcome_lines

KIND = "experiment card"
VERSION = 1
RATES = {"pass_at_1": "first", "best_of_k": "best", "pass_at_k": "any"}
SHORT = 12  # hexadecimal digits of a task's fingerprint
_NEEDED = ("suite", "tasks", "models", "prompts", "request", "arms")


def sweep_card(conn: sqlite3.Connection, sweep: int | None = None) -> dict[str, Any]:
    """The card of a finished sweep, of the newest one unless named. Raises UsageError."""
    known = [row.id for row in runs.sweeps(conn)]
    if sweep is None and not known:
        raise UsageError("there is no sweep to make a card of: run one, or name a single run with --run N")
    chosen = runs.sweep(conn, known[-1] if sweep is None else sweep)
    if chosen is None:
        raise UsageError(
            f"there is no sweep {sweep} in this workspace; it holds {', '.join(map(str, known)) or 'none'}"
        )
    return _card(conn, dict(chosen.config), runs.runs(conn, sweep=chosen.id))


def run_card(conn: sqlite3.Connection, run: int) -> dict[str, Any]:
    """The card of one run, asked for as a sweep of a single arm. Raises UsageError."""
    row = runs.run(conn, run)
    if row.arm is None or "request" not in row.config:
        raise UsageError(f"run {run} was imported, so nothing here can run it again: choose a run of this workspace")
    if row.arm.repeat:
        raise UsageError(
            f"run {run} repeats an earlier run, which its rollouts' names carry: make the card of the first such run"
        )
    asked = RunRequest.from_json(row.config["request"])
    start = None if row.arm.start == "empty" else row.arm.start.rpartition("@")[0]
    request = SweepRequest(asked, (asked.memory,), (asked.scaling,), (asked.k,), (asked.seed,), start)
    return _card(conn, request.to_json(), [row])


def write_card(card: Mapping[str, Any], target: Path) -> int:
    """Write a card and return the number of its arms. Raises CannotWrite."""
    with writing(target) as file:
        json.dump(card, file, indent=1, ensure_ascii=False)
        file.write("\n")
    return len(card["arms"])


def read_card(path: Path) -> dict[str, Any]:
    """A card from its file, checked. Raises UnreadableInput for what is none, or one of another version."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableInput(f"{path} cannot be read ({error.strerror or error}); check the name.") from error
    except ValueError as error:
        raise UnreadableInput(f"{path} is no JSON file ({error}); export the card again.") from error
    if not isinstance(card, dict) or card.get("rb_studio") != KIND:
        raise UnreadableInput(f"{path} is no experiment card; `rb-studio export WS card -o FILE` makes one.")
    _refuse_other_version(card, path)
    missing = [name for name in _NEEDED if name not in card]
    if missing:
        raise UnreadableInput(f"{path} lacks {', '.join(missing)}; export the card again.")
    from rb_studio.jobs.card_form import fault

    if (wrong := fault(card)) is not None:
        raise UnreadableInput(f"{path} is not as a card has to be ({wrong}); export the card again.")
    return card


def _refuse_other_version(card: Mapping[str, Any], path: Path) -> None:
    version = card.get("version")
    if version == VERSION:
        return
    made_with = card.get("made_with")
    by = made_with.get("rb_studio", "?") if isinstance(made_with, dict) else "?"
    if isinstance(version, int) and version > VERSION:
        raise UnreadableInput(f"{path} is of a newer form ({version}, by rb_studio {by}); update rb_studio to read it.")
    raise UnreadableInput(
        f"{path} is of an older form ({version}, by rb_studio {by}) that this version does not read; "
        "export the card again from its workspace, or reproduce it with that version."
    )


def _card(conn: sqlite3.Connection, request: dict[str, Any], rows: Sequence[runs.RunRow]) -> dict[str, Any]:
    """A card of these runs; every text of it is free of keys."""
    unfinished = [row.id for row in rows if row.status != "finished"]
    if unfinished:
        raise UsageError(f"run {unfinished[0]} is not finished: let it come to its end, then make the card")
    arms = [row.arm for row in rows if row.arm is not None]
    order = _order(conn, rows)
    suite = suites.suite(conn, arms[0].suite).suite
    card: dict[str, Any] = {
        "rb_studio": KIND,
        "version": VERSION,
        "made_with": _versions(),
        "simulated": any(row.simulated for row in rows),
        "suite": {
            "name": arms[0].suite,
            "hash": arms[0].suite_hash,
            "environment": suite.environment,
            "grader": suite.grader,
            "built_in": is_built_in(arms[0].suite),
        },
        "tasks": order,
        "seeds": sorted({arm.seed for arm in arms}),
        "models": {role: name for arm in arms for role, name in sorted(arm.models.items())},
        "settings": _settings(conn, rows),
        "limits": asdict(arms[0].limits),
        "prompts": _prompts(conn, {name: found for arm in arms for name, found in arm.prompts.items()}),
        "start": _start(conn, rows),
        "request": request,
        "arms": [_arm(conn, row, order, rows) for row in rows],
    }
    clean: dict[str, Any] = _clean(card)
    return clean | {"hash": digest("".join(arm["hash"] + arm["canonical"] for arm in card["arms"]))}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _clean(part) for name, part in value.items()}
    return [_clean(part) for part in value] if isinstance(value, (list, tuple)) else value


def _versions() -> dict[str, str]:
    return {
        "rb_studio": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "sqlite": sqlite3.sqlite_version,
        "system": sys.platform,
    }


def _order(conn: sqlite3.Connection, rows: Iterable[runs.RunRow]) -> list[str]:
    """Keys of all tasks that were done, as the suite lists them."""
    keys = {task.task_key for row in rows for task in rollouts.task_rows(conn, run=results_of(row))}
    found = [suites.task(conn, key) for key in sorted(keys)]
    return [task.key for task in sorted((one for one in found if one), key=lambda one: one.ordinal)]


def _settings(conn: sqlite3.Connection, rows: Iterable[runs.RunRow]) -> dict[str, dict[str, Any]]:
    """What each role was asked with, from the requests as they were sent."""
    found: dict[str, dict[str, Any]] = {}
    query = (
        "SELECT DISTINCT role, json_extract(request, '$.temperature'), json_extract(request, '$.max_tokens') "
        "FROM llm_call WHERE run = ? ORDER BY role"
    )
    for row in rows:
        for role, temperature, most in conn.execute(query, (results_of(row),)):
            found.setdefault(role, {"temperature": temperature, "max_tokens": most})
    return found


def _prompts(conn: sqlite3.Connection, hashes: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Every prompt's hash and text: what is packaged today may be another text in a later version."""
    packaged = {digest(text): text for text in shipped().values()}
    found = {}
    for name, hashed in sorted(hashes.items()):
        version = prompts.prompt_by_hash(conn, hashed)
        text = packaged.get(hashed) if version is None else version.text
        found[name] = {"hash": hashed} | ({} if text is None else {"text": text})
    return found


def _start(conn: sqlite3.Connection, rows: Sequence[runs.RunRow]) -> dict[str, Any] | None:
    """The bank that arms started from, with its experiences and items as lines of our own memory file."""
    row = next((one for one in rows if one.arm is not None and one.arm.start != "empty"), None)
    if row is None or row.arm is None or row.bank is None:
        return None
    name, _, short = row.arm.start.rpartition("@")
    bank, operation = _point(conn, row)
    if not banks.bank_hash(conn, bank, at_operation=operation).startswith(short):
        raise UsageError(f"the bank {name} as run {row.id} found it can no longer be told from what was learned since")
    value = banks.bank_value(conn, bank, at_operation=operation, embedder="")
    whole = banks.bank_hash(conn, bank, at_operation=operation)
    return {"bank": name, "mode": value.mode, "hash": whole, "lines": _lines(MemoryExport(value.experiences))}


def _point(conn: sqlite3.Connection, row: runs.RunRow) -> tuple[int, int | None]:
    """Bank and operation a run started from: a frozen bank as of then, a fork's parent, or before its first lesson."""
    assert row.bank is not None
    if row.config.get("at_operation") is not None:
        return row.bank, int(row.config["at_operation"])
    own = banks.bank(conn, row.bank)
    if own.parent_bank is not None:
        return own.parent_bank, own.parent_op
    first = conn.execute("SELECT min(op) FROM experience WHERE run = ? AND bank = ?", (row.id, row.bank)).fetchone()[0]
    return row.bank, None if first is None else int(first) - 1


def _lines(export: MemoryExport) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bank.jsonl"
        write_memories(export, path)
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _arm(
    conn: sqlite3.Connection, row: runs.RunRow, order: Sequence[str], rows: Sequence[runs.RunRow]
) -> dict[str, Any]:
    """One arm: what it was, its figures with intervals, and the fingerprints of its results."""
    assert row.arm is not None
    asked = asked_for(row)
    lines = outcome_lines(conn, row)
    twin = next((place for place, one in enumerate(rows) if one.id == row.shared_with), None)
    config = {name: value for name, value in row.arm.to_json().items() if name != "prompts"}
    return {
        **{name: asked[name] for name in ("memory", "scaling", "k", "allocation", "seed")},
        "hash": row.arm.hash,
        "shared_with": twin,
        "start_state": row.start_state,
        "config": config,
        "metrics": _metrics(conn, row),
        "canonical": digest(joined(lines.values())),
        "tasks": [digest(lines[key])[:SHORT] if key in lines else None for key in order],
    }


def _metrics(conn: sqlite3.Connection, row: runs.RunRow) -> dict[str, Any]:
    """Rates with n and 95 % intervals over tasks, and the plain figures beside them."""
    read = run_rows(conn, row)
    figures = task_figures(metric_rows(read.rows, read.tasks))
    values = [[_number(getattr(one, name)) for name in RATES.values()] for one in figures.values()]
    table = np.array(values, np.float64).reshape(len(values), len(RATES))
    means, lows, highs = mean_intervals(table)
    known = (~np.isnan(table)).sum(0)
    rates = {
        name: {"n": int(n), "value": _plain(mean), "low": _plain(low), "high": _plain(high)}
        for name, n, mean, low, high in zip(RATES, known, means, lows, highs, strict=True)
    }
    whole = run_metrics(read)
    plain = ("tasks", "invalid", "judged_success", "mean_rollouts", "mean_steps", "fixes", "regressions", "cost")
    return {**rates, **{name: getattr(whole, name) for name in plain}, "tokens": dict(whole.tokens)}


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)
