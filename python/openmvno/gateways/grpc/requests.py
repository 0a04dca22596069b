"""Public charging messages as the engine's JSON requests, and its outcomes as messages."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from openmvno.rpc.charging.v1 import charging_pb2 as messages

SESSION_ID_LIMIT: Final = 255
INT64_MAX: Final = 2**63 - 1
OCTET_MAX: Final = 255

STATUS_OF_ERROR: Final = {
    "refused": Status.UNAVAILABLE,
    "overloaded": Status.RESOURCE_EXHAUSTED,
    "unknown": Status.UNAVAILABLE,
    "invalid_request": Status.INVALID_ARGUMENT,
}
# Result-Codes of RFC 8506 section 9 and RFC 6733 section 7.1 that an outcome may carry.
STATUS_OF_RESULT: Final = {
    3002: Status.UNAVAILABLE,  # DIAMETER_UNABLE_TO_DELIVER
    3004: Status.RESOURCE_EXHAUSTED,  # DIAMETER_TOO_BUSY
    4010: Status.FAILED_PRECONDITION,  # DIAMETER_END_USER_SERVICE_DENIED
    4012: Status.FAILED_PRECONDITION,  # DIAMETER_CREDIT_LIMIT_REACHED
    5002: Status.NOT_FOUND,  # DIAMETER_UNKNOWN_SESSION_ID
    5003: Status.FAILED_PRECONDITION,  # DIAMETER_AUTHORIZATION_REJECTED
    5030: Status.NOT_FOUND,  # DIAMETER_USER_UNKNOWN
    5031: Status.FAILED_PRECONDITION,  # DIAMETER_RATING_FAILED
}

Request = dict[str, Any]


def invalid(message: str) -> GRPCError:
    """A refusal of a malformed request."""
    return GRPCError(Status.INVALID_ARGUMENT, f"invalid_request: {message}")


def identity(subscriber: messages.Subscriber) -> Request:
    """Who is charged."""
    kind = subscriber.WhichOneof("identity")
    if kind is None:
        raise invalid("subscriber: nobody is named; msisdn or imsi is expected")
    value: str = getattr(subscriber, kind)
    if not (value.isascii() and value.isdigit() and 5 <= len(value) <= 15):
        raise invalid(f"subscriber.{kind}: 5 to 15 digits are expected")
    return {kind: value}


def session(request: Any) -> Request:
    """The idempotency key: session and request number."""
    text: str = request.session_id
    if not 1 <= len(text) <= SESSION_ID_LIMIT or not text.isprintable():
        raise invalid(f"session_id: 1 to {SESSION_ID_LIMIT} printable characters are expected")
    return {"session": text, "number": request.request_number}


def service(request: Any) -> Request:
    """The service that is charged."""
    if not request.service:
        raise invalid("service: the code of a service of the catalogue is expected")
    return {"service": request.service}


def optional_text(request: Any, *names: str) -> Request:
    """Text fields that were given."""
    return {name: getattr(request, name) for name in names if getattr(request, name)}


def unit_key(request: Any) -> Request:
    """Rating group and service identifier, as far as they were given."""
    return _optional(request, "rating_group", "service_identifier")


def surroundings(request: Any) -> Request:
    """Where and how the user is served, as far as it was given."""
    network: messages.Network = request.network
    for name in ("rat_type", "qos_class"):
        if getattr(network, name) > OCTET_MAX:
            raise invalid(f"network.{name}: at most {OCTET_MAX} is expected")
    return {
        **optional_text(request.location, "plmn", "msc", "cell"),
        **optional_text(network, "apn", "slice", "access_network"),
        **_optional(network, "rat_type", "qos_class"),
    }


def _optional(message: Any, *names: str) -> Request:
    return {name: getattr(message, name) for name in names if message.HasField(name)}


def quantities(request: Any, *names: str) -> Request:
    """Quantities by their names, in units of the service or in micros of money."""
    found: Request = {}
    kinds = set()
    for name in names:
        quantity: messages.Quantity = getattr(request, name)
        kind = quantity.WhichOneof("quantity")
        if kind is None:
            continue
        kinds.add(kind)
        value = quantity.units if kind == "units" else quantity.amount.micros
        if value < 0:
            raise invalid(f"{name}: 0 or more is expected")
        found[name] = value
        if kind == "amount":
            found["currency"] = _currency(name, quantity.amount, found.get("currency"))
    if len(kinds) > 1:
        raise invalid(f"{', '.join(names)}: either units in all or amounts in all are expected")
    if kinds == {"amount"}:
        found["money"] = True
    return found


def _currency(name: str, amount: messages.Money, other: str | None) -> str:
    code = amount.currency
    if len(code) != 3 or not (code.isascii() and code.isupper()):
        raise invalid(f"{name}.amount.currency: an ISO 4217 code such as EUR is expected")
    if other is not None and other != code:
        raise invalid(f"{name}.amount.currency: {other}, that of the other amounts, is expected")
    return code


def refund_of(text: str) -> Request:
    """The debit a refund is about."""
    try:
        return {"refund_of": str(UUID(text))}
    except ValueError:
        raise invalid("debit_cdr_id: a UUID is expected") from None


def refuse_error(outcome: dict[str, Any]) -> None:
    """Raise the refusal an outcome stands for, if it is one."""
    code = outcome.get("error")
    if code is None:
        return
    by_result = STATUS_OF_RESULT.get(outcome.get("result_code", 0), Status.INVALID_ARGUMENT)
    status = STATUS_OF_ERROR.get(code, by_result)
    raise GRPCError(status, f"{code}: {outcome.get('message', '')}")


def charging_response(outcome: dict[str, Any]) -> messages.ChargingResponse:
    """The answer to a charging request."""
    refuse_error(outcome)
    currency = outcome.get("currency", "")
    return messages.ChargingResponse(
        granted=outcome.get("granted") or 0,
        charged=messages.Money(currency=currency, micros=outcome.get("charged") or 0),
        balance=messages.Money(currency=currency, micros=outcome.get("balance") or 0),
        cdr_id=outcome.get("cdr") or "",
        final=bool(outcome.get("last")),
        tariff_change=outcome.get("tariff_change"),
    )


def refund_response(outcome: dict[str, Any]) -> messages.ChargingResponse:
    """The answer to a refund: the engine says what was given back, a negative charge."""
    response = charging_response(outcome)
    response.charged.micros = -response.charged.micros
    return response


def unknown_subscriber() -> GRPCError:
    """The refusal of a subscriber the tenant does not have."""
    return GRPCError(Status.NOT_FOUND, "subscriber_unknown: no line has this MSISDN or IMSI")


def refuse_other_currency(given: str, account: str) -> None:
    """Raise unless an amount is in the account's currency."""
    if given != account:
        raise invalid(f"amount.currency: {account}, the account's currency, is expected")


def balance_response(balance: dict[str, Any]) -> messages.BalanceResponse:
    """The answer to a balance request."""

    def money(name: str) -> messages.Money:
        return messages.Money(currency=balance["currency"], micros=balance[name])

    return messages.BalanceResponse(
        balance=money("balance"), reserved=money("reserved"), available=money("available")
    )
