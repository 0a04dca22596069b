"""SIGTERM to the engine: all that came in is answered, by gateways with requests under way."""

from __future__ import annotations

import asyncio
import itertools
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diameter.message import Message
from tests.crash.audit import Books, check_books
from tests.support.diameter_peer import Peer
from tests.support.operator import Operator
from tests.support.roles import Role, until_charging

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story import messages as ccr

SMS = 50_000
EUR = 1_000_000
DISCONNECT_PEER = (282).to_bytes(3, "big")
GATEWAYS = 4
OUTSTANDING = 16
AFTER_DPR = 5
REBOOTING = 0


@dataclass
class Gateway:
    """Sends messages without a pause until it is told that the server leaves, then a few more."""

    port: int
    name: str
    subscriber: ccr.Subscriber
    answers_dpr: bool = True
    sent: dict[bytes, str] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)
    cause: int | None = None
    failure: Exception | None = None

    def run(self) -> None:
        """Until the server closes the connection."""
        try:
            with Peer(self.port, self.name) as peer:
                self._run(peer)
        except Exception as error:  # noqa: BLE001 -- told by the test
            self.failure = error

    def _run(self, peer: Peer) -> None:
        for _ in range(OUTSTANDING):
            self._send(peer)
        while (octets := peer.read()) is not None:
            if octets[4] & 0x80 and octets[5:8] == DISCONNECT_PEER:
                self._leave(peer, Message.from_bytes(octets))
            elif not octets[4] & 0x80:
                session = self.sent.pop(octets[12:16])
                self.results[session] = Message.from_bytes(octets).result_code
                if self.cause is None:
                    self._send(peer)

    def _leave(self, peer: Peer, request: Any) -> None:
        self.cause = request.disconnect_cause
        for _ in range(AFTER_DPR):
            self._send(peer)
        if not self.answers_dpr:
            return
        answer = request.to_answer()
        answer.result_code = 2001
        answer.origin_host = peer.peers.origin_host.encode()
        answer.origin_realm = peer.peers.origin_realm.encode()
        peer.write(answer.as_bytes())

    def _send(self, peer: Peer) -> None:
        session = peer.new_session()
        request = peer.request(self.subscriber, session, ccr.SMS, ccr.EVENT, 0)
        request.requested_action = 0
        request.requested_service_unit = ccr.events(1)
        request.service_information = ccr.texted("385980000001")
        octets = peer.octets(request)
        self.sent[octets[12:16]] = session
        peer.write(octets)


def gateways(settings: Settings, operator: Operator) -> list[Gateway]:
    return [
        Gateway(
            settings.diameter_port,
            f"gw{number}.drain.example",
            ccr.Subscriber(operator.msisdn(number), f"{219010000000000 + number}"),
        )
        for number in range(GATEWAYS)
    ]


async def test_every_request_before_the_disconnect_is_answered_and_charged_once(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    operator = Operator(database_url, settings.shards)
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, tmp_path / "charge.log") as role:
            await until_charging(client, role)
            for place in operator.create(lines=GATEWAYS, balance=10_000 * EUR):
                await client.apply(*place)
            peers = gateways(settings, operator)
            threads = [threading.Thread(target=peer.run) for peer in peers]
            for thread in threads:
                thread.start()
            submitting = asyncio.create_task(_submit_until_stopped(client, operator))
            await asyncio.sleep(1)
            assert await asyncio.to_thread(role.stop) == 0
            outcomes = await submitting
            for thread in threads:
                await asyncio.to_thread(thread.join, 10)
        assert "did not answer the DPR" not in role.log
        charged: dict[tuple[str, int | None], tuple[str, int, int]] = {
            (session, None): ("", 1, SMS) for session in outcomes
        }
        for peer in peers:
            assert peer.failure is None
            assert peer.cause == REBOOTING
            assert peer.sent == {}, "every request has its answer"
            assert set(peer.results.values()) <= {2001, 3002, 3004}
            assert sum(result == 2001 for result in peer.results.values()) > OUTSTANDING
            for session, result in peer.results.items():
                if result == 2001:
                    charged[session, None] = ("", 1, SMS)
        with Role("work", settings, tmp_path / "work.log"):
            books = Books(database_url)
            await books.until_materialised()
            check_books(books, charged)


async def _submit_until_stopped(client: GrpcEngineClient, operator: Operator) -> list[str]:
    """Debits by the engine's gRPC, one after the other; the sessions of those it acknowledged."""
    done: list[str] = []
    for number in itertools.count():
        session = f"drain-{number}"
        try:
            (outcome,) = await client.submit([operator.debit(session, 0)])
        except Exception:  # noqa: BLE001 -- it says that it is not there, and has done nothing
            return done
        assert outcome.get("charged") == SMS, outcome
        done.append(session)
    return done


async def test_a_gateway_that_does_not_answer_is_waited_for_so_long_and_no_longer(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    operator = Operator(database_url, settings.shards)
    brief = {"OPENMVNO_DRAIN_SECONDS": "1"}
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, tmp_path / "charge.log", brief) as role:
            await until_charging(client, role)
            for place in operator.create(lines=GATEWAYS, balance=10_000 * EUR):
                await client.apply(*place)
            silent = gateways(settings, operator)[0]
            silent.answers_dpr = False
            thread = threading.Thread(target=silent.run)
            thread.start()
            stranger = Peer(settings.diameter_port, greet=False)
            await asyncio.sleep(0.5)
            assert await asyncio.to_thread(role.stop) == 0
            await asyncio.to_thread(thread.join, 10)
        assert "1 peers did not answer the DPR in time" in role.log
        assert silent.failure is None
        assert silent.sent == {}
        assert stranger.read() is None, "nobody without CER is waited for"
        stranger.close()
