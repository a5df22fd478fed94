"""The tables that find a text in steps, as SQL: part of the fifth version.

An index holds three-character pieces and only says in which texts they all stand, in whatever order; who asks reads
those texts. So it may name too many texts but has to name every one: what is not indexed yet stands in `step_waiting`
and `seen_text`, kept by triggers, and is read by whoever searches. Pieces of a text that changed stay in the index:
its row waits again, and old pieces lead to a text that is read in vain. `seen_text` are the blobs that rollouts show:
what was observed, patches, injected memory. `spaceless` tells scripts in which two characters are a word.
"""

_ROLLOUT_TEXTS = ("first_observation", "patch", "memory_block")
_CHANGED = ("thought", "actions", "error", "reasoning")


def _differs(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)


def _seen(column: str) -> str:
    """A statement of a trigger: a blob that is shown now has to be indexed, if it is not yet known."""
    return (
        f"INSERT INTO seen_text (blob) SELECT new.{column} "
        f"WHERE new.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM seen_text WHERE blob = new.{column});"
    )


_STEP_WAITS = (
    "INSERT INTO step_waiting (step) SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM step_waiting WHERE step = new.id);"
)
# A step that was not there cannot wait yet: no need to look, which many steps would have to pay for.
_NEW_STEP_WAITS = "INSERT OR IGNORE INTO step_waiting (step) VALUES (new.id);"
_ROLLOUT_SEEN = " ".join(map(_seen, _ROLLOUT_TEXTS))
_SHOWN = " UNION ".join(
    ("SELECT observation AS blob FROM step", *(f"SELECT {name} FROM rollout" for name in _ROLLOUT_TEXTS))
)

STEP_TEXTS = f"""
CREATE INDEX rollout_key ON rollout(task_key);
CREATE INDEX step_observation ON step(observation);
CREATE VIRTUAL TABLE step_pieces USING fts5(text, content='', columnsize=0, detail=none, tokenize='trigram');
CREATE VIRTUAL TABLE seen_pieces USING fts5(text, content='', columnsize=0, detail=none, tokenize='trigram');
CREATE TABLE step_waiting (step INTEGER PRIMARY KEY) STRICT;
CREATE TABLE seen_text (
  blob INTEGER PRIMARY KEY, indexed INTEGER NOT NULL DEFAULT 0, spaceless INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX seen_text_waiting ON seen_text(blob) WHERE indexed = 0;
CREATE INDEX seen_text_spaceless ON seen_text(blob) WHERE spaceless = 1;
INSERT INTO step_waiting (step) SELECT id FROM step;
INSERT INTO seen_text (blob) SELECT blob FROM ({_SHOWN}) WHERE blob IS NOT NULL;
CREATE TRIGGER step_shown AFTER INSERT ON step BEGIN {_NEW_STEP_WAITS} {_seen("observation")} END;
CREATE TRIGGER step_shown_anew AFTER UPDATE OF {", ".join(_CHANGED)} ON step
WHEN {_differs(_CHANGED)} BEGIN {_STEP_WAITS} END;
CREATE TRIGGER step_seen_anew AFTER UPDATE OF observation ON step
WHEN {_differs(("observation",))} BEGIN {_seen("observation")} END;
CREATE TRIGGER step_gone AFTER DELETE ON step BEGIN DELETE FROM step_waiting WHERE step = old.id; END;
CREATE TRIGGER rollout_shown AFTER INSERT ON rollout BEGIN {_ROLLOUT_SEEN} END;
CREATE TRIGGER rollout_shown_anew AFTER UPDATE OF {", ".join(_ROLLOUT_TEXTS)} ON rollout
WHEN {_differs(_ROLLOUT_TEXTS)} BEGIN {_ROLLOUT_SEEN} END;
"""
