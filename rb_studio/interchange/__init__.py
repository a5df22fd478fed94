"""Foreign formats: one file per format in, one per format out."""
