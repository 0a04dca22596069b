"""What the processes export, as a real OTLP receiver sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from tests.support.diameter_peer import Peer
from tests.support.operator import Operator
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.roles import Role, until_charging

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story import messages as ccr

GATEWAY = "gateway.otlp.example"
CALLED = "385980000001"


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as running:
        yield running


def environment(receiver: OtlpReceiver) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        "OTEL_METRIC_EXPORT_INTERVAL": "300",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OPENMVNO_TRACE_ONE_IN": "1",
    }


async def until(condition: Callable[[], Any], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


def call(port: int, subscriber: ccr.Subscriber) -> str:
    """A call of one CCR-I and one CCR-T; returns its Session-Id."""
    with Peer(port, GATEWAY) as peer:
        session = peer.new_session()
        for kind, number, part in (
            (ccr.INITIAL, 0, ccr.seconds(60, None)),
            (ccr.TERMINATION, 1, ccr.seconds(None, 42)),
        ):
            request = peer.request(subscriber, session, ccr.VOICE, kind, number)
            request.service_information = ccr.called(CALLED)
            request.multiple_services_credit_control = [part]
            assert peer.send(request).result_code == 2001
    return session


def points(receiver: OtlpReceiver, name: str) -> list[Any]:
    """The data points of an instrument's latest export."""
    metric = receiver.metric(name)
    if metric is None:
        return []
    return list(getattr(metric, str(metric.WhichOneof("data"))).data_points)


def attributes(item: Any) -> dict[str, Any]:
    return {
        pair.key: getattr(pair.value, str(pair.value.WhichOneof("value")))
        for pair in item.attributes
    }


async def test_a_charged_request_is_one_trace_from_socket_to_commit(
    settings: Settings, database_url: str, tmp_path: Path, receiver: OtlpReceiver
) -> None:
    operator = Operator(database_url, settings.shards)
    log = tmp_path / "charge.log"
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, log, environment(receiver)) as role:
            await until_charging(client, role)
            for place in operator.create(lines=1):
                await client.apply(*place)
            subscriber = ccr.Subscriber(operator.msisdn(0), "219010000000000")
            session = await asyncio.to_thread(call, settings.diameter_port, subscriber)
            await until(lambda: len(receiver.spans) >= 8)
            check_traces(receiver, session)
            await until(lambda: points(receiver, "openmvno.diameter.ccr"))
            await until(lambda: points(receiver, "openmvno.charging.sessions"))
            await check_metrics(receiver)


def check_traces(receiver: OtlpReceiver, session: str) -> None:
    roots = [span for span in receiver.spans if not span.parent_span_id]
    assert [attributes(root)["diameter.session_id"] for root in roots] == [session] * 2
    assert {attributes(root)["diameter.cc_request_number"] for root in roots} == {0, 1}
    assert {attributes(root)["diameter.origin_host"] for root in roots} == {GATEWAY}
    assert {attributes(root)["diameter.result_code"] for root in roots} == {2001}
    for root in roots:
        assert root.kind == Span.SPAN_KIND_SERVER
        assert root.status.code == Status.STATUS_CODE_UNSET
        check_phases(receiver, root)
    services = {
        attributes(resource.resource)["service.name"]
        for request in receiver.traces
        for resource in request.resource_spans
    }
    assert services == {"openmvno-charge"}


def check_phases(receiver: OtlpReceiver, root: Span) -> None:
    parts = [span for span in receiver.spans if span.parent_span_id == root.span_id]
    parts.sort(key=lambda span: span.start_time_unix_nano)
    assert [part.name for part in parts] == [
        "charging.apply",
        "charging.await_batch",
        "charging.commit",
    ]
    assert {part.trace_id for part in parts} == {root.trace_id}
    edges = [parts[0].start_time_unix_nano] + [part.end_time_unix_nano for part in parts]
    assert edges == sorted(edges)
    assert edges[0] == root.start_time_unix_nano
    assert edges[-1] == root.end_time_unix_nano
    commit = parts[2].end_time_unix_nano - parts[2].start_time_unix_nano
    assert commit > 10_000, "a commit to disk takes more than 10 µs"


async def check_metrics(receiver: OtlpReceiver) -> None:
    def counted() -> dict[tuple[str, int], int]:
        return {
            (attributes(point)["peer"], attributes(point)["result_code"]): point.as_int
            for point in points(receiver, "openmvno.diameter.ccr")
        }

    await until(lambda: counted().get((GATEWAY, 2001)))
    by_type = {
        attributes(point)["type"]: point.as_int
        for point in points(receiver, "openmvno.diameter.ccr")
    }
    assert sorted(by_type.values()) == [1, 1]
    (latency,) = points(receiver, "openmvno.commit.latency")
    (batch,) = points(receiver, "openmvno.commit.batch_size")
    assert latency.count == batch.count >= 2
    assert latency.sum > 0
    for name in ("sessions", "reserved", "queue.age", "accounts"):
        assert points(receiver, f"openmvno.charging.{name}"), name
    (accounts,) = points(receiver, "openmvno.charging.accounts")
    assert accounts.as_int == 1


async def test_the_materialiser_reports_its_lag(
    settings: Settings, database_url: str, tmp_path: Path, receiver: OtlpReceiver
) -> None:
    with Role("work", settings, tmp_path / "work.log", environment(receiver)):
        await until(lambda: points(receiver, "openmvno.materialiser.lag"))
        (lag,) = points(receiver, "openmvno.materialiser.lag")
        assert lag.as_double == 0


async def test_api_calls_and_jobs_have_spans(
    settings: Settings, database_url: str, tmp_path: Path, receiver: OtlpReceiver
) -> None:
    trace_id, parent_id = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    with (
        Role("serve", settings, tmp_path / "serve.log", environment(receiver)),
        Role("work", settings, tmp_path / "work.log", environment(receiver)),
    ):
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{settings.http_port}", trust_env=False
        ) as client:
            async with asyncio.timeout(20):
                while not await _is_up(client):
                    await asyncio.sleep(0.1)
            headers = {"traceparent": f"00-{trace_id}-{parent_id}-01"}
            response = await client.get("/v1/customers", headers=headers)
            assert response.status_code == 401
        await until(
            lambda: {"GET /v1/customers", "housekeeping"} <= {s.name for s in receiver.spans}
        )
    (span,) = [span for span in receiver.spans if span.name == "GET /v1/customers"]
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (trace_id, parent_id)
    assert attributes(span)["http.response.status_code"] == 401
    assert attributes(span)["http.route"] == "/v1/customers"
    assert "GET /healthz" not in {span.name for span in receiver.spans}


async def _is_up(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).is_success
    except httpx.TransportError:
        return False


async def test_nothing_leaves_the_machine_unless_told_to(
    settings: Settings, database_url: str, tmp_path: Path, receiver: OtlpReceiver
) -> None:
    told = environment(receiver)
    del told["OTEL_EXPORTER_OTLP_ENDPOINT"]
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, tmp_path / "charge.log", told) as role:
            await until_charging(client, role)
            await asyncio.sleep(1)
    assert receiver.spans == []
    assert receiver.metrics == []
