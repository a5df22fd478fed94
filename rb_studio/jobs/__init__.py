"""Long work: the driver, workers, cancel, limits, progress, the event feed."""
