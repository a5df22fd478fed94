"""Names of what a frontier's figure draws: light enough for whoever only tells metrics apart."""

SPENT = "rollouts"  # its usual axis: rollouts in all
BEST, ANY = LINES = ("best_of_k_frontier", "pass_at_k_frontier")  # over many budgets
AT_BEST, AT_ANY = MARKS = ("best_of_k_at_budget", "pass_at_k_at_budget")  # at the one chosen
FRONTIERS = (*LINES, *MARKS)
