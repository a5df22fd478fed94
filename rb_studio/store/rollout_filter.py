"""Which rollouts are meant, and that as SQL over a rollout `r`, its run's arm `arms` and its task `t`."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rb_studio.records.precedence import HUMAN, JUDGE, Precedence
from rb_studio.records.precedence import TRUTH as TRUTH_OF
from rb_studio.store import step_index
from rb_studio.store.judgement_rows import OWN_STATUS, STANDING, STANDING_JUDGE
from rb_studio.store.rows import dump
from rb_studio.store.runs import source_run
from rb_studio.store.words import like_pattern

FACETS = ("verdict", "truth", "memory", "k", "exit", "model", "cost", "simulated")
NONE = "none"
RUNNING = "running"
# The values of the facet cost, in US dollars: what is known to be nothing, bands by what they stay below, all above.
FREE, MOST_COST = "0", ">=1"
COSTS: Mapping[str, float] = {"<0.01": 0.01, "<0.1": 0.1, "<1": 1.0}


@dataclass(frozen=True, slots=True)
class RolloutFilter:
    """Which rollouts are listed; empty values choose everything.

    Parameters
    ----------
    text
        Words that all have to occur in what identifies a rollout: task, site, template, model, answer, uid.
    in_steps
        A word may occur in a thought or an action as well.
    by_model
        A word may occur in the name of the model.
    facets
        Chosen values by facet, see `FACETS`; a rollout has to have one of each facet's values.
    uids, task_key, run, arm
        Only these rollouts, the rollouts of this task, of this run (an equal cell's run is the one it shares), of the
        arm with this first run.
    """

    text: str = ""
    in_steps: bool = False
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_model: bool = True
    uids: tuple[str, ...] = ()
    task_key: str | None = None
    run: int | None = None
    arm: int | None = None

    @property
    def empty(self) -> bool:
        """True when every rollout is listed."""
        named = self.uids or self.task_key or self.run or self.arm
        return not (self.text.strip() or any(self.facets.values()) or named)


VERDICT = f"""(SELECT {OWN_STATUS} FROM verdict v
  WHERE v.rollout = r.id AND source IN ('human', 'judge') AND v.judging IS NULL AND {STANDING}
  ORDER BY source = 'human' DESC, id DESC LIMIT 1)"""
USED = "(SELECT v.status FROM verdict v WHERE v.rollout = r.id AND v.learned ORDER BY v.id DESC LIMIT 1)"
TRUTH = "(SELECT success FROM truth x WHERE x.rollout = r.id ORDER BY pass_index DESC, id DESC LIMIT 1)"
_SAID = "(SELECT CASE {said} WHEN 'success' THEN 1 WHEN 'failure' THEN 0 END FROM verdict v WHERE v.rollout = r.id "
_LATEST = "ORDER BY v.id DESC LIMIT 1)"
_BY = {
    TRUTH_OF: TRUTH,
    HUMAN: f"{_SAID.format(said='v.status')} AND v.source = 'human' AND {STANDING} {_LATEST}",
    JUDGE: f"{_SAID.format(said=OWN_STATUS)} AND {STANDING_JUDGE} {_LATEST}",
}
STEPS = "(SELECT count(*) FROM step s WHERE s.rollout = r.id)"
COST = "(SELECT CASE WHEN count(*) = count(cost) THEN sum(cost) END FROM step s WHERE s.rollout = r.id)"
TOKENS = """(SELECT CASE WHEN count(*) = count(tokens_prompt + tokens_completion)
  THEN sum(tokens_prompt + tokens_completion) END FROM step s WHERE s.rollout = r.id)"""
SECONDS = "(julianday(r.ended_at) - julianday(r.started_at)) * 86400"
SELECTED = """EXISTS (SELECT 1 FROM selection c
  WHERE c.run = r.run AND c.task_key = r.task_key AND c.rollout_uid = r.uid)"""
FROM = "FROM rollout r JOIN arms ON arms.id = r.run LEFT JOIN task t ON t.key = r.task_key"
ARMS = """arms AS MATERIALIZED (SELECT id, json_extract(arm_config, '$.memory') AS memory,
  json_extract(arm_config, '$.k') AS k, arm_config AS config,
  min(id) OVER (PARTITION BY coalesce(arm, -id)) AS first FROM run)"""
_BANDS = "".join(f" WHEN sum(cost) < {limit} THEN '{name}'" for name, limit in COSTS.items())
_BAND = f"""(SELECT CASE WHEN count(*) > count(cost) OR count(*) = 0 THEN '{NONE}'
  WHEN sum(cost) = 0 THEN '{FREE}'{_BANDS} ELSE '{MOST_COST}' END FROM step s WHERE s.rollout = r.id)"""
FACET_SQL = {
    "verdict": f"coalesce({VERDICT}, '{NONE}')",
    "truth": f"CASE {TRUTH} WHEN 1 THEN 'success' WHEN 0 THEN 'failure' ELSE '{NONE}' END",
    "memory": "coalesce(arms.memory, 'imported')",
    "k": f"coalesce(arms.k, '{NONE}')",
    "exit": f"coalesce(r.exit_reason, '{RUNNING}')",
    "model": f"coalesce(nullif(r.model, ''), '{NONE}')",
    "cost": _BAND,
    "simulated": "CASE r.simulated WHEN 1 THEN 'yes' ELSE 'no' END",
}
# An arm is named by its first run: runs that were imported, which have none, each by itself.
GROUP_SQL = {"arm": "arms.first", "model": FACET_SQL["model"], "memory": FACET_SQL["memory"]}
_NAMED = """coalesce(t.text, r.task_text, '') || ' ' || r.task_key || ' ' || coalesce(t.site, r.task_site, '') || ' '
  || coalesce(t.template, r.task_template, '') || ' ' || coalesce(r.answer, '') || ' ' || r.uid"""


def success_sql(whose: Precedence) -> str:
    """Whether rollout `r` succeeded, by those whose word counts: 1, 0, or NULL where none of them knows."""
    said = [_BY[source] for source in whose.order]
    return said[0] if len(said) == 1 else f"coalesce({', '.join(said)})"


def where_sql(conn: sqlite3.Connection, chosen: RolloutFilter) -> tuple[str, dict[str, Any]]:
    """The SQL condition of everything but the facets."""
    conditions: list[str] = ["1"]
    params: dict[str, Any] = {}
    if chosen.uids:
        conditions.append("r.uid IN (SELECT value FROM json_each(:uids))")
        params["uids"] = dump(chosen.uids)
    if chosen.task_key is not None:
        conditions.append("r.task_key = :task")
        params["task"] = chosen.task_key
    if chosen.run is not None:
        conditions.append("r.run = :run")
        params["run"] = source_run(conn, chosen.run)
    if chosen.arm is not None:
        conditions.append("arms.first = :arm")
        params["arm"] = chosen.arm
    for number, word in enumerate(chosen.text.split()):
        name = f"word{number}"
        params[name] = like_pattern(word)
        named = f"{_NAMED} || ' ' || r.model" if chosen.by_model else _NAMED
        in_name = f"{named} LIKE :{name} ESCAPE '\\'"
        conditions.append(f"({in_name} OR r.id IN ({_in_steps(name, word, params)}))" if chosen.in_steps else in_name)
    return " AND ".join(conditions), params


def facet_conditions(chosen: RolloutFilter, params: dict[str, Any]) -> dict[str, str]:
    """By facet with chosen values, the SQL condition that a rollout has one of them."""
    conditions = {}
    for facet, values in chosen.facets.items():
        if values:
            params[facet] = dump([str(value) for value in values])
            conditions[facet] = f"CAST({FACET_SQL[facet]} AS TEXT) IN (SELECT value FROM json_each(:{facet}))"
    return conditions


def _in_steps(name: str, word: str, params: dict[str, Any]) -> str:
    """A query for rollouts with a word in a thought or action; the index says where to look."""
    there = f"thought || ' ' || actions LIKE :{name} ESCAPE '\\'"
    pieces = step_index.pieces([word])
    if pieces is None:
        return f"SELECT rollout FROM step WHERE {there}"
    params[f"{name}_pieces"] = pieces
    near = f"SELECT rowid FROM {step_index.STEPS}(:{name}_pieces) UNION ALL SELECT step FROM step_waiting"
    return f"SELECT rollout FROM step WHERE id IN ({near}) AND {there}"
