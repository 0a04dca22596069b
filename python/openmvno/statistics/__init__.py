"""Statistics: what was charged, paid, opened and refused, by minute, hour and day.

Counted where it is written down, once, so that a page of figures never reads CDRs or postings.
"""

from openmvno.statistics.checks import CHECKS
from openmvno.statistics.notes import count_notes, note
from openmvno.statistics.pruning import prune
from openmvno.statistics.rollup import count, prepare
from openmvno.statistics.store import materialiser_lag

__all__ = [
    "CHECKS",
    "count",
    "count_notes",
    "materialiser_lag",
    "note",
    "prepare",
    "prune",
]
