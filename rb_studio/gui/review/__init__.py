"""Reviewing by hand, shared by rooms: what is hidden meanwhile, and what is still to be looked at."""
