"""What differs between documents, and which products it concerns."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from openmvno.catalog.affected import changed_products
from openmvno.catalog.diff import Change, FieldChange, differences, rate_key

OLD: dict[str, Any] = {
    "currency": "EUR",
    "numbering": {"country_code": "385"},
    "services": [{"code": "voice", "unit": "second", "grant": {"default": 60, "maximum": 3600}}],
    "destinations": [
        {"code": "eu", "prefixes": ["43", "49"]},
        {"code": "europe", "include": ["eu"]},
    ],
    "calendars": [
        {"code": "business", "periods": [{"code": "night"}, {"code": "weekend"}]},
        {"code": "unused", "periods": []},
    ],
    "rate_tables": [
        {
            "code": "standard",
            "service": "voice",
            "calendar": "business",
            "rates": [
                {"prefix": "385", "price": "0.10"},
                {"prefix": "385", "price": "0.05", "period": "night"},
                {"destination": "europe", "price": "0.20"},
                {"default": True, "price": "1"},
            ],
        },
        {"code": "other", "service": "voice", "rates": [{"prefix": "", "price": "1"}]},
    ],
    "products": [
        {"code": "basic", "rate_tables": ["standard"]},
        {"code": "plus", "rate_tables": [{"table": "other", "when": {"zones": ["home"]}}]},
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """OLD with the value at a path of names and positions changed, or removed when None."""
    new = copy.deepcopy(OLD)
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
    place: Any = new
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return new


def test_the_same_document_does_not_differ() -> None:
    new = copy.deepcopy(OLD)
    new["products"].reverse()
    new["rate_tables"][0]["rates"].reverse()
    new["destinations"][0]["prefixes"].reverse()
    assert differences(OLD, new) == []


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            "rounding",
            "up",
            Change("changed", "document", "", [FieldChange("rounding", None, "up")]),
        ),
        (
            "numbering/country_code",
            "386",
            Change(
                "changed", "document", "", [FieldChange("numbering.country_code", "385", "386")]
            ),
        ),
        (
            "services/0/grant/default",
            30,
            Change("changed", "service", "voice", [FieldChange("grant.default", 60, 30)]),
        ),
        (
            "rate_tables/0/rates/1/price",
            "0.06",
            Change(
                "changed",
                "rate",
                "standard: prefix 385, period night",
                [FieldChange("price", "0.05", "0.06")],
            ),
        ),
        (
            "rate_tables/0/rates/3",
            None,
            Change(
                "removed",
                "rate",
                "standard: default",
                [FieldChange("default", True, None), FieldChange("price", "1", None)],
            ),
        ),
        (
            "destinations/0/prefixes",
            ["49", "33"],
            Change("changed", "destination", "eu", [FieldChange("prefixes", ["43"], ["33"], True)]),
        ),
        (
            "calendars/0/periods",
            [{"code": "weekend"}, {"code": "night"}],
            Change(
                "changed",
                "calendar",
                "business",
                [FieldChange("order of periods", ["night", "weekend"], ["weekend", "night"])],
            ),
        ),
        (
            "products/1/rate_tables/0/when/zones",
            ["away"],
            Change(
                "changed",
                "product",
                "plus",
                [FieldChange("rate_tables[0].when.zones", ["home"], ["away"])],
            ),
        ),
    ],
)
def test_one_change(path: str, value: Any, expected: Change) -> None:
    assert differences(OLD, changed(path, value)) == [expected]


def test_a_new_table_comes_with_its_rates() -> None:
    new = copy.deepcopy(OLD)
    new["rate_tables"].append({"code": "sms", "service": "sms", "rates": [{"prefix": ""}]})
    assert [(each.change, each.kind, each.name) for each in differences(OLD, new)] == [
        ("added", "rate table", "sms"),
        ("added", "rate", "sms: any number"),
    ]
    assert [each.change for each in differences(new, OLD)] == ["removed", "removed"]


def test_against_nothing_everything_is_new() -> None:
    assert {each.change for each in differences(None, OLD)} == {"added"}


def test_rates_of_one_key_are_told_apart() -> None:
    new = copy.deepcopy(OLD)
    new["rate_tables"][1]["rates"].append({"prefix": "", "price": "2", "effective_until": "x"})
    (change,) = differences(OLD, new)
    assert (change.change, change.name) == ("added", "other: any number (2)")


@pytest.mark.parametrize(
    ("rate", "key"),
    [
        ({"prefix": "385", "effective_from": "2026"}, "prefix 385, from 2026"),
        ({"prefix": ""}, "any number"),
        ({"symbol": "cug"}, "symbol cug"),
        ({"rating_group": 10, "period": "night"}, "rating group 10, period night"),
        ({"default": True}, "default"),
    ],
)
def test_what_a_rate_is_called(rate: dict[str, Any], key: str) -> None:
    assert rate_key(rate) == key


@pytest.mark.parametrize(
    ("path", "value", "affected"),
    [
        ("rate_tables/0/rates/0/price", "9", {"basic"}),
        ("rate_tables/1/rates/0/price", "9", {"plus"}),
        ("destinations/0/prefixes", ["9"], {"basic"}),
        ("calendars/0/periods", [], {"basic"}),
        ("calendars/1/periods", [{"code": "x"}], set()),
        ("services/0/grant/default", 1, {"basic", "plus"}),
        ("rounding", "up", {"basic", "plus"}),
        ("zones", [{"code": "home", "plmns": ["219"]}], {"basic", "plus"}),
    ],
)
def test_products_are_affected_by_what_they_lead_to(
    path: str, value: Any, affected: set[str]
) -> None:
    changes = changed_products(OLD, changed(path, value))
    assert {code for code, change in changes.items() if change == "changed"} == affected
    assert set(changes) == {"basic", "plus"}


def test_products_come_and_go() -> None:
    new = changed("products/1/code", "max")
    assert changed_products(OLD, new) == {"basic": "unchanged", "plus": "removed", "max": "added"}
    assert changed_products(None, OLD) == {"basic": "added", "plus": "added"}
