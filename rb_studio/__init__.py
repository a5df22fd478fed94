"""rb_studio: a desktop workbench for agents that learn from experience."""

__version__ = "0.1.0"
