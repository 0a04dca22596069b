"""``make bench``: a system in a temporary folder, load on it, and the figures it is held to."""
