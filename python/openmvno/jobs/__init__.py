"""Jobs: what an operator does to many lines, accounts or numbers at once, worked row by row."""

from openmvno.jobs.worker import run

__all__ = ["run"]
