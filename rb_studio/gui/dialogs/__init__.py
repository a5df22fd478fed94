"""Dialogs: for questions only."""
