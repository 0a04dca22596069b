"""Messages of a trace in words: names, meanings, and no secrets."""

from __future__ import annotations

import json

from diameter.message import Avp
from diameter.message.commands import CreditControlRequest
from diameter.message.constants import AVP_CHAP_PASSWORD, AVP_USER_PASSWORD

from openmvno.traces.messages import HIDDEN, diameter_message, engine_message


def test_secrets_are_never_shown() -> None:
    request = CreditControlRequest()
    request.session_id = "gw;1;1"
    request.append_avp(Avp.new(AVP_USER_PASSWORD, value=b"correct horse"))
    request.append_avp(Avp.new(AVP_CHAP_PASSWORD, value=b"battery staple"))
    shown = diameter_message(request.as_bytes())
    values = {avp.name: avp.value for avp in shown.avps}
    assert values["Session-Id"] == "gw;1;1"
    assert values["User-Password"] == values["CHAP-Password"] == HIDDEN
    asked = engine_message(json.dumps({"type": "debit", "token": "omv_x"}).encode(), "request")
    assert [(avp.name, avp.value) for avp in asked.avps] == [("type", "debit"), ("token", HIDDEN)]


def test_what_does_not_read_is_shown_in_octets() -> None:
    shown = diameter_message(b"\x01\x00\x00\x30not a message at all")
    assert shown.avps == []
    assert "do not read" in shown.name


def test_an_avp_nobody_knows_has_its_number() -> None:
    request = CreditControlRequest()
    request.session_id = "gw;1;1"
    request.append_avp(Avp(60_000, 424_242, b"\xff\x00"))
    (unknown,) = [avp for avp in diameter_message(request.as_bytes()).avps if avp.code == 60_000]
    assert (unknown.name, unknown.value, unknown.vendor) == ("AVP 60000", "0xff00", 424_242)
