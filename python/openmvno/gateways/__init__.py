"""Doors to the outside: one folder for each protocol."""
