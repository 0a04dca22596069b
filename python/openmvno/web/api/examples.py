"""Examples for the document, composed of what each field shows and, where it shows nothing, of what
a field of that name holds everywhere."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

REFERENCE_PREFIX: Final = "#/components/schemas/"

BY_FORMAT: Final = {
    "uuid": "01a2198a-8c01-7d3e-a5a0-6f1a5e0c7b11",
    "date-time": "2026-11-27T09:30:00Z",
    "date": "2026-11-27",
}

BY_NAME: Final[dict[str, Any]] = {
    "actor": "care desk",
    "address": "192.0.2.10",
    "addresses": "192.0.2.10",
    "adm": "1A2B3C4D5E6F7081",
    "algorithm": "milenage",
    "allocated_to": "shop-12",
    "api_url": "https://api.stripe.com",
    "called_station": "apn",
    "cause": "1",
    "certificate": None,
    "change": "changed",
    "checks": "ok",
    "class_name": "business",
    "client_secret": "pi_3Ox_secret_8fQ",
    "code": "number_not_available",
    "correlation": "01a2198a8c01",
    "csrf_token": "Zx3vC1o9sTQ2",
    "description": "first lot of 2026",
    "destination": "385980000001",
    "detail": "385910000001 is not available.",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "direction": "originating",
    "donor": "21910",
    "dunning_policy": "standard",
    "email": "ana@mvno.example",
    "external_id": "crm-4711",
    "failure": "card_declined",
    "fate": "accepted",
    "file_name": "cards.csv",
    "fraud_profile": "standard",
    "hlr": "hlr-1",
    "instance": "/v1/lines",
    "invoice_template": "standard",
    "kind": "session",
    "last_error": "connection refused",
    "line_status": "active",
    "login": "ana@mvno.example",
    "marks": "barred",
    "matching_id": "K4-3F0-8GA",
    "message": "The check digit of the ICCID should be 4.",
    "msisdn": "385910000001",
    "name": "Ana Horvat",
    "networks": "192.0.2.0/24",
    "next_cursor": "IjAxYTIxOThhIg",
    "note": "agreed with the carrier",
    "notification_set": "standard",
    "option": "small",
    "origin": "api",
    "origin_host": "pgw.epc.example.net",
    "origin_realm": "epc.example.net",
    "overrun": "absorb",
    "password": "correct horse battery",
    "pay": "balance",
    "peer": "pgw.epc.example.net",
    "phone": "385910000001",
    "pin1": "1234",
    "pin2": "5678",
    "problem": "line 17 is no line of a table",
    "product": "prepaid-basic",
    "products": "prepaid-basic",
    "profile": "standard",
    "provider_ref": "pi_3Ox8fQ",
    "puk1": "12345678",
    "puk2": "87654321",
    "rate": "mobile-national",
    "rate_tables": "voice-standard",
    "reason": "requested by the subscriber",
    "recipient": "21901",
    "record_id": "20261127-000001",
    "reference": "till-3-000123",
    "refusal": "balance_too_low",
    "request_id": "01a2198a-8c01-7d3e-a5a0-6f1a5e0c7b11",
    "requires": "prepaid-basic",
    "excludes": "weekend-pack",
    "reserve": "all",
    "result": "same",
    "role": "retail",
    "roles": "care-agent",
    "scopes": "customers:read",
    "secret": "aVeryLongSharedSecret",
    "service": "voice",
    "session_id": "pgw.example;1;7",
    "smdp": "smdp.example.com",
    "source": "database",
    "state": "available",
    "status": "active",
    "subject_id": "01a2198a-8c01-7d3e-a5a0-6f1a5e0c7b11",
    "target": "hlr",
    "tax_profile": "standard",
    "title": "The number is not available",
    "under_way": "line.status",
    "unit": "octet",
    "vendor": "none",
}
"""What a field without an example of its own holds; of a list, what one of its items is."""


def example_of(schema: Schema, components: dict[str, Schema], *, is_answer: bool = True) -> Any:
    """A value that fits ``schema``. An answer has every field, a request those it needs, or the
    first where it needs none."""
    return _example(schema, components, "", is_answer)


def _example(schema: Schema, components: dict[str, Schema], name: str, is_answer: bool) -> Any:
    if "$ref" in schema:
        schema = components[schema["$ref"].removeprefix(REFERENCE_PREFIX)]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return _example({**choice, **_shown(schema)}, components, name, is_answer)
    if schema.get("type") == "object":
        return _object(schema, components, name, is_answer)
    if schema.get("type") == "array":
        return [_example(schema.get("items", {}), components, name, is_answer)]
    return _plain(schema, name)


def _shown(schema: Schema) -> Schema:
    return {key: schema[key] for key in ("examples", "default") if key in schema}


def _object(schema: Schema, components: dict[str, Schema], name: str, is_answer: bool) -> Any:
    properties: dict[str, Schema] = schema.get("properties", {})
    values = schema.get("additionalProperties")
    if not properties and isinstance(values, dict) and values:
        return {"key": _example(values, components, name, is_answer)}
    names = list(properties) if is_answer else schema.get("required") or list(properties)[:1]
    return {each: _example(properties[each], components, each, is_answer) for each in names}


def _plain(schema: Schema, name: str) -> Any:
    kind = schema.get("type")
    if kind == "string":
        return BY_FORMAT.get(schema.get("format", "")) or BY_NAME.get(name, "text")
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return schema.get("default", False)
    return None if kind == "null" else {}
