"""The room of suites and their tasks."""
