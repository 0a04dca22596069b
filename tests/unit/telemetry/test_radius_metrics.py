"""The RADIUS door's figures as an exporter sees them."""

from __future__ import annotations

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from openmvno.telemetry.radius_metrics import RadiusMetrics


def test_counters_carry_client_request_and_result() -> None:
    reader = InMemoryMetricReader()
    figures = RadiusMetrics(MeterProvider([reader]).get_meter("test"))
    figures.update(
        {
            "requests": [
                {"client": "here", "request": "stop", "result": "recorded", "count": 3},
                {"client": "", "request": "datagram", "result": "unknown_client", "count": 1},
            ],
            "serving": 2,
            "unsent": 5,
            "dropped": 7,
        }
    )
    data = reader.get_metrics_data()
    assert data is not None
    metrics = data.resource_metrics[0].scope_metrics[0].metrics
    seen = {
        metric.name: [
            (dict(point.attributes or {}), getattr(point, "value", None))
            for point in metric.data.data_points
        ]
        for metric in metrics
    }
    assert seen == {
        "openmvno.radius.requests": [
            ({"client": "here", "request": "stop", "result": "recorded"}, 3),
            ({"client": "", "request": "datagram", "result": "unknown_client"}, 1),
        ],
        "openmvno.radius.serving": [({}, 2)],
        "openmvno.radius.unsent": [({}, 5)],
        "openmvno.radius.dropped": [({}, 7)],
    }
