"""The workspace file: one SQLite database, its operations, undo, search and vectors."""
