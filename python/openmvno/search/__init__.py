"""Search: one box for whatever people paste, by index only."""
