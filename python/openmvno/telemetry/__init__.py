"""Logs, traces and metrics of every process."""

from openmvno.telemetry.logging import configure_logging
from openmvno.telemetry.setup import Telemetry, configure_telemetry

__all__ = ["Telemetry", "configure_logging", "configure_telemetry"]
