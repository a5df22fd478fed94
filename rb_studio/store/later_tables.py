"""What later formats of a workspace added to its tables, as SQL: each is what brings a file to the next one."""

from rb_studio.store.step_tables import STEP_TEXTS
from rb_studio.store.tables import ANNOTATED, CURATED, validity

# The uid of the rollout that was played when this one only takes over its result.
SAME_DRAW = "ALTER TABLE rollout ADD COLUMN same_as TEXT;"

# What a task was given and why, where an allocation decided it.
ALLOCATION = "ALTER TABLE outcome ADD COLUMN allocation TEXT;"

# What curating needs beside the bank itself: what is open now without walking its history; snapshots taken before a
# bulk act; why a new item is doubted; what a hold-out kept back; paired experiments; labelled pairs of task and item,
# stages and names of themes; what once stood under a uid that was erased.
CURATION = """
CREATE INDEX item_state_open ON item_state(bank, item, state, op_to) WHERE op_to IS NULL;
CREATE INDEX item_version_open ON item_version(bank, item, number, op_to) WHERE op_to IS NULL;
CREATE INDEX item_tag_open ON item_tag(bank, tag, item, present, op_to) WHERE op_to IS NULL;
CREATE INDEX item_lineage_other ON item_lineage(other);
ALTER TABLE snapshot ADD COLUMN automatic INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshot ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE saved_filter ADD COLUMN shown TEXT NOT NULL DEFAULT '{}';
CREATE TABLE item_doubt (
  item INTEGER NOT NULL REFERENCES memory_item(id), reason TEXT NOT NULL, value REAL, PRIMARY KEY (item, reason)
) STRICT, WITHOUT ROWID;
ALTER TABLE retrieval_event ADD COLUMN withhold REAL;
CREATE TABLE retrieval_withheld (
  pair INTEGER NOT NULL REFERENCES retrieval_pair(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  item_uid TEXT NOT NULL, PRIMARY KEY (pair, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX retrieval_withheld_uid ON retrieval_withheld(item_uid);
CREATE TABLE experiment (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, bank INTEGER NOT NULL REFERENCES bank(id), before_op INTEGER NOT NULL,
  after_op INTEGER NOT NULL, items TEXT NOT NULL, request TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
CREATE TABLE experiment_run (
  experiment INTEGER NOT NULL REFERENCES experiment(id), side TEXT NOT NULL, seed INTEGER NOT NULL,
  run INTEGER NOT NULL REFERENCES run(id), PRIMARY KEY (experiment, side, seed)
) STRICT, WITHOUT ROWID;
CREATE TABLE labelled_task (
  id INTEGER PRIMARY KEY, text TEXT NOT NULL, text_hash BLOB NOT NULL UNIQUE, template TEXT,
  paraphrase_of INTEGER REFERENCES labelled_task(id)
) STRICT;
CREATE TABLE relevance (
  item INTEGER NOT NULL REFERENCES memory_item(id), bank INTEGER NOT NULL REFERENCES bank(id),
  task INTEGER NOT NULL REFERENCES labelled_task(id), grade INTEGER NOT NULL,
  op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER, PRIMARY KEY (item, bank, task, op_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE item_stage (
  item INTEGER NOT NULL REFERENCES memory_item(id), bank INTEGER NOT NULL REFERENCES bank(id), who TEXT NOT NULL,
  stage TEXT NOT NULL, op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER,
  PRIMARY KEY (item, bank, who, op_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE theme_name (
  item INTEGER NOT NULL REFERENCES memory_item(id), bank INTEGER NOT NULL REFERENCES bank(id), name TEXT NOT NULL,
  op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER, PRIMARY KEY (item, bank, op_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE erased (
  bank INTEGER NOT NULL REFERENCES bank(id), uid TEXT NOT NULL, op INTEGER NOT NULL REFERENCES operation(id),
  PRIMARY KEY (bank, uid)
) STRICT, WITHOUT ROWID;
""" + validity(CURATED)

# What reading trajectories needs: notes with every version they had, in place of a table that no version wrote to;
# continuations from the middle of a rollout; an index of what stands in steps.
NOTES = """
DROP TABLE annotation;
CREATE TABLE annotation (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, rollout_uid TEXT NOT NULL, part TEXT NOT NULL, step_key TEXT,
  step_number INTEGER, span_start INTEGER, span_end INTEGER, quote TEXT NOT NULL DEFAULT '',
  around TEXT NOT NULL DEFAULT '', who TEXT NOT NULL, at TEXT NOT NULL, origin TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX annotation_rollout ON annotation(rollout_uid);
CREATE TABLE annotation_version (
  id INTEGER PRIMARY KEY, annotation INTEGER NOT NULL REFERENCES annotation(id), version TEXT NOT NULL,
  kind TEXT NOT NULL, label_set TEXT NOT NULL DEFAULT '', label TEXT NOT NULL DEFAULT '',
  comment TEXT NOT NULL DEFAULT '', rating INTEGER, who TEXT NOT NULL, at TEXT NOT NULL,
  op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER, UNIQUE (annotation, version, op_from)
) STRICT;
"""
FORKS = """
ALTER TABLE run ADD COLUMN purpose TEXT NOT NULL DEFAULT 'arm';
ALTER TABLE rollout ADD COLUMN forked_from TEXT;
ALTER TABLE rollout ADD COLUMN forked_step INTEGER;
CREATE INDEX rollout_forked ON rollout(forked_from) WHERE forked_from IS NOT NULL;
"""
ANNOTATIONS = NOTES + validity(ANNOTATED) + FORKS + STEP_TEXTS

# What judging again needs: each judging with its rollouts and its calls, which are no cost of the arm they are about;
# how arms look wherever they are drawn; how a sweep is driven. And all tasks that a lesson was learned at, where they
# cannot be told from stored rollouts.
JUDGINGS = """
CREATE TABLE judging (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, profile TEXT NOT NULL,
  model TEXT NOT NULL DEFAULT '', prompt_hash TEXT, times INTEGER NOT NULL, config TEXT NOT NULL, status TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '', simulated INTEGER NOT NULL, created_at TEXT NOT NULL, ended_at TEXT
) STRICT;
CREATE TABLE judging_target (
  judging INTEGER NOT NULL REFERENCES judging(id) ON DELETE CASCADE,
  rollout INTEGER NOT NULL REFERENCES rollout(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  PRIMARY KEY (judging, rollout)
) STRICT, WITHOUT ROWID;
CREATE TABLE judging_call (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, judging INTEGER NOT NULL REFERENCES judging(id) ON DELETE CASCADE,
  rollout INTEGER NOT NULL REFERENCES rollout(id) ON DELETE CASCADE, ask INTEGER NOT NULL, number INTEGER NOT NULL,
  seed INTEGER NOT NULL, prompt_hash TEXT, request TEXT NOT NULL, text INTEGER NOT NULL REFERENCES blob(id),
  reasoning INTEGER REFERENCES blob(id), tokens_prompt INTEGER, tokens_completion INTEGER, cost REAL, finish TEXT,
  failure TEXT, model TEXT NOT NULL, dropped TEXT NOT NULL, attempts INTEGER NOT NULL, latency REAL NOT NULL,
  extra TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (judging, uid)
) STRICT;
CREATE INDEX judging_call_rollout ON judging_call(rollout);
ALTER TABLE verdict ADD COLUMN judging INTEGER REFERENCES judging(id);
ALTER TABLE verdict ADD COLUMN ask INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX verdict_judging ON verdict(judging, rollout, ask) WHERE judging IS NOT NULL;
CREATE INDEX verdict_rollout ON verdict(rollout, source, id);
CREATE TABLE arm_look (
  key TEXT PRIMARY KEY, place INTEGER NOT NULL UNIQUE, name TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
ALTER TABLE sweep ADD COLUMN driving TEXT NOT NULL DEFAULT '{}';
ALTER TABLE experience ADD COLUMN other_tasks TEXT NOT NULL DEFAULT '[]';
"""
