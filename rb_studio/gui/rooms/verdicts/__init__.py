"""Verdicts: how the judge did, rollout by rollout, and what a person says instead."""
