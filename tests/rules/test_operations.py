"""The alert rules ask for metrics that exist, and the runbook knows every alert."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations"
INSTRUMENT = re.compile(r'"(openmvno\.[a-z_.]+)",\s*(?:\[[^\]]*\],\s*)?"([^"]+)"')
METRIC = re.compile(r"\bopenmvno_[a-z_]+")
# What a Prometheus exporter appends (OpenTelemetry specification, Prometheus compatibility).
UNITS = {"ms": "_milliseconds", "s": "_seconds", "By": "_bytes", "1": "_ratio"}
ENDINGS = ("", "_total", "_bucket", "_sum", "_count")


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((OPERATIONS / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def exported() -> set[str]:
    """Every instrument of the sources as Prometheus names it."""
    names: set[str] = set()
    for path in (ROOT / "python").rglob("*.py"):
        for name, unit in INSTRUMENT.findall(path.read_text()):
            base = name.replace(".", "_") + UNITS.get(unit, "")
            names |= {base + ending for ending in ENDINGS}
    return names


def test_every_alert_asks_for_metrics_that_are_exported() -> None:
    known = exported()
    asked = {metric for alert in alerts() for metric in METRIC.findall(alert["expr"])}
    assert len(asked) > 5
    assert asked <= known, asked - known


def test_every_alert_is_in_the_runbook() -> None:
    headings = re.findall(r"^## (.+)$", (OPERATIONS / "runbook.md").read_text(), re.MULTILINE)
    known = {name.strip() for heading in headings for name in heading.split(",")}
    missing = {alert["alert"] for alert in alerts()} - known
    assert not missing


def test_every_alert_says_how_bad_it_is_and_what_it_means() -> None:
    for alert in alerts():
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"]
