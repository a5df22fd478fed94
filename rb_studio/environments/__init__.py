"""Things that are acted on: environments behind one protocol, and the graders of tasks."""
