"""What holds of every quote (R13), whoever computes it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.implementations import BOTH, Quote
from tests.reference.money import micros
from tests.reference.random_request import Case, cases

both = pytest.mark.parametrize("quote", BOTH)
quickly = settings(max_examples=300, deadline=None)


@both
@quickly
@given(case=cases(), more=st.one_of(st.integers(0, 200), st.integers(0, 100_000)))
def test_r13_more_usage_never_costs_less(quote: Quote, case: Case, more: int) -> None:
    document, request = case
    less = quote(document, request)
    assert less == quote(document, request)  # the draws are seeded
    longer = {**request, "usage": request["usage"] + more}
    if "usage_after_change" in request:  # what came before the change stays
        longer["usage_after_change"] = request["usage_after_change"] + more
    greater = quote(document, longer)
    if less["result"] == "rated" and request["usage"] > 0:
        assert greater["result"] in {"rated", "blocked", "overflow"}
    if greater["result"] == "rated":
        assert less["billed_units"] <= greater["billed_units"]
        assert less["charge_micros"] <= greater["charge_micros"]
        assert less["uncovered_micros"] <= greater["uncovered_micros"]
        prices = [
            {partner["code"]: partner["amount_micros"] for partner in answer["partners"]}
            for answer in (less, greater)
        ]
        assert all(prices[0][code] <= prices[1][code] for code in prices[0])
        _begins_with(greater["parts"], less["parts"])


def _begins_with(longer: list[dict[str, Any]], shorter: list[dict[str, Any]]) -> None:
    """Usage that follows changes nothing of who paid for what came before."""
    if shorter:
        assert longer[: len(shorter) - 1] == shorter[:-1]
        first, second = shorter[-1], longer[len(shorter) - 1]
        assert (first["payer"], first["rate"], first["from"]) == (
            second["payer"],
            second["rate"],
            second["from"],
        )
        assert first["to"] <= second["to"]


@both
@quickly
@given(case=cases())
def test_parts_add_up(quote: Quote, case: Case) -> None:
    document, request = case
    answer = quote(document, request)
    parts = answer["parts"]
    assert sum(part["amount_micros"] for part in parts) == answer["charge_micros"]
    for before, after in pairwise(parts):
        assert before["to"] <= after["from"]
    assert all(part["to"] - part["from"] == part["units"] > 0 for part in parts)
    if answer["result"] != "rated":
        assert (answer["billed_units"], parts, answer["charge_micros"]) == (0, [], 0)
    elif answer["uncovered_micros"] == 0 and _never_refused(document):
        assert sum(part["units"] for part in parts) == answer["billed_units"] or not parts


def _never_refused(document: dict[str, Any]) -> bool:
    return all(bucket.get("exhausted") != "block" for bucket in document["buckets"])


@both
@quickly
@given(case=cases())
def test_nobody_pays_more_than_there_is(quote: Quote, case: Case) -> None:
    document, request = case
    answer = quote(document, request)
    paid: dict[str, int] = {}
    for part in answer["parts"]:
        money = "." in part["cost"]
        cost = part["amount_micros"] if money else int(part["cost"])
        paid[part["payer"]] = paid.get(part["payer"], 0) + cost
    if request["balance"] is not None and document["products"][0]["overrun"] == "absorb":
        assert paid.get("balance", 0) <= micros(request["balance"])
    for entry in request.get("buckets") or []:
        rule = next(bucket for bucket in document["buckets"] if bucket["code"] == entry["code"])
        there = sum(
            micros(other["remaining"]) if rule["unit"] == "money" else int(other["remaining"])
            for other in request["buckets"]
            if other["code"] == entry["code"]
        )
        assert paid.get(f"bucket:{entry['code']}", 0) <= there
