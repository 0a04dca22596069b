"""Which status of a customer is shown, and what comes down the tree."""

from __future__ import annotations

from uuid import uuid4

import pytest

from openmvno.customers.statuses import HANDED_DOWN, MARKS, PRECEDENCE, bars, causes_of

OWN, PARENT, TOP = uuid4(), uuid4(), uuid4()


@pytest.mark.parametrize(
    ("own", "parent", "top", "shown"),
    [
        ([], [], [], []),
        (["frozen", "suspended"], [], [], ["suspended", "frozen"]),
        (["suspended"], ["blocked"], [], ["reseller_blocked", "suspended"]),
        (["blocked"], ["closed"], [], ["blocked", "reseller_blocked"]),
        (["limited"], ["suspended"], ["blocked"], None),
        (["billing_paused"], ["frozen", "limited"], ["billing_paused"], ["billing_paused"]),
        ([], ["provisionally_terminated"], [], ["reseller_suspended"]),
        (["closed", "blocked", "limited"], [], [], ["closed", "blocked", "limited"]),
    ],
)
def test_the_strongest_comes_first(
    own: list[str], parent: list[str], top: list[str], shown: list[str] | None
) -> None:
    causes = causes_of((OWN, own), [(PARENT, parent), (TOP, top)])
    found = [cause.status for cause in causes]
    if shown is None:
        assert found == ["reseller_blocked", "reseller_suspended", "limited"]
        assert [cause.customer_id for cause in causes] == [TOP, PARENT, OWN]
    else:
        assert found == shown


def test_what_bars_and_what_does_not() -> None:
    for mark in MARKS:
        own = causes_of((OWN, [mark]), [])
        below = causes_of((OWN, []), [(PARENT, [mark])])
        assert bars(own) == bars(below) == (mark in HANDED_DOWN)
    assert set(MARKS) | set(HANDED_DOWN.values()) <= set(PRECEDENCE)
