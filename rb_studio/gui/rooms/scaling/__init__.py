"""Scaling: curves, streams and steps of arms, their comparisons, and the numbers behind them."""
