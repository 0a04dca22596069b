"""What is wrong, where it is, and what would be accepted: every kind of mistake is told so."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.api.conftest import Api

SOME_ID = "01a2198a-8c01-7d3e-a5a0-6f1a5e0c7b11"
LINE = f"/v1/lines/{SOME_ID}"


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "rule", "accepted"),
    [
        # A field there is not: which there are, and which are needed.
        (
            "POST",
            "/v1/sign-ups",
            {"produkt": "basic"},
            "produkt",
            "no such field",
            "product (needed)",
        ),
        (
            "POST",
            "/v1/sign-ups",
            {"product": "basic", "customer": {"nam": "Ana"}},
            "customer.nam",
            "no such field",
            "name (needed)",
        ),
        # One that is missing: what belongs there.
        ("POST", "/v1/sign-ups", {}, "product", "missing", "text such as"),
        (
            "POST",
            "/v1/sign-ups",
            {"product": "basic", "initial_top_up": {"amount": "1.00"}},
            "initial_top_up.currency",
            "missing",
            '"EUR"',
        ),
        # Another type.
        ("POST", "/v1/customers", {"name": 7}, "name", "Expected `str`, got `int`", "text"),
        ("PATCH", LINE, {"own_balance": 1}, "own_balance", "Expected `bool`", "true or false"),
        ("PATCH", LINE, {"own_balance": None}, "own_balance", "null", "true or false"),
        ("POST", "/v1/customers", [], None, "got `array`", "name (needed)"),
        (
            "POST",
            "/v1/sign-ups",
            {"product": "basic", "customer_id": "4711"},
            "customer_id",
            "Invalid UUID",
            "a UUID such as 01a2198a",
        ),
        # One of a few words.
        ("PATCH", LINE, {"status": "locked"}, "status", "Invalid enum", "active, blocked, closed"),
        (
            "PATCH",
            LINE,
            {"spending_cap": {"amount": "1", "renew": "year"}},
            "spending_cap.renew",
            "Invalid enum value 'year'",
            "one of day, month, week",
        ),
        # A shape, in words.
        (
            "PUT",
            f"{LINE}/favourites",
            {"numbers": ["385910000002", "+385"]},
            "numbers[1]",
            "regex",
            "2 to 15 digits",
        ),
        (
            "POST",
            "/v1/customers",
            {"name": "A", "email": "ana"},
            "email",
            "regex",
            "an e-mail address",
        ),
        # Too long, too many, too much.
        ("POST", "/v1/customers", {"name": ""}, "name", "length >= 1", "text of 1 to"),
        (
            "POST",
            "/v1/sign-ups",
            {"product": "basic", "addons": ["a"] * 17},
            "addons",
            "length <= 16",
            "a list of at most 16 items",
        ),
        ("GET", "/v1/lines?limit=900", None, "limit", "<= 500", "a whole number from 1 to 500"),
        ("GET", "/v1/lines?limit=many", None, "limit", "Expected `int`", "from 1 to 500"),
        ("GET", "/v1/lines?account=x", None, "account", "Invalid UUID", "a UUID such as"),
        ("GET", "/v1/numbers?ends_with=ab", None, "ends_with", "regex", "1 to 15 digits"),
        ("GET", "/v1/audit?since=0.5", None, "since", "is no time", "2026-11-27T09:30:00Z"),
        ("GET", "/v1/audit?until=2026-11-27T09:30:00", None, "until", "is no time", "offset"),
    ],
)
async def test_it_is_told(
    api: Api,
    method: str,
    path: str,
    body: Any,
    field: str | None,
    rule: str,
    accepted: str,
) -> None:
    refused = await api.request(method, path, json=body, key=SOME_ID)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (400, "request_malformed"), problem
    assert problem.get("field") == field, problem
    assert rule in problem["detail"], problem
    assert accepted in problem["accepted"], problem
    assert problem["accepted"] in problem["detail"], problem


async def test_what_is_no_json(api: Api) -> None:
    for content, rule in ((b"{", "not JSON"), (b"\xff", "not JSON"), (b"", "body is needed")):
        refused = await api.post("/v1/customers", content=content, key=SOME_ID)
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (400, "request_malformed"), problem
        assert rule in problem["detail"], problem
        assert "name (needed)" in problem["accepted"], problem
