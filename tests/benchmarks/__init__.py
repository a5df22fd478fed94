"""Promised and measured figures; `make bench` runs them and writes the table into README.md."""
