"""The two big queries of `rollouts`: a rollout in one line, a task in one line."""

from rb_studio.store.judgement_rows import OWN_STATUS, STANDING, STANDING_JUDGE

# A sum is unknown as soon as one part of it is; calls that failed before any usage was counted are no part of it.
_COUNTED = "NOT (c.failure IS NOT NULL AND c.tokens_prompt IS NULL AND c.tokens_completion IS NULL)"
_TOKENS = "c.tokens_prompt + c.tokens_completion"
# What a run's arm merges by, read once a run: an arm is long, and its calls are many.
MERGING = "merging AS MATERIALIZED (SELECT id, json_extract(arm_config, '$.prompts.merge') AS prompt FROM run WHERE {})"
# Whether call c of run `merging` consolidates: calls from before phases were kept are known by their prompt.
CONSOLIDATES = (
    "coalesce(CASE WHEN length(c.extra) > 2 THEN json_extract(c.extra, '$.phase') END = 'consolidate', "
    "c.role = 'distiller' AND c.prompt_hash = merging.prompt, 0)"
)


def _known_sum(value: str, condition: str) -> str:
    """SQL for a sum over the calls that is NULL when a part of it is unknown, and 0 over none."""
    return (
        f"CASE WHEN coalesce(sum({condition}), 0) = coalesce(sum({condition} AND {value} IS NOT NULL), 0) "
        f"THEN coalesce(sum(CASE WHEN {condition} THEN {value} END), 0) END"
    )


ROLLOUTS = f"""
WITH used AS (
  SELECT c.run, c.rollout_uid, {_known_sum(_TOKENS, "c.role = 'actor'")} AS act,
    {_known_sum(_TOKENS, "c.role = 'judge'")} AS judge, {_known_sum(_TOKENS, "c.role = 'grader'")} AS grade,
    {_known_sum("c.cost", "1")} AS cost, count(*) AS calls
  FROM llm_call c LEFT JOIN rollout r ON r.run = c.run AND r.uid = c.rollout_uid
  LEFT JOIN outcome o ON o.run = r.run AND o.task_key = r.task_key LEFT JOIN run ON run.id = c.run
  WHERE c.rollout_uid IS NOT NULL AND {_COUNTED} AND {{where}} GROUP BY c.run, c.rollout_uid
)
SELECT r.*, o.valid AS task_valid, run.arm, run.sweep, run.name AS run_name, run.foreign_key,
  coalesce(t.template, r.task_template) AS template, coalesce(t.site, r.task_site) AS site,
  (SELECT success FROM truth x WHERE x.rollout = r.id ORDER BY pass_index DESC, id DESC LIMIT 1) AS truth,
  (SELECT report_only FROM truth x WHERE x.rollout = r.id ORDER BY pass_index DESC, id DESC LIMIT 1) AS report_only,
  (SELECT success FROM truth x WHERE x.rollout = r.id ORDER BY pass_index, id LIMIT 1) AS first_truth,
  (SELECT max(success) FROM truth x WHERE x.rollout = r.id) AS any_truth,
  (SELECT count(*) - count(success) FROM truth x WHERE x.rollout = r.id) AS unknown_truths,
  CASE WHEN json_array_length(r.passes) > 1 AND (SELECT max(pass_index) FROM truth x WHERE x.rollout = r.id) > 0 THEN
    (SELECT json_group_array(success) FROM (SELECT success, max(id) FROM truth x WHERE x.rollout = r.id
      GROUP BY pass_index ORDER BY pass_index)) END AS truths,
  (SELECT reward FROM truth x WHERE x.rollout = r.id ORDER BY pass_index DESC, id DESC LIMIT 1) AS reward,
  (SELECT {OWN_STATUS} FROM verdict v WHERE v.rollout = r.id AND {STANDING_JUDGE}
    ORDER BY id DESC LIMIT 1) AS judged,
  (SELECT status FROM verdict v WHERE v.rollout = r.id AND source = 'human' AND {STANDING}
    ORDER BY id DESC LIMIT 1) AS human,
  (SELECT status FROM verdict v WHERE v.rollout = r.id AND learned ORDER BY id DESC LIMIT 1) AS label,
  EXISTS (SELECT 1 FROM selection s WHERE s.run = r.run AND s.task_key = r.task_key AND s.rollout_uid = r.uid)
    AS selected,
  (SELECT count(*) FROM step WHERE rollout = r.id) AS steps,
  CASE WHEN used.calls THEN used.act ELSE (SELECT CASE WHEN count(*) = count(tokens_prompt + tokens_completion)
    THEN sum(tokens_prompt + tokens_completion) END FROM step WHERE rollout = r.id) END AS tokens_act,
  used.judge AS tokens_judge, used.grade AS tokens_grade,
  CASE WHEN used.calls THEN used.cost ELSE (SELECT CASE WHEN count(*) = count(cost) THEN sum(cost) END
    FROM step WHERE rollout = r.id) END AS cost,
  (julianday(r.ended_at) - julianday(r.started_at)) * 86400 AS seconds
FROM rollout r JOIN run ON run.id = r.run
LEFT JOIN outcome o ON o.run = r.run AND o.task_key = r.task_key
LEFT JOIN task t ON t.key = r.task_key
LEFT JOIN used ON used.run = r.run AND used.rollout_uid = r.uid
WHERE {{where}} ORDER BY r.run, o.id, r.task_key, r.rollout_index, r.id
"""

TASKS = f"""
WITH {MERGING.format("id IN (SELECT o.run FROM outcome o JOIN run ON run.id = o.run WHERE {where})")}
SELECT o.*, e.uid AS experience_uid, row_number() OVER (PARTITION BY o.run ORDER BY o.id) AS ordinal,
  (SELECT count(*) FROM memory_item i JOIN item_version v ON v.item = i.id
    WHERE i.experience = o.experience AND v.op_from <= o.operation AND v.number = 1) AS items,
  (SELECT {_known_sum(_TOKENS, f"c.role = 'selector' AND NOT {CONSOLIDATES}")} FROM llm_call c
    WHERE c.run = o.run AND c.task_key = o.task_key AND {_COUNTED}) AS tokens_select,
  (SELECT {_known_sum(_TOKENS, f"c.role = 'distiller' AND NOT {CONSOLIDATES}")} FROM llm_call c
    WHERE c.run = o.run AND c.task_key = o.task_key AND {_COUNTED}) AS tokens_distill,
  (SELECT {_known_sum(_TOKENS, CONSOLIDATES)} FROM llm_call c
    WHERE c.run = o.run AND c.task_key = o.task_key AND c.rollout_uid IS NULL AND {_COUNTED}) AS tokens_consolidate,
  (SELECT {_known_sum("c.cost", "1")} FROM llm_call c
    WHERE c.run = o.run AND c.task_key = o.task_key AND c.rollout_uid IS NULL AND {_COUNTED}) AS cost
FROM outcome o JOIN run ON run.id = o.run JOIN merging ON merging.id = run.id
LEFT JOIN experience e ON e.id = o.experience
WHERE {{where}} ORDER BY o.id
"""
