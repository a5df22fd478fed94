"""What kind of thing a step does, and which element it acted on: see `rb_studio.analysis.actions`."""

from rb_studio.analysis.actions import Kind, acted_element, element_line, exit_code, kind_of, signs

__all__ = ["Kind", "acted_element", "element_line", "exit_code", "kind_of", "signs"]
