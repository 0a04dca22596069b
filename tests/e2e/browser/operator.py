"""An operator whose pages have something on them: prices to reckon in the head, people, money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_pem
from cryptography.x509.oid import NameOID
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.business import new_sims
from openmvno.story.messages import Subscriber

TENANT: Final = "pages"
PASSWORD: Final = "correct horse battery"
STAFF: Final = "ana@mvno.example"
SUBSCRIBER: Final = "ivo"
PUK: Final = "87654321"
CALLED: Final = "385981234567"
MEGABYTE: Final = 1_000_000

CATALOG: Final[dict[str, Any]] = {
    "currency": "EUR",
    "services": [
        {
            "code": "voice",
            "unit": "second",
            "service_contexts": ["32276@3gpp.org"],
            "grant": {"default": 60, "maximum": 3600, "validity_time": 600},
        },
        {
            "code": "data",
            "unit": "octet",
            "service_contexts": ["32251@3gpp.org"],
            "grant": {"default": MEGABYTE, "maximum": 10**12, "validity_time": 600},
        },
    ],
    "rate_tables": [
        {
            "code": "calls",
            "service": "voice",
            "rates": [{"prefix": "385", "name": "Croatia", "price": "0.12", "per": 60}],
        },
        {
            "code": "surfing",
            "service": "data",
            "rates": [{"default": True, "name": "Internet", "price": "0.01", "per": MEGABYTE}],
        },
    ],
    "buckets": [
        {
            "code": "hour",
            "name": "60 minutes",
            "unit": "second",
            "amount": 3600,
            "pays": [{"service": "voice"}],
            "valid_days": 30,
        },
        {
            "code": "purse",
            "name": "Data purse",
            "unit": "octet",
            "pays": [{"service": "data"}],
            "top_ups": [{"code": "big", "price": "5.00", "amount": 10**9, "days": 30}],
        },
    ],
    "products": [
        {"code": "prepaid", "name": "Prepaid", "rate_tables": ["calls", "surfing"]},
        {"code": "hour", "name": "Hour of calls", "kind": "addon", "buckets": ["hour"]},
    ],
}


@dataclass
class Operator:
    """The operator, and what its people hold in their hands."""

    system: System
    base: str
    pin: str

    def call(self, subscriber: Subscriber, seconds: int) -> None:
        """A call as its gateway reports it."""
        with Peer(self.system.diameter_port) as gateway:
            session = gateway.new_session()
            for number, kind in enumerate((ccr.INITIAL, ccr.TERMINATION)):
                request = gateway.request(subscriber, session, ccr.VOICE, kind, number)
                request.service_information = ccr.called(CALLED)
                last = kind == ccr.TERMINATION
                part = ccr.seconds(None, seconds) if last else ccr.seconds(60, None)
                assert gateway.send(ccr.with_services(request, [part])).result_code == 2001
        self.system.api.wait_for_cdrs(session, 1, 10)


def furnished(system: System) -> Operator:
    """A catalogue, cards and numbers, people, money, usage; a login of staff and one of a
    subscriber."""
    api = system.api
    cards = new_sims(4)
    rows = "\n".join(f"{iccid},{imsi},{PUK}" for _, imsi, iccid in cards)
    api.upload("/v1/sims/imports", "cards.csv", f"iccid,imsi,puk1\n{rows}\nnot a card,1,\n")
    for msisdn, _, _ in cards:
        api.post("/v1/numbers", {"first": msisdn})
    roles = ["administrator", "operator", "keeper"]
    user = {"login": STAFF, "name": "Ana Horvat", "realm": "admin", "roles": roles}
    api.post("/v1/users", {**user, "password": PASSWORD})
    look = {"name": "Sample Mobile", "accent": "#8a1f5c", "currency": "EUR"}
    api.put("/v1/branding", {**look, "support": "Call 1234 free of charge."})
    api.put("/v1/transfer-terms/EUR", {"least": "1.00", "most": "20.00", "fee": "0.10"})
    api.put("/v1/payment-providers/counter", {"kind": "cash_desk"})
    api.put("/v1/customer-classes/business", {"defaults": {"credit_limit": "50.00"}, "note": "B"})
    row = {"currency": "EUR", "from_value": "10.00", "days": 90}
    api.put("/v1/voucher-lifetimes", {"rows": [row]})
    base = f"http://127.0.0.1:{system.settings.http_port}"
    operator = Operator(system, base, _voucher(system))
    _somebody(operator, cards[0])
    return operator


def _somebody(operator: Operator, card: tuple[str, str, str]) -> None:
    """A subscriber with a login, an add-on, usage and a payment."""
    api = operator.system.api
    msisdn, imsi, iccid = card
    wish = {"customer": {"name": "Ivo Kralj"}, "product": "prepaid", "addons": ["hour"]}
    money = {"initial_top_up": {"amount": "25.00", "currency": "EUR"}}
    made = api.post("/v1/sign-ups", {**wish, **money, "msisdn": msisdn, "iccid": iccid})
    line, account = made["line"]["id"], made["account"]["id"]
    paid = {"amount": "5.00", "currency": "EUR", "provider": "counter"}
    api.post(f"/v1/accounts/{account}/payments", paid)
    pack = {"bucket": "purse", "option": "big", "pay": "balance"}
    api.post(f"/v1/lines/{line}/wallet-top-ups", pack)
    invited = api.post(f"/v1/lines/{line}/self-care-users", {"name": "Ivo Kralj"})
    taken = {"tenant": TENANT, "code": invited["code"], "login": SUBSCRIBER}
    api.post("/v1/invitations/acceptance", {**taken, "password": PASSWORD})
    operator.call(Subscriber(msisdn, imsi), 125)


def _voucher(system: System) -> str:
    """The PIN of a card of ten euros that was sold."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "printer.example")])
    now = datetime.now(UTC)
    day = timedelta(days=1)
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - day, now + day
    ).sign(key, SHA256())
    batch = {
        "name": "summer",
        "count": 1,
        "value": "10.00",
        "currency": "EUR",
        "expires_at": (now + 300 * day).isoformat(),
        "certificate": certificate.public_bytes(Encoding.PEM).decode(),
    }
    made = system.api.post("/v1/voucher-batches", batch)
    text = pkcs7_decrypt_pem(made["pins"].encode(), certificate, key, []).decode()
    serial, pin = text.split()[-1].split(",")
    sold = {"first_serial": int(serial), "last_serial": int(serial), "state": "active"}
    system.api.post("/v1/voucher-ranges", sold)
    return pin
