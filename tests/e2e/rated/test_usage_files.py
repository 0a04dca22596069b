"""Calls from a usage file are read and priced as the network's are."""

from __future__ import annotations

import pytest
from tests.e2e.rated.catalog import FRIEND
from tests.e2e.rated.traffic import call, hang_up
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story.stage import Line

HEADER = "record_id,imsi,service,destination,started_at,duration"


def from_file(rated: System, line: Line, dialled: str) -> tuple[str, str, str, bool, bool]:
    """A minute to a number, as its CDR has it."""
    record = f"{line.line_id}{dialled}"
    row = f"{record},{line.subscriber.imsi},voice,{dialled},2026-05-01T10:00:00Z,60"
    file = rated.api.upload("/v1/usage-files", f"{record}.csv", f"{HEADER}\n{row}\n")
    assert (file["accepted"], file["rejected"]) == (1, 0)
    cdrs = rated.cdrs_of_line(line)
    return told(cdrs[0])


def told(cdr: dict[str, object]) -> tuple[str, str, str, bool, bool]:
    inputs = cdr["inputs"] or {}
    assert isinstance(inputs, dict)
    named = (str(cdr[name]) for name in ("destination", "rate", "amount"))
    destination, rate, amount = named
    return destination, rate, amount, inputs.get("favourite", False), inputs.get("on_net", False)


@pytest.mark.parametrize(
    ("dialled", "number", "rate", "amount"),
    [
        ("0911234567", "385911234567", "Croatia", "0.12"),
        ("+385911234567", "385911234567", "Croatia", "0.12"),
        ("385911234567", "385911234567", "Croatia", "0.12"),
        ("004930123456", "4930123456", "World", "0.60"),
        (f"0{FRIEND.removeprefix('385')}", FRIEND, "Friend", "0.03"),
    ],
)
def test_numbers_as_they_were_dialled(
    rated: System, peer: Peer, dialled: str, number: str, rate: str, amount: str
) -> None:
    line = rated.line()
    rated.api.put(f"/v1/lines/{line.line_id}/favourites", {"numbers": [FRIEND]})
    taken = from_file(rated, line, dialled)
    assert taken[:3] == (number, rate, amount)
    session, _ = call(peer, line, dialled)
    hang_up(peer, line, session, 60)
    assert told(rated.cdrs(session)[0]) == taken, "the network's call is priced no other way"


def test_free_and_grouped_numbers(rated: System) -> None:
    line, colleague = (rated.line(product="team") for _ in range(2))
    group = rated.api.post("/v1/closed-user-groups", {"name": "Files"})["id"]
    for member in (line, colleague):
        rated.api.post(f"/v1/closed-user-groups/{group}/members", {"line_id": member.line_id})
    assert from_file(rated, line, "08007777")[0::2][:2] == ("3858007777", "0.00")
    msisdn = colleague.subscriber.msisdn
    assert from_file(rated, line, f"00{msisdn}") == (
        msisdn,
        "Within the group",
        "0.06",
        False,
        True,
    )
