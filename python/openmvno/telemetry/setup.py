"""OpenTelemetry providers from the standard ``OTEL_*`` variables.

With an OTLP endpoint set, traces and metrics go there by OTLP over HTTP; without one nothing is
recorded and nothing leaves the machine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry import metrics, trace

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

# The SDK and its exporters are imported only where something is exported: they add a third to the
# time a process takes to start, and the engine is waited for.
# ruff: noqa: PLC0415


@dataclass(frozen=True)
class Telemetry:
    """The providers of this process; None where nothing is exported."""

    tracer_provider: TracerProvider | None
    meter_provider: MeterProvider | None

    def shutdown(self) -> None:
        """Send what is left and stop."""
        if self.tracer_provider is not None:
            self.tracer_provider.shutdown()
        if self.meter_provider is not None:
            self.meter_provider.shutdown()


def exports(signal: str) -> bool:
    """Whether ``signal`` ("traces", "metrics") has somewhere to go."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    name = signal.upper()
    if os.environ.get(f"OTEL_{name}_EXPORTER", "otlp") != "otlp":
        return False
    return bool(
        os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        or os.environ.get(f"OTEL_EXPORTER_OTLP_{name}_ENDPOINT")
    )


def _resource(role: str) -> Resource:
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource

    attributes = {SERVICE_NAMESPACE: "openmvno"}
    named_by_operator = "OTEL_SERVICE_NAME" in os.environ or (
        f"{SERVICE_NAME}=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    )
    if not named_by_operator:
        attributes[SERVICE_NAME] = f"openmvno-{role}"
    return Resource.create(attributes)


def _tracer_provider(resource: Resource) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _meter_provider(resource: Resource) -> MeterProvider:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    return MeterProvider(resource=resource, metric_readers=[reader])


def configure_telemetry(role: str) -> Telemetry:
    """Install the global providers for this process. Call once, before anything is measured."""
    tracer_provider = _tracer_provider(_resource(role)) if exports("traces") else None
    meter_provider = _meter_provider(_resource(role)) if exports("metrics") else None
    if tracer_provider is not None:
        trace.set_tracer_provider(tracer_provider)
    if meter_provider is not None:
        metrics.set_meter_provider(meter_provider)
    return Telemetry(tracer_provider, meter_provider)
