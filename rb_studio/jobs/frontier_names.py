"""Names of what a frontier's figure draws: light enough for whoever only tells metrics apart."""

SPENT = "rollouts"  # its usual axis: rollouts in all
BEST, ANY = "frontier", "frontier_any"  # lines over many budgets
AT_BEST, AT_ANY = "at_budget", "at_budget_any"  # a mark at the budget chosen
LINES = (BEST, ANY)
FRONTIERS = (*LINES, AT_BEST, AT_ANY)
