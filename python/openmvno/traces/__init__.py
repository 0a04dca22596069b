"""Live traces: what the network asks about one subscriber, decoded, with its rating."""

from openmvno.traces.errors import TracesFull
from openmvno.traces.model import TraceSubject
from openmvno.traces.schemas import TraceEntry, TraceSummary
from openmvno.traces.service import find_subject, follow

__all__ = ["TraceEntry", "TraceSubject", "TraceSummary", "TracesFull", "find_subject", "follow"]
