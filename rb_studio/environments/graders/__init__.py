"""Graders: each compares an answer with what was expected and says what is true."""

from rb_studio.environments.graders.base import Grader
from rb_studio.environments.graders.entry_point import is_entry_point
from rb_studio.environments.graders.regex import pattern_fault
from rb_studio.environments.graders.registry import GRADERS, check_grader_name, grader

__all__ = ["GRADERS", "Grader", "check_grader_name", "grader", "is_entry_point", "pattern_fault"]
