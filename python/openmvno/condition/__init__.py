"""The condition of the installation: what its parts say, how bad it is, what to do."""

from openmvno.condition.store import WorkFigures, report_work

__all__ = ["WorkFigures", "report_work"]
