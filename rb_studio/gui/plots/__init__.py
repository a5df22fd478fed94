"""Curves on screen and on paper: one drawing for both."""
