"""The memories of a workspace: found, read, edited and curated."""
