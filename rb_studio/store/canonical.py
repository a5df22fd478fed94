"""Canonical text of results: two results are identical when these lines are equal."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from rb_studio.records.identity import canonical_json
from rb_studio.records.judgement import Selection, Truth, Verdict
from rb_studio.records.memory import Consolidation, Experience, MemoryItem, Retrieval
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.trajectory import Step, Trajectory
from rb_studio.store.outcomes import load_outcomes
from rb_studio.store.runs import RunRow, runs

_DIGITS = 6


def canonical_jsonl(conn: sqlite3.Connection, *, run: int | None = None, sweep: int | None = None) -> str:
    """One JSON object a line, sorted: uids, texts, verdicts and scores; no ids, times or latencies.

    Equal cells of a sweep stand once for each arm that shares them.
    """
    rows = [row for row in runs(conn, sweep=sweep) if run is None or row.id == run]
    return joined(line for row in rows for line in outcome_lines(conn, row).values())


def outcome_lines(conn: sqlite3.Connection, row: RunRow) -> dict[str, str]:
    """The canonical line of each of a run's tasks, by task key."""
    start = {"start": row.start_state, "pass": row.pass_number, "simulated": row.simulated}
    return {one.task_key: canonical_json(start | outcome_json(one)) for one in load_outcomes(conn, row.id)}


def joined(lines: Iterable[str]) -> str:
    """Canonical lines as one text, in an order of their own."""
    return "".join(line + "\n" for line in sorted(lines))


def outcome_json(outcome: TaskOutcome) -> dict[str, Any]:
    """What counts of one task's outcome."""
    return {
        "arm": outcome.arm_hash,
        "task": outcome.task_key,
        "k": outcome.k,
        "rollouts": [_rollout(one, outcome.truths.get(one.uid, ())) for one in outcome.rollouts],
        "retrieval": _retrieval(outcome.retrieval),
        "verdicts": [_verdict(one) for one in outcome.verdicts],
        "selection": _selection(outcome.selection),
        "experience": _experience(outcome.experience),
        "embedding_tokens": outcome.embedding.tokens,
        "notes": list(outcome.notes),
        **_consolidation(outcome.consolidation),
        **_doubts(outcome),
        **({} if outcome.allocation is None else {"allocation": outcome.allocation.to_json()}),
    }


def _rollout(rollout: Trajectory, truths: tuple[Truth, ...]) -> dict[str, Any]:
    return {
        "uid": rollout.uid,
        "index": rollout.rollout_index,
        "seed": rollout.seed,
        "first_observation": rollout.first_observation,
        "steps": [_step(step) for step in rollout.steps],
        "exit": str(rollout.exit_reason),
        "answer": rollout.answer,
        "patch": rollout.patch,
        "memory": rollout.memory_block,
        "passes": list(rollout.passes),
        "truths": [[one.pass_index, one.success, one.reward, one.source, one.detail] for one in truths],
    }


def _step(step: Step) -> dict[str, Any]:
    usage = step.usage
    return {
        "number": step.number,
        "thought": step.thought,
        "reasoning": step.reasoning,
        "actions": [action.text for action in step.actions],
        "observation": step.observation,
        "error": step.error,
        "tokens": None if usage is None else [usage.prompt, usage.completion],
    }


def _retrieval(retrieval: Retrieval | None) -> dict[str, Any] | None:
    if retrieval is None:
        return None
    return {
        "query": retrieval.query,
        "embedder": retrieval.embedder,
        "hits": [[one.uid, one.rank, round(one.score, _DIGITS), list(one.item_uids)] for one in retrieval.hits],
        "near_misses": [[one.uid, round(one.score, _DIGITS), one.reason] for one in retrieval.near_misses],
        "block": retrieval.block,
        **_withheld(retrieval),
    }


def _withheld(retrieval: Retrieval) -> dict[str, Any]:
    """Left out where nothing could be withheld, as in results from before it could be."""
    if retrieval.withhold is None:
        return {}
    return {"withhold": retrieval.withhold, "withheld": [list(one.withheld_uids) for one in retrieval.hits]}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "uid": verdict.uid,
        "rollout": verdict.rollout_uid,
        "status": str(verdict.status),
        "reason": verdict.reason,
        "source": verdict.source,
        "raw": verdict.raw,
        "cited": list(verdict.cited),
        "noisy": verdict.noisy,
    }


def _selection(selection: Selection | None) -> dict[str, Any] | None:
    if selection is None:
        return None
    return {"rollout": selection.rollout_uid, "how": selection.how, "reason": selection.reason, "raw": selection.raw}


def _experience(experience: Experience | None) -> dict[str, Any] | None:
    if experience is None:
        return None
    return {
        "uid": experience.uid,
        "text": experience.task_text,
        "label": experience.label,
        "kind": experience.kind,
        "rollouts": list(experience.rollout_uids),
        "raw": experience.raw,
        "items": [_item(item) for item in experience.items],
    }


def _consolidation(change: Consolidation | None) -> dict[str, Any]:
    """Left out where nothing was consolidated, as in results from before it could be."""
    if change is None:
        return {}
    archived = [[one.uid, one.into, one.reason] for one in change.archived]
    rewritten = [[one.uid, one.title, one.description, one.content] for one in change.rewritten]
    return {"consolidation": [change.policy, archived, rewritten]}


def _doubts(outcome: TaskOutcome) -> dict[str, Any]:
    """Left out where nothing was doubted."""
    found = {uid: [[one.reason, one.value] for one in doubts] for uid, doubts in sorted(outcome.doubts.items())}
    return {"doubts": found} if found else {}


def _item(item: MemoryItem) -> dict[str, Any]:
    sources = [[one.rollout_uid, list(one.steps), one.status] for one in item.sources]
    texts = [item.title, item.description, item.content]
    return {"uid": item.uid, "texts": texts, "polarity": item.polarity, "state": str(item.state), "sources": sources}
