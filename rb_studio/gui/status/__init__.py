"""The status bar, made of small parts."""
