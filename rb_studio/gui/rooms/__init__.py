"""The five rooms, one folder each: view (widgets), presenter (no widgets), item models."""
