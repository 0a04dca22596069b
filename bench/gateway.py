"""A gateway that cannot wait: connects, and is charged, as soon as the engine lets it.

Speaks through the independent Diameter implementation that the tests use, on a plain socket.
"""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import Any

from diameter.message import Message
from diameter.message.avp.grouped import RequestedServiceUnit, UsedServiceUnit
from diameter.message.commands import CapabilitiesExchangeRequest, CreditControlRequest
from diameter.message.constants import (
    APP_DIAMETER_CREDIT_CONTROL_APPLICATION,
    E_CC_REQUEST_TYPE_INITIAL_REQUEST,
    E_CC_REQUEST_TYPE_TERMINATION_REQUEST,
    E_RESULT_CODE_DIAMETER_SUCCESS,
    E_SUBSCRIPTION_ID_TYPE_END_USER_E164,
    E_TERMINATION_CAUSE_DIAMETER_LOGOUT,
)

HOST = "127.0.0.1"
ORIGIN_HOST = b"impatient.bench.example"
ORIGIN_REALM = b"bench.example"
SUBSCRIBER = "999000000000"  # the first one of `openmvno sample`
DATA_CONTEXT = "32251@3gpp.org"  # TS 32.251
RATING_GROUP = 10
RETRY_SECONDS = 0.001
ANSWER_SECONDS = 10.0
HEADER_OCTETS = 20  # RFC 6733 section 3


@dataclass(frozen=True)
class FirstService:
    """Seconds on the monotonic clock at which each was there."""

    connected: float
    capabilities: float  # CEA with success
    charged: float  # CCA-I with success


def await_service(port: int, realm: str, msisdn: str, give_up_seconds: float) -> FirstService:
    """Try until a session could be charged, and end the session.

    Raises:
        RuntimeError: refused, or not within ``give_up_seconds``.
    """
    with _connect(port, time.monotonic() + give_up_seconds) as connection:
        connected = time.monotonic()
        _exchange(connection, _capabilities())
        capabilities = time.monotonic()
        session = f"{ORIGIN_HOST.decode()};{time.time_ns()}"
        _exchange(connection, _request(session, realm, msisdn, first=True))
        charged = time.monotonic()
        _exchange(connection, _request(session, realm, msisdn, first=False))
    return FirstService(connected, capabilities, charged)


def _connect(port: int, deadline: float) -> socket.socket:
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            connection = socket.create_connection((HOST, port), ANSWER_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        time.sleep(RETRY_SECONDS)
    raise RuntimeError("The engine does not accept connections.")


def _exchange(connection: socket.socket, request: Any) -> None:
    connection.sendall(request.as_bytes())
    header = _receive(connection, HEADER_OCTETS)
    rest = int.from_bytes(header[1:4], "big") - HEADER_OCTETS
    answer = Message.from_bytes(header + _receive(connection, rest))
    result = getattr(answer, "result_code", None)
    if result != E_RESULT_CODE_DIAMETER_SUCCESS:
        raise RuntimeError(f"{type(request).__name__} was answered with Result-Code {result}")


def _receive(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise RuntimeError("The engine closed the connection.")
        received += part
    return received


def _capabilities() -> Any:
    request = CapabilitiesExchangeRequest()
    request.origin_host = ORIGIN_HOST
    request.origin_realm = ORIGIN_REALM
    request.host_ip_address = [HOST]
    request.vendor_id = 0
    request.product_name = "bench"
    request.auth_application_id = [APP_DIAMETER_CREDIT_CONTROL_APPLICATION]
    return request


def _request(session: str, realm: str, msisdn: str, *, first: bool) -> Any:
    request = CreditControlRequest()
    request.header.application_id = APP_DIAMETER_CREDIT_CONTROL_APPLICATION
    request.header.is_proxyable = True  # RFC 8506 section 3.1
    request.session_id = session
    request.origin_host = ORIGIN_HOST
    request.origin_realm = ORIGIN_REALM
    request.destination_realm = realm.encode()
    request.auth_application_id = APP_DIAMETER_CREDIT_CONTROL_APPLICATION
    request.service_context_id = DATA_CONTEXT
    request.cc_request_number = 0 if first else 1
    request.add_subscription_id(E_SUBSCRIPTION_ID_TYPE_END_USER_E164, msisdn)
    if first:
        request.cc_request_type = E_CC_REQUEST_TYPE_INITIAL_REQUEST
        request.add_multiple_services_credit_control(
            requested_service_unit=RequestedServiceUnit(cc_total_octets=1_048_576),
            rating_group=RATING_GROUP,
        )
    else:
        request.cc_request_type = E_CC_REQUEST_TYPE_TERMINATION_REQUEST
        request.termination_cause = E_TERMINATION_CAUSE_DIAMETER_LOGOUT
        request.add_multiple_services_credit_control(
            used_service_unit=UsedServiceUnit(cc_total_octets=0), rating_group=RATING_GROUP
        )
    return request
