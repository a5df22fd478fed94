"""Pure functions on records and arrays: estimators, intervals, judge quality."""
