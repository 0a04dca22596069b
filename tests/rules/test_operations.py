"""Alert rules and dashboard ask for metrics and labels that exist; the runbook knows every alert.

What exists is asked of the instruments themselves, fed with figures as the real core gives them.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
import yaml
from litestar import Litestar, get
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from tests.support.local_engine import new_core

from openmvno import _core
from openmvno.condition import judging
from openmvno.telemetry.engine_metrics import EngineMetrics
from openmvno.telemetry.http_spans import TraceRequests
from openmvno.telemetry.radius_metrics import RadiusMetrics
from openmvno.work.archive_watch import ArchiveWatch
from openmvno.work.books import DailyCheck
from openmvno.work.materialiser import Materialiser
from openmvno.work.process import observe, observe_archive, observe_books

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations"
METRIC = re.compile(r"\b((?:openmvno|http_server)_[a-z_]+)")
LABELS = re.compile(r"\bby \(([^)]*)\)|\{([a-z_]+)(?:=|!)")
# What a Prometheus exporter appends (OpenTelemetry specification, Prometheus compatibility).
UNITS = {"ms": "_milliseconds", "s": "_seconds", "By": "_bytes", "1": "_ratio"}
SCRAPED = {"instance", "job", "le"}
"""Labels that Prometheus and its histograms add."""

Exported = dict[str, set[str]]
"""The labels of every metric, by its name in Prometheus."""


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((OPERATIONS / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((OPERATIONS / "dashboard.json").read_text())
    return document


def targets() -> list[tuple[str, dict[str, Any]]]:
    return [
        (panel["title"], target)
        for panel in dashboard()["panels"]
        for target in panel.get("targets", ())
    ]


def names(name: str, unit: str, kind: str) -> Iterable[str]:
    """An instrument's names in Prometheus."""
    base = name.replace(".", "_") + UNITS.get(unit, "")
    if kind == "Histogram":
        return [base + ending for ending in ("_bucket", "_sum", "_count")]
    return [base + "_total"] if kind == "counter" else [base]


@pytest.fixture(scope="module")
def exported() -> Exported:
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    meter = provider.get_meter("test")
    _engine_figures(EngineMetrics(meter))
    RadiusMetrics(meter).update(
        {"requests": [{"client": "c", "request": "r", "result": "x", "count": 1}]}
    )
    materialiser = Materialiser("")
    materialiser.charged = {"EUR": 1}
    observe(materialiser, meter)
    observe_archive(ArchiveWatch(""), meter)
    observe_books(DailyCheck("", Mock(), Mock()), meter)
    _call_the_api(provider)
    found: Exported = {}
    data = reader.get_metrics_data()
    assert data is not None
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                _collect(metric, found)
    return found


def _engine_figures(engine: EngineMetrics) -> None:
    core: _core.Engine = new_core(2)
    statistics = json.loads(core.statistics())
    statistics["ccr"] = [{"peer": "p", "type": "initial", "result": 2001, "count": 1}]
    statistics["queue_age_ms"] = 0
    statistics |= {"shards": 2, "owned_shards": [0], "other_engines": 1}
    peers = [{"peer": "p", "ahead_ms": 1, "looks": 1}]
    statistics["clocks"] = {"database_ahead_ms": 0.5, "peers": peers}
    engine.update(statistics)
    engine.committed(1, 1_000_000)


def _call_the_api(provider: MeterProvider) -> None:
    @get("/here", sync_to_thread=False)
    def here() -> str:
        return "here"

    async def call() -> None:
        application = Litestar([here], middleware=[lambda app: TraceRequests(app, provider)])
        transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/here")).status_code == 200

    asyncio.run(call())


def _collect(metric: Any, found: Exported) -> None:
    kind = type(metric.data).__name__
    if kind == "Sum" and metric.data.is_monotonic:
        kind = "counter"
    labels = {
        label.replace(".", "_") for point in metric.data.data_points for label in point.attributes
    }
    assert metric.data.data_points, metric.name
    for name in names(metric.name, metric.unit, kind):
        found[name] = labels


def asked_labels(expression: str) -> set[str]:
    found = set()
    for grouped, compared in LABELS.findall(expression):
        found |= {label.strip() for label in grouped.split(",")} if grouped else {compared}
    return found


def check(expression: str, exported: Exported, further: Iterable[str] = ()) -> None:
    asked = set(METRIC.findall(expression))
    assert asked, expression
    assert asked <= set(exported), asked - set(exported)
    known = set.union(*(exported[metric] for metric in asked))
    unknown = (asked_labels(expression) | set(further)) - known - SCRAPED
    assert not unknown, (expression, unknown)


def test_every_alert_asks_for_metrics_and_labels_that_are_exported(exported: Exported) -> None:
    told = re.compile(r"\$labels\.([a-z_]+)")
    for alert in alerts():
        check(alert["expr"], exported, told.findall(alert["annotations"]["summary"]))


def test_every_panel_asks_for_metrics_and_labels_that_are_exported(exported: Exported) -> None:
    assert len(targets()) > 30
    for _, target in targets():
        check(target["expr"], exported, re.findall(r"{{([a-z_]+)}}", target["legendFormat"]))


def test_the_dashboard_is_one_grafana_takes() -> None:
    document = dashboard()
    assert document["uid"] == "openmvno"
    assert document["schemaVersion"] >= 36
    rows = [panel["title"] for panel in document["panels"] if panel["type"] == "row"]
    assert rows == [
        "Charging",
        "Money",
        "Shards",
        "Materialiser",
        "Peers",
        "RADIUS",
        "API",
        "PostgreSQL",
    ]
    identifiers = [panel["id"] for panel in document["panels"]]
    assert len(set(identifiers)) == len(identifiers)
    for panel in document["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["type"] == "row" or (panel["description"] and panel["targets"])
    for _, target in targets():
        expression = target["expr"]
        assert expression.count("(") == expression.count(")")
        assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_every_metric_is_on_the_dashboard_or_in_an_alert(exported: Exported) -> None:
    asked = {metric for _, target in targets() for metric in METRIC.findall(target["expr"])}
    asked |= {metric for alert in alerts() for metric in METRIC.findall(alert["expr"])}
    ours = {re.sub("_(bucket|sum|count)$", "", name) for name in exported}
    shown = {re.sub("_(bucket|sum|count)$", "", name) for name in asked}
    # Sums over shards of what is shown by shard.
    sums = {
        "openmvno_charging_queue_length",
        "openmvno_charging_journal_pending_bytes",
        "openmvno_charging_tombstones",
        "openmvno_charging_accounts",
        "openmvno_shard_journal_limit_bytes",
    }
    assert ours - shown == sums


def test_every_alert_is_in_the_runbook() -> None:
    headings = re.findall(r"^## (.+)$", (OPERATIONS / "runbook.md").read_text(), re.MULTILINE)
    known = {name.strip() for heading in headings for name in heading.split(",")}
    missing = {alert["alert"] for alert in alerts()} - known
    assert not missing


def test_every_alert_says_how_bad_it_is_and_what_it_means() -> None:
    for alert in alerts():
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"]


def test_findings_about_the_system_name_alerts_that_exist() -> None:
    named = set(re.findall(r'"((?:[A-Z][a-z]+){2,})"', inspect.getsource(judging)))
    assert len(named) > 8
    assert named <= {rule["alert"] for rule in alerts()}
