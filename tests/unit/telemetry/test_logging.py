"""Log records as machines and people get them."""

from __future__ import annotations

import json
import logging

import pytest
from opentelemetry.sdk.trace import TracerProvider

from openmvno.settings import Settings
from openmvno.telemetry import configure_logging
from openmvno.telemetry.logging import JsonFormatter, TextFormatter


@pytest.fixture(autouse=True)
def _restore_root_logger() -> object:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)


def _record(**extra: object) -> logging.LogRecord:
    record = logging.LogRecord(
        "openmvno.test", logging.WARNING, "f.py", 1, "lost %s", ("it",), None
    )
    vars(record).update(extra)
    return record


def test_json_has_standard_and_extra_fields() -> None:
    fields = json.loads(JsonFormatter("charge").format(_record(shard=3, level="shouted")))

    assert fields["message"] == "lost it"
    assert fields["level"] == "warning"
    assert fields["role"] == "charge"
    assert fields["shard"] == 3
    assert fields["timestamp"].endswith("Z")
    assert "trace_id" not in fields


def test_json_is_one_line_with_its_exception() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        record = _record()
        record.exc_info = (type(error), error, error.__traceback__)

    line = JsonFormatter("work").format(record)

    assert "\n" not in line
    assert "ValueError: two\nlines" in json.loads(line)["exception"]


def test_records_inside_a_span_name_it() -> None:
    tracer = TracerProvider().get_tracer("test")

    with tracer.start_as_current_span("charging") as span:
        fields = json.loads(JsonFormatter("charge").format(_record()))

    context = span.get_span_context()
    assert fields["trace_id"] == f"{context.trace_id:032x}"
    assert fields["span_id"] == f"{context.span_id:016x}"


def test_text_is_for_people() -> None:
    line = TextFormatter("up").format(_record(child="charge"))

    assert "warning" in line
    assert line.endswith("lost it  child=charge")


@pytest.mark.parametrize(
    ("log_format", "is_json"), [("auto", True), ("json", True), ("text", False)]
)
def test_the_format_follows_setting_and_terminal(
    capsys: pytest.CaptureFixture[str], log_format: str, is_json: bool
) -> None:
    configure_logging(Settings.model_validate({"log_format": log_format}), "serve")
    logging.getLogger("openmvno").info("hello")
    logging.getLogger("openmvno").debug("not at this level")

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("{") is is_json
    assert "hello" in line
