"""What an installation needs, checked one by one: `rb-studio doctor` and the window's about box."""

from rb_studio.jobs.checks.base import Check, run_checks

__all__ = ["Check", "run_checks"]
