"""How well a bank is retrieved from, by its labelled tasks; and what retrieving a task's own memory would feign.

What a person labelled stays labelled when it is merged.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_studio.jobs.what_if import ASKED, embedded_bank
from rb_studio.method.retrieve import asked, excluded, scores
from rb_studio.models.protocol import Embedder
from rb_studio.records.memory import Bank, Experience
from rb_studio.records.task import Task
from rb_studio.store.lineage import MERGED
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.relevance import LabelledTask, relevance
from rb_studio.store.temporal import chain, visible

if TYPE_CHECKING:
    from rb_studio.analysis.retrieval_quality import RetrievalQuality
    from rb_studio.records.memory import Vector


@dataclass(frozen=True, slots=True)
class LabelReport:
    """The quality of retrieval by labelled tasks.

    `quality` is by the rules of a run, which never shows a task its own memory; `naive` without that rule: what it
    gains is self-retrieval. `out_of_use` counts labelled items that are not active and so cannot be found.
    """

    quality: "RetrievalQuality"
    naive: "RetrievalQuality"
    tasks: int
    out_of_use: int


def label_report(
    conn: sqlite3.Connection,
    bank_id: int,
    embedder: Embedder,
    *,
    unit: str = "experience",
    exclude_template: bool = False,
    at_operation: int | None = None,
) -> LabelReport:
    """Retrieve for every labelled task of a bank and compare with the labels.

    With the experience as the unit an experience's items follow each other as they would be injected.
    `exclude_template` leaves out what was learned from tasks of the labelled task's template.
    """
    from rb_studio.analysis.retrieval_quality import retrieval_quality

    value = embedded_bank(conn, bank_id, at_operation, embedder, items=unit == "item")
    tasks = relevance(conn, bank_id, at_operation)
    uids = _uids(conn, bank_id, value)
    stands_for = _merged_into(conn, bank_id, at_operation)
    tasks = [replace(task, grades=_of_living(task.grades, stands_for)) for task in tasks]
    found = {str(task.id): {uids[item]: grade for item, grade in task.grades.items() if item in uids} for task in tasks}
    family = {str(task.id): str(task.family) for task in tasks}
    active = [item.uid for one in value.experiences for item in one.active_items]
    sides: list[RetrievalQuality] = []
    ranking = _Ranking(value, unit, exclude_template)
    for own in (False, True):
        ranked = {str(task.id): ranking.of(task, embedder, own) for task in tasks}
        items = {key: one[0] for key, one in ranked.items()}
        values = {key: one[1] for key, one in ranked.items()}
        sides.append(retrieval_quality(items, found, values, items=active, family=family))
    labelled = {item for task in tasks for item in task.grades}
    in_use = {item for item, uid in uids.items() if uid in set(active)}
    return LabelReport(sides[0], sides[1], len(tasks), len(labelled - in_use))


class _Ranking:
    """Everything that can be a hit, ranked for one task after the other as `method.retrieve` does."""

    def __init__(self, bank: Bank, unit: str, exclude_template: bool) -> None:
        self._exclude_template = exclude_template
        self._hits: list[tuple[Experience, tuple[str, ...]]] = []
        vectors: list[Vector] = []
        for one in bank.experiences:
            active = tuple(item.uid for item in one.active_items)
            parts = [(uid,) for uid in active] if unit == "item" else [active] if active else []
            for part in parts:
                vector = bank.item_vectors.get(part[0]) if unit == "item" else bank.vectors.get(one.uid)
                if vector is not None:
                    self._hits.append((one, part))
                    vectors.append(vector)
        self._vectors = vectors

    def of(self, labelled: LabelledTask, embedder: Embedder, own: bool) -> tuple[Sequence[str], Sequence[float]]:
        """Items of a task, best first, and the scores of the hits; its `own` memory too where wanted."""
        if not self._hits:
            return (), ()
        task = Task(ASKED, "", 0, labelled.text, None, labelled.template)
        values = scores(self._vectors, embedder.embed([asked(task, embedder)])[0]).tolist()
        pairs = zip(self._hits, values, strict=True)
        order = sorted(pairs, key=lambda pair: (-pair[1], pair[0][0].task_key))
        kept = [
            (uids, score)
            for (one, uids), score in order
            if own or excluded(one, task, self._exclude_template, "global") is None
        ]
        return [uid for uids, _ in kept for uid in uids], [score for _, score in kept]


def _merged_into(conn: sqlite3.Connection, bank_id: int, at_operation: int | None) -> dict[int, int]:
    """Which item a merged one went into."""
    query, params = visible("item_lineage", chain(conn, bank_id, at_operation))
    rows = conn.execute(f"SELECT item, other FROM ({query}) WHERE kind = ?", [*params, MERGED])
    return {row[0]: row[1] for row in rows}


def _of_living(grades: Mapping[int, int], stands_for: Mapping[int, int]) -> dict[int, int]:
    """A merged item's grade goes over to what it was merged into; of several the highest."""
    found: dict[int, int] = {}
    for item, grade in grades.items():
        seen = {item}
        while (item := stands_for.get(item, item)) not in seen:
            seen.add(item)
        found[item] = max(grade, found.get(item, 0))
    return found


def _uids(conn: sqlite3.Connection, bank_id: int, bank: Bank) -> dict[int, str]:
    """Uids of the bank's items by row id."""
    uids = [item.uid for one in bank.experiences for item in one.items]
    return {row: uid for uid, row in row_ids(conn, "memory_item", chain(conn, bank_id), uids).items()}
