"""Usage in columns for the core, and the sums of what comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from openmvno.catalog import CatalogInvalid
from openmvno.catalog.bills import LABELS, Bill, Ledger, Sums, distribution
from openmvno.catalog.errors import QuoteInvalid
from openmvno.catalog.model import Subscription
from openmvno.catalog.pricing import NOT_SOLD, RESULTS, Rehearsal, quote
from openmvno.charging import Usage

ANA, BORIS, GONE = UUID(int=1), UUID(int=2), UUID(int=3)
LINES = {
    ANA: Subscription("385910000001", "basic", ("extra", "withdrawn")),
    BORIS: Subscription("385910000002", "plus", ()),
    GONE: Subscription("385910000003", "withdrawn", ()),
}
GRANT = {"default": 1, "maximum": 1000, "validity_time": 600}
DOCUMENT: dict[str, Any] = {
    "currency": "EUR",
    "services": [
        {"code": "sms", "unit": "event", "grant": GRANT},
        {"code": "voice", "unit": "second", "grant": GRANT},
        {"code": "data", "unit": "octet", "grant": GRANT},
    ],
    "rate_tables": [
        {"code": "v", "service": "voice", "rates": [{"prefix": "", "price": "0.60", "per": 60}]},
        {"code": "s", "service": "sms", "rates": [{"prefix": "", "price": "0.05"}]},
        {"code": "d", "service": "data", "rates": [{"rating_group": 10, "price": "0.01"}]},
        {"code": "far", "service": "sms", "rates": [{"prefix": "1", "forbidden": True}]},
    ],
    "buckets": [{"code": "free", "unit": "second", "amount": 90, "pays": [{"service": "voice"}]}],
    "products": [
        {"code": "basic", "rate_tables": ["v", "s", "d"]},
        {"code": "plus", "rate_tables": ["v", "s", "d"], "buckets": ["free"]},
        {"code": "extra", "kind": "addon", "rate_tables": ["far"]},
    ],
}
CALL = Usage(ANA.bytes, "voice", "originating", "385", None, 1_700_000_000_000, 60, 500_000)


def rehearsal(**options: bool) -> Rehearsal:
    text = json.dumps(DOCUMENT).encode()
    return Rehearsal(text, DOCUMENT, LINES, buckets=options.get("buckets", True))


def test_each_usage_has_amount_and_result_in_order() -> None:
    batch = [
        CALL,
        CALL._replace(line=GONE.bytes),
        CALL._replace(service="sms", usage=2, destination="žćš"),
        CALL._replace(service="withdrawn"),
        CALL._replace(usage=2**40, rating_group=4_294_967_295),
        CALL._replace(line=UUID(int=9).bytes),
        CALL._replace(service="data", usage=3, rating_group=10),
        CALL._replace(service="data", rating_group=20),
        CALL._replace(service="sms", usage=1, destination="1555"),
        CALL._replace(service="sms", usage=1, destination="1555", line=BORIS.bytes),
    ]
    amounts, results = rehearsal().rate(batch)
    assert list(amounts) == [600_000, 0, 100_000, 0, 10_000 * 2**40, 0, 30_000, 0, 0, 50_000]
    words = [RESULTS[result] for result in results]
    assert words == [
        "rated",
        "not_sold",
        "rated",
        "not_sold",
        "rated",
        "not_sold",
        "rated",
        "no_rate",
        "forbidden",
        "rated",
    ]


def test_the_price_depends_on_what_the_network_said() -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["zones"] = [{"code": "usa", "plmns": ["310"]}]
    document["rate_tables"] += [
        {"code": "usa", "service": "voice", "rates": [{"prefix": "", "price": "1.20", "per": 60}]},
        {
            "code": "friends",
            "service": "voice",
            "rates": [
                {"symbol": "favourite", "price": "0.03", "per": 60},
                {"symbol": "on_net", "price": "0.06", "per": 60},
                {"symbol": "cug", "price": "0.02", "per": 60},
            ],
        },
    ]
    document["products"][0]["rate_tables"] = [
        {"table": "usa", "when": {"zones": ["usa"]}},
        "friends",
        "v",
    ]
    every = Rehearsal(json.dumps(document).encode(), document, LINES, buckets=True)
    inputs = [
        "",
        '{"plmn": "310260", "rat_type": 6}',
        '{"favourite": true, "on_net": true}',
        '{"on_net": true, "apn": "a\\u00e9"}',
        '{"cug": true, "time_zone": "UTC"}',
    ]
    amounts, _ = every.rate([CALL._replace(inputs=text) for text in inputs])
    assert list(amounts) == [600_000, 1_200_000, 30_000, 60_000, 20_000]


def test_buckets_last_from_usage_to_usage() -> None:
    calls = [CALL._replace(line=BORIS.bytes)] * 3
    both = rehearsal(), rehearsal(buckets=False)
    first, without = (list(each.rate(calls[:2])[0]) for each in both)
    assert (first, without) == ([0, 300_000], [600_000, 600_000])
    assert list(both[0].rate(calls[2:])[0]) == [600_000], "a batch goes on where another ended"
    longer = calls[0]._replace(at=CALL.at - 3_600_000)
    amounts, _ = rehearsal().rate([calls[0], longer])
    assert list(amounts) == [0, 300_000], "it began before the first that ended"


def test_buckets_that_end_or_begin_anew() -> None:
    month = 31 * 86_400_000
    for ends, amounts in ({"valid_days": 30}, [0, 600_000]), ({"renew": "month"}, [0, 0]):
        document = DOCUMENT | {"buckets": [DOCUMENT["buckets"][0] | ends]}
        text = json.dumps(document).encode()
        calls = [CALL._replace(line=BORIS.bytes, at=CALL.at + later) for later in (0, month)]
        assert list(Rehearsal(text, document, LINES, buckets=True).rate(calls)[0]) == amounts


def test_nothing_sold_and_nothing_at_all() -> None:
    amounts, results = rehearsal().rate([CALL._replace(service="none")])
    assert (list(amounts), list(results)) == ([0], [NOT_SOLD])
    amounts, results = rehearsal().rate([])
    assert (list(amounts), list(results)) == ([], [])


def test_a_quote_that_cannot_be_answered() -> None:
    with pytest.raises(QuoteInvalid, match="none"):
        quote(json.dumps(DOCUMENT).encode(), {"product": "none", "service": "voice", "usage": 1})


def test_a_quote_by_a_bad_document() -> None:
    with pytest.raises(CatalogInvalid) as refused:
        quote(b"{}", {"product": "basic", "service": "voice", "usage": 1})
    assert refused.value.field == "currency"


def test_sums_by_line_and_service() -> None:
    ledger = Ledger()
    sms = CALL._replace(service="sms", charged=0)
    ledger.add(
        [CALL, sms, CALL._replace(line=BORIS.bytes)],
        ([100, 5, 300], bytes([0, 0, 0])),
        ([150, 0, 200], bytes([0, 2, 0])),
    )
    ledger.add([sms], ([5], bytes([0])), ([5], bytes([0])))
    assert ledger.total() == Sums(4, 1_000_000, 410, 355)
    assert ledger.services() == {
        "voice": Sums(2, 1_000_000, 400, 350),
        "sms": Sums(2, 0, 10, 5),
    }
    assert [(each.result, each.before, each.after) for each in ledger.outcomes()] == [
        ("rated", 4, 3),
        ("no_rate", 0, 1),
    ]
    bills = ledger.bills(LINES)
    assert [(bill.msisdn, bill.sums.change) for bill in bills] == [
        ("385910000001", 45),
        ("385910000002", -100),
    ]
    assert Ledger().total() == Sums(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        (100, 49, "below -50%"),
        (100, 50, "-50% to -20%"),
        (100, 80, "-20% to -10%"),
        (100, 90, "-10% to -5%"),
        (100, 99, "-5% to 0%"),
        (100, 100, "unchanged"),
        (0, 0, "unchanged"),
        (100, 105, "0% to +5%"),
        (100, 106, "+5% to +10%"),
        (100, 120, "+10% to +20%"),
        (100, 150, "+20% to +50%"),
        (100, 151, "above +50%"),
        (0, 1, "paid nothing before"),
    ],
)
def test_the_band_of_a_bill(before: int, after: int, label: str) -> None:
    bill = Bill(ANA, "", "basic", Sums(1, 0, before, after))
    bands = {band.label: band for band in distribution([bill, replace(bill)])}
    assert list(bands) == list(LABELS)
    assert bands[label].subscribers == 2
    assert bands[label].change == 2 * (after - before)
    assert sum(band.subscribers for band in bands.values()) == 2
