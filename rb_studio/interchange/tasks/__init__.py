"""Suites in: WebArena's files, SWE-bench files, and anybody's own JSON, JSONL or CSV."""

from rb_studio.interchange.tasks.fields import FIELDS, parse_mapping
from rb_studio.interchange.tasks.load import FORMATS, Preview, load, preview, sniff

__all__ = ["FIELDS", "FORMATS", "Preview", "load", "parse_mapping", "preview", "sniff"]
