"""The tables of a workspace as they were first, as SQL; `later_tables` has what came with later formats.

Everything a bank is made of carries the operations it is valid between: `op_from <= N` and `op_to` empty or
greater than N. Rows of a fork stand over those of its parent.
"""

SUITES = """
CREATE TABLE suite (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, environment TEXT NOT NULL, grader TEXT NOT NULL,
  source TEXT NOT NULL, simulated INTEGER NOT NULL, runnable INTEGER NOT NULL, reason TEXT, saved_at TEXT NOT NULL
) STRICT;
CREATE TABLE task (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, suite INTEGER NOT NULL REFERENCES suite(id),
  ordinal INTEGER NOT NULL, text TEXT NOT NULL, site TEXT, template TEXT, setup TEXT NOT NULL,
  listed INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX task_suite ON task(suite, ordinal);
CREATE TABLE grading (
  task INTEGER PRIMARY KEY REFERENCES task(id), grader TEXT NOT NULL, expected TEXT NOT NULL
) STRICT;
CREATE TABLE subset (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, suite INTEGER NOT NULL REFERENCES suite(id)
) STRICT;
CREATE TABLE subset_task (
  subset INTEGER NOT NULL REFERENCES subset(id), task INTEGER NOT NULL REFERENCES task(id),
  PRIMARY KEY (subset, task)
) STRICT, WITHOUT ROWID;
"""

JOURNAL = """
CREATE TABLE operation (
  id INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL, who TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', at TEXT NOT NULL, bank INTEGER REFERENCES bank(id), forward TEXT NOT NULL,
  inverse INTEGER REFERENCES operation(id), status TEXT NOT NULL DEFAULT 'done', effect INTEGER REFERENCES operation(id)
) STRICT;
CREATE INDEX operation_scope ON operation(scope, status, id);
CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER, kind TEXT NOT NULL, table_name TEXT NOT NULL,
  row_id INTEGER NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX event_run ON event(run, id);
CREATE TABLE blob (
  id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE TABLE prompt (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL,
  who TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 0, UNIQUE (name, hash)
) STRICT;
CREATE INDEX prompt_hash ON prompt(hash);
"""

BANKS = """
CREATE TABLE bank (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, mode TEXT NOT NULL, parent_bank INTEGER REFERENCES bank(id),
  parent_op INTEGER, arm INTEGER REFERENCES arm(id), created_at TEXT NOT NULL
) STRICT;
CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY, bank INTEGER NOT NULL REFERENCES bank(id), name TEXT NOT NULL, operation INTEGER NOT NULL,
  created_at TEXT NOT NULL, UNIQUE (bank, name)
) STRICT;
CREATE TABLE experience (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, bank INTEGER NOT NULL REFERENCES bank(id),
  op INTEGER NOT NULL REFERENCES operation(id), run INTEGER REFERENCES run(id), task_key TEXT NOT NULL,
  task_text TEXT NOT NULL, text_hash BLOB NOT NULL, template TEXT, site TEXT, label TEXT NOT NULL,
  kind TEXT NOT NULL, rollouts TEXT NOT NULL, raw INTEGER REFERENCES blob(id), UNIQUE (bank, uid)
) STRICT;
CREATE TABLE experience_presence (
  experience INTEGER NOT NULL REFERENCES experience(id), bank INTEGER NOT NULL REFERENCES bank(id),
  op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER, PRIMARY KEY (experience, bank, op_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE memory_item (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, bank INTEGER NOT NULL REFERENCES bank(id),
  experience INTEGER NOT NULL REFERENCES experience(id), polarity TEXT NOT NULL, label_source TEXT NOT NULL,
  mode TEXT NOT NULL, model TEXT NOT NULL, prompt_hash TEXT, simulated INTEGER NOT NULL, created_at TEXT NOT NULL,
  UNIQUE (bank, uid)
) STRICT;
CREATE INDEX memory_item_experience ON memory_item(experience);
CREATE INDEX memory_item_uid ON memory_item(uid);
CREATE TABLE item_version (
  id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES memory_item(id),
  bank INTEGER NOT NULL REFERENCES bank(id), number INTEGER NOT NULL, title TEXT NOT NULL,
  description TEXT NOT NULL, content TEXT NOT NULL, text_hash BLOB NOT NULL, spaceless INTEGER NOT NULL,
  op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER, UNIQUE (item, bank, op_from)
) STRICT;
CREATE INDEX item_version_hash ON item_version(text_hash);
CREATE TABLE item_state (
  item INTEGER NOT NULL REFERENCES memory_item(id), bank INTEGER NOT NULL REFERENCES bank(id), state TEXT NOT NULL,
  op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER, PRIMARY KEY (item, bank, op_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE item_tag (
  item INTEGER NOT NULL REFERENCES memory_item(id), bank INTEGER NOT NULL REFERENCES bank(id), tag TEXT NOT NULL,
  present INTEGER NOT NULL, op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER,
  PRIMARY KEY (item, bank, tag, op_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_tag_tag ON item_tag(tag);
CREATE TABLE item_source (
  id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES memory_item(id), rollout_uid TEXT NOT NULL,
  steps TEXT NOT NULL, status TEXT NOT NULL, verdict_uid TEXT
) STRICT;
CREATE INDEX item_source_item ON item_source(item);
CREATE INDEX item_source_rollout ON item_source(rollout_uid);
CREATE TABLE item_lineage (
  item INTEGER NOT NULL REFERENCES memory_item(id), bank INTEGER NOT NULL REFERENCES bank(id),
  kind TEXT NOT NULL, other INTEGER NOT NULL REFERENCES memory_item(id),
  op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER, PRIMARY KEY (item, bank, kind, other, op_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE not_duplicate (
  item INTEGER NOT NULL REFERENCES memory_item(id), bank INTEGER NOT NULL REFERENCES bank(id),
  other INTEGER NOT NULL REFERENCES memory_item(id), op_from INTEGER NOT NULL REFERENCES operation(id),
  op_to INTEGER, PRIMARY KEY (item, bank, other, op_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE vector (
  id INTEGER PRIMARY KEY, embedder TEXT NOT NULL, dimension INTEGER NOT NULL, recipe TEXT NOT NULL,
  text_hash BLOB NOT NULL, data BLOB NOT NULL, UNIQUE (text_hash, embedder, recipe)
) STRICT;
"""

# Full-text rows are the versions themselves and are never rewritten: a change of state, tag or validity touches no
# index, and what is visible is decided when searching.
SEARCH = """
CREATE VIRTUAL TABLE item_words USING fts5(
  title, description, content, content='item_version', content_rowid='id',
  tokenize='porter unicode61 remove_diacritics 2'
);
CREATE VIEW spaceless_version AS SELECT id, title, description, content FROM item_version WHERE spaceless = 1;
CREATE VIRTUAL TABLE item_trigrams USING fts5(
  title, description, content, content='spaceless_version', content_rowid='id', tokenize='trigram'
);
CREATE TRIGGER item_words_added AFTER INSERT ON item_version BEGIN
  INSERT INTO item_words(rowid, title, description, content)
  VALUES (new.id, new.title, new.description, new.content);
END;
CREATE TRIGGER item_words_changed AFTER UPDATE OF title, description, content ON item_version BEGIN
  INSERT INTO item_words(item_words, rowid, title, description, content)
  VALUES ('delete', old.id, old.title, old.description, old.content);
  INSERT INTO item_words(rowid, title, description, content)
  VALUES (new.id, new.title, new.description, new.content);
END;
CREATE TRIGGER item_trigrams_added AFTER INSERT ON item_version WHEN new.spaceless BEGIN
  INSERT INTO item_trigrams(rowid, title, description, content)
  VALUES (new.id, new.title, new.description, new.content);
END;
CREATE TRIGGER item_trigrams_changed AFTER UPDATE OF title, description, content ON item_version
WHEN old.spaceless OR new.spaceless BEGIN
  INSERT INTO item_trigrams(item_trigrams, rowid, title, description, content)
  SELECT 'delete', old.id, old.title, old.description, old.content WHERE old.spaceless;
  INSERT INTO item_trigrams(rowid, title, description, content)
  SELECT new.id, new.title, new.description, new.content WHERE new.spaceless;
END;
CREATE INDEX item_version_spaceless ON item_version(id) WHERE spaceless = 1;
"""

RUNS = """
CREATE TABLE sweep (
  id INTEGER PRIMARY KEY, status TEXT NOT NULL, config TEXT NOT NULL, hash TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
CREATE TABLE arm (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, config TEXT NOT NULL) STRICT;
CREATE TABLE run (
  id INTEGER PRIMARY KEY, sweep INTEGER REFERENCES sweep(id), arm INTEGER REFERENCES arm(id), arm_config TEXT,
  bank INTEGER REFERENCES bank(id), status TEXT NOT NULL, start_state TEXT NOT NULL, pass_number INTEGER NOT NULL,
  simulated INTEGER NOT NULL, shared_with INTEGER REFERENCES run(id), foreign_key TEXT UNIQUE, name TEXT NOT NULL,
  config TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL, started_at TEXT, ended_at TEXT
) STRICT;
CREATE INDEX run_sweep ON run(sweep);
CREATE INDEX run_arm ON run(arm);
CREATE TABLE source_file (
  id INTEGER PRIMARY KEY, path TEXT NOT NULL, member TEXT NOT NULL, format TEXT NOT NULL, sha256 TEXT NOT NULL,
  size INTEGER NOT NULL, imported_at TEXT NOT NULL, UNIQUE (path, member)
) STRICT;
CREATE TABLE import_report (
  id INTEGER PRIMARY KEY, source_file INTEGER NOT NULL REFERENCES source_file(id), report TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX import_report_source ON import_report(source_file);
CREATE TABLE rollout (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run(id), task_key TEXT NOT NULL,
  rollout_index INTEGER NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL,
  first_observation INTEGER REFERENCES blob(id), exit_reason TEXT, exit_detail TEXT NOT NULL DEFAULT '', answer TEXT,
  patch INTEGER REFERENCES blob(id), failure TEXT, memory_block INTEGER REFERENCES blob(id),
  passes TEXT NOT NULL DEFAULT '[]', started_at TEXT, ended_at TEXT, model TEXT NOT NULL DEFAULT '',
  simulated INTEGER NOT NULL DEFAULT 0, extra TEXT NOT NULL DEFAULT '{}',
  source_file INTEGER REFERENCES source_file(id), task_text TEXT, task_site TEXT, task_template TEXT,
  UNIQUE (run, uid)
) STRICT;
CREATE INDEX rollout_uid ON rollout(uid);
CREATE INDEX rollout_task ON rollout(run, task_key);
CREATE TABLE step (
  id INTEGER PRIMARY KEY, rollout INTEGER NOT NULL REFERENCES rollout(id) ON DELETE CASCADE, number INTEGER NOT NULL,
  thought TEXT NOT NULL, actions TEXT NOT NULL, observation INTEGER REFERENCES blob(id), error TEXT, reasoning TEXT,
  tokens_prompt INTEGER, tokens_completion INTEGER, cost REAL, started_at TEXT, elapsed REAL, call_uid TEXT,
  pointer TEXT, extra TEXT NOT NULL, UNIQUE (rollout, number)
) STRICT;
CREATE TABLE state (
  step INTEGER PRIMARY KEY REFERENCES step(id) ON DELETE CASCADE, location TEXT NOT NULL, form TEXT NOT NULL,
  changes INTEGER NOT NULL REFERENCES blob(id)
) STRICT;
CREATE TABLE llm_call (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run(id), task_key TEXT NOT NULL,
  rollout_uid TEXT, role TEXT NOT NULL, number INTEGER NOT NULL, step INTEGER, seed INTEGER NOT NULL,
  prompt_hash TEXT, request TEXT NOT NULL, text INTEGER NOT NULL REFERENCES blob(id),
  reasoning INTEGER REFERENCES blob(id), tokens_prompt INTEGER, tokens_completion INTEGER, cost REAL, finish TEXT,
  failure TEXT, model TEXT NOT NULL, dropped TEXT NOT NULL, attempts INTEGER NOT NULL, latency REAL NOT NULL,
  extra TEXT NOT NULL, UNIQUE (run, uid)
) STRICT;
CREATE INDEX llm_call_task ON llm_call(run, task_key);
CREATE INDEX llm_call_rollout ON llm_call(rollout_uid);
"""

JUDGEMENTS = """
CREATE TABLE truth (
  id INTEGER PRIMARY KEY, rollout INTEGER NOT NULL REFERENCES rollout(id) ON DELETE CASCADE,
  pass_index INTEGER NOT NULL, success INTEGER, reward REAL, source TEXT NOT NULL, detail TEXT NOT NULL,
  report_only INTEGER NOT NULL, UNIQUE (rollout, pass_index, source)
) STRICT;
CREATE TABLE verdict (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, rollout INTEGER NOT NULL REFERENCES rollout(id) ON DELETE CASCADE,
  status TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, raw INTEGER NOT NULL REFERENCES blob(id),
  cited TEXT NOT NULL, model TEXT NOT NULL, prompt_hash TEXT, call_uid TEXT, failure TEXT, noisy INTEGER NOT NULL,
  who TEXT NOT NULL, at TEXT NOT NULL, learned INTEGER NOT NULL, UNIQUE (rollout, uid)
) STRICT;
CREATE TABLE verdict_presence (
  verdict INTEGER NOT NULL REFERENCES verdict(id) ON DELETE CASCADE,
  op_from INTEGER NOT NULL REFERENCES operation(id), op_to INTEGER, PRIMARY KEY (verdict, op_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE selection (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run(id), task_key TEXT NOT NULL,
  rollout_uid TEXT NOT NULL, how TEXT NOT NULL, reason TEXT NOT NULL, raw TEXT NOT NULL, call_uid TEXT,
  UNIQUE (run, task_key)
) STRICT;
CREATE TABLE retrieval_event (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id), task_key TEXT NOT NULL, query TEXT NOT NULL,
  embedder TEXT NOT NULL, block INTEGER NOT NULL REFERENCES blob(id), at TEXT NOT NULL, UNIQUE (run, task_key)
) STRICT;
CREATE TABLE retrieval_pair (
  id INTEGER PRIMARY KEY, event INTEGER NOT NULL REFERENCES retrieval_event(id) ON DELETE CASCADE,
  experience_uid TEXT NOT NULL, rank INTEGER, score REAL NOT NULL, task_key TEXT NOT NULL,
  task_text INTEGER NOT NULL REFERENCES blob(id), reason TEXT
) STRICT;
CREATE INDEX retrieval_pair_event ON retrieval_pair(event);
CREATE TABLE retrieval_item (
  pair INTEGER NOT NULL REFERENCES retrieval_pair(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  item_uid TEXT NOT NULL, PRIMARY KEY (pair, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX retrieval_item_uid ON retrieval_item(item_uid);
CREATE TABLE outcome (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id), task_key TEXT NOT NULL, k INTEGER NOT NULL,
  valid INTEGER NOT NULL, rollouts TEXT NOT NULL, experience INTEGER REFERENCES experience(id),
  embedding_texts INTEGER NOT NULL, embedding_tokens INTEGER, vector_embedder TEXT, arm_hash TEXT NOT NULL,
  notes TEXT NOT NULL, operation INTEGER NOT NULL REFERENCES operation(id), at TEXT NOT NULL, UNIQUE (run, task_key)
) STRICT;
CREATE TABLE annotation (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, rollout_uid TEXT NOT NULL, step INTEGER, span_start INTEGER,
  span_end INTEGER, kind TEXT NOT NULL, label TEXT NOT NULL, comment TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX annotation_rollout ON annotation(rollout_uid);
CREATE TABLE label_set (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, labels TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE saved_filter (
  id INTEGER PRIMARY KEY, room TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, at TEXT NOT NULL,
  UNIQUE (room, name)
) STRICT;
"""

# Undo and snapshots look rows up by the operation that opened or closed them. The first list belongs to the first
# version's indices and never grows.
_FIRST_TEMPORAL = (
    "experience_presence",
    "item_version",
    "item_state",
    "item_tag",
    "item_lineage",
    "not_duplicate",
    "verdict_presence",
)
CURATED = ("relevance", "item_stage", "theme_name")
ANNOTATED = ("annotation_version",)
TEMPORAL = (*_FIRST_TEMPORAL, *CURATED, *ANNOTATED)


def validity(tables: tuple[str, ...]) -> str:
    """The indices of tables whose rows are valid between operations."""
    return "".join(
        f"CREATE INDEX {table}_from ON {table}(op_from);"
        f"CREATE INDEX {table}_to ON {table}(op_to) WHERE op_to IS NOT NULL;"
        for table in tables
    )


VALIDITY = validity(_FIRST_TEMPORAL)

FIRST_VERSION = (JOURNAL, SUITES, BANKS, SEARCH, RUNS, JUDGEMENTS, VALIDITY)
