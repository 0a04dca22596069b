"""What an exchange did to the account, from how things stood before and after it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from openmvno import _core
from openmvno.charging import Exchange
from openmvno.money import format_amount
from openmvno.traces.schemas import (
    RatingView,
    TracedBucket,
    TracedCdr,
    TracedPart,
    TracedUnits,
)

State = dict[str, Any]


def rating_of(exchange: Exchange) -> RatingView | None:
    """None where no shard served it."""
    before, after = exchange.before, exchange.after
    if before is None or after is None:
        return None
    old, new = before["account"], after["account"]
    currency = str(new["currency"])
    return RatingView(
        currency=currency,
        balance_before=format_amount(old["balance"], currency),
        balance_after=format_amount(new["balance"], currency),
        reserved_before=format_amount(old["reserved"], currency),
        reserved_after=format_amount(new["reserved"], currency),
        units=_units(before["session"], after["session"], currency),
        buckets=_buckets(old, new),
        cdrs=[_cdr(cdr) for cdr in _recorded(exchange)],
    )


def quote_request(exchange: Exchange) -> tuple[int, dict[str, Any]] | None:
    """The catalogue version and the quote of what a session's first answer granted, on the account
    as it stood before; None for any other exchange."""
    before, after = exchange.before, exchange.after
    if before is None or after is None or before["session"] is not None:
        return None
    session = after["session"]
    opened = [cause for cause in _causes(exchange) if cause["kind"] == "initial"]
    if session is None or not opened or not session["units"]:
        return None
    unit, context = session["units"][0], opened[0]["context"] or {}
    request = {
        "line": before["line"],
        "account": before["account"],
        "service": session["service"],
        "direction": session["direction"],
        "destination": session["destination"],
        "rating_group": unit["rating_group"],
        "service_identifier": unit["service_identifier"],
        "at": datetime.fromtimestamp(session["since"] / 1000, UTC).isoformat(
            timespec="milliseconds"
        ),
        "usage": unit["granted"],
        "session": session["session_id"],
        "location": {name: context.get(name) or None for name in ("plmn", "msc", "cell")},
        **{name: context.get(name) or None for name in ("apn", "slice", "access_network")},
        **{name: context.get(name) for name in ("rat_type", "qos_class")},
        **{name: bool(context.get(name)) for name in ("on_net", "cug")},
    }
    return session["catalog_version"], request


def _records(exchange: Exchange) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(_core.describe(exchange.journal))
    return records


def _causes(exchange: Exchange) -> list[dict[str, Any]]:
    """The charging requests among the causes of what was journaled."""
    causes = [record["cause"] for record in _records(exchange)]
    return [cause["request"] for cause in causes if isinstance(cause, dict) and "request" in cause]


def _recorded(exchange: Exchange) -> list[dict[str, Any]]:
    effects = [effect for record in _records(exchange) for effect in record["effects"]]
    return [effect["recorded"] for effect in effects if "recorded" in effect]


def _cdr(cdr: dict[str, Any]) -> TracedCdr:
    amount = format_amount(cdr["amount"], cdr["currency"])
    return TracedCdr(UUID(cdr["id"]), cdr["kind"], cdr["rate"], cdr["usage"], amount)


def _units(before: State | None, after: State | None, currency: str) -> list[TracedUnits]:
    if after is None:
        return []
    known = {_key(unit): unit for unit in (before or {"units": []})["units"]}
    return [_unit(known.get(_key(unit)), unit, currency) for unit in after["units"]]


def _key(unit: State) -> tuple[object, object]:
    return unit["rating_group"], unit["service_identifier"]


def _unit(before: State | None, after: State, currency: str) -> TracedUnits:
    charged = after["charged_micros"]
    return TracedUnits(
        rating_group=after["rating_group"],
        rate=after["rate"],
        table=after["table"],
        granted=after["granted"],
        used=after["used"],
        charged=format_amount(charged, currency),
        charged_now=format_amount(charged - (before["charged_micros"] if before else 0), currency),
        reserved=format_amount(after["reserved_micros"], currency),
        parts=[_part(part, currency) for part in after["parts"]],
    )


def _part(part: State, currency: str) -> TracedPart:
    is_money = part["payer"] in {"balance", "overrun"} or part["amount_micros"] != 0
    return TracedPart(
        part["payer"],
        part["rate"],
        part["table"],
        part["period"],
        part["from"],
        part["to"],
        format_amount(part["amount_micros"], currency) if is_money else part["cost"],
        part["discount_percent"],
    )


def _buckets(old: State, new: State) -> list[TracedBucket]:
    known = {bucket["id"]: bucket for bucket in old["buckets"]}
    changed = []
    for bucket in new["buckets"]:
        before = known.get(bucket["id"], {"used": 0, "reserved": 0})
        if (before["used"], before["reserved"]) != (bucket["used"], bucket["reserved"]):
            changed.append(
                TracedBucket(
                    bucket["code"],
                    bucket["unit"],
                    before["used"],
                    bucket["used"],
                    before["reserved"],
                    bucket["reserved"],
                )
            )
    return changed
