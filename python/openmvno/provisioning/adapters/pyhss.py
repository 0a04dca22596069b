"""PyHSS: AuC and subscriber by its REST interface.

Its answers show no keys, so keys are set when the AuC entry is made, and again when a line is
resynchronised or has got another card; they are not compared.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx
import msgspec

from openmvno.provisioning.register import Entry, RefusedError, UnreachableError
from openmvno.sims import Keys

PAGE: Final = 200

# 3GPP TS 33.102 annex H: the authentication management field of ordinary cards (separation bit set
# for E-UTRAN).
AMF: Final = "8000"
# Network access mode as PyHSS has it: packet and circuit switched.
BOTH_DOMAINS: Final = 0
MBITS: Final = 1_000_000


class PyHss:
    """A PyHSS at ``http://host:port?apn=1&dl=100&ul=50``: number of the default APN, Mbit/s."""

    shows_keys = False
    shares_numbers = True

    def __init__(self, client: httpx.AsyncClient, url: str, provisioning_key: str | None) -> None:
        parts = urlsplit(url)
        given = parse_qs(parts.query)
        self._client = client
        self._base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        self._headers = {} if provisioning_key is None else {"Provisioning-Key": provisioning_key}
        self._apn = int(given.get("apn", ["1"])[0])
        self._downlink = MBITS * int(given.get("dl", ["100"])[0])
        self._uplink = MBITS * int(given.get("ul", ["50"])[0])

    async def find(self, imsi: str) -> Entry | None:
        """What it holds of a subscriber."""
        known = await self._get(f"/subscriber/imsi/{imsi}")
        if known is None:
            return None
        served = bool(known.get("enabled"))
        return Entry(imsi, known.get("msisdn") or None, served, served)

    async def put(self, entry: Entry) -> None:
        """Make it hold this; what it is told of a subscriber it knows is what differs."""
        auc = await self._auc(entry)
        known = await self._get(f"/subscriber/imsi/{entry.imsi}")
        served = entry.circuit_switched or entry.packet_switched
        if known is None:
            await self._ask("PUT", "/subscriber/", self._subscriber(entry, auc, served=served))
            return
        wanted = {"enabled": served, "msisdn": entry.msisdn or "", "auc_id": auc}
        changes = {name: value for name, value in wanted.items() if known.get(name) != value}
        if changes.get("enabled") is False:
            # With these it cancels the subscriber's location at once (Cancel-Location-Request).
            for name in ("imsi", "serving_mme", "serving_mme_realm"):
                changes[name] = known.get(name)
        if changes:
            await self._ask("PATCH", f"/subscriber/{known['subscriber_id']}", changes)

    async def remove(self, imsi: str) -> None:
        """Make it not know the subscriber."""
        known = await self._get(f"/subscriber/imsi/{imsi}")
        if known is not None:
            await self._ask("DELETE", f"/subscriber/{known['subscriber_id']}")
        auc = await self._get(f"/auc/imsi/{imsi}")
        if auc is not None:
            await self._ask("DELETE", f"/auc/{auc['auc_id']}")

    async def subscribers(self) -> frozenset[str]:
        """The IMSIs of all it holds."""
        found: set[str] = set()
        page = 0
        while True:
            listed = await self._ask("GET", f"/subscriber/list?page={page}&page_size={PAGE}") or []
            found.update(each["imsi"] for each in listed)
            if len(listed) < PAGE:
                return frozenset(found)
            page += 1

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _auc(self, entry: Entry) -> int:
        """The number of the AuC entry of a card, made where there is none.

        Raises:
            RefusedError: there is none and we know no keys.
        """
        known = await self._get(f"/auc/imsi/{entry.imsi}")
        if known is not None:
            return int(known["auc_id"])
        if entry.keys is None or entry.keys.opc is None:
            raise RefusedError(f"no Milenage keys of the card of IMSI {entry.imsi} are known")
        made = await self._ask("PUT", "/auc/", _auc_entry(entry.imsi, entry.keys))
        return int(made["auc_id"])

    def _subscriber(self, entry: Entry, auc: int, *, served: bool) -> dict[str, Any]:
        return {
            "imsi": entry.imsi,
            "enabled": served,
            "auc_id": auc,
            "default_apn": self._apn,
            "apn_list": str(self._apn),
            "msisdn": entry.msisdn or "",
            "ue_ambr_dl": self._downlink,
            "ue_ambr_ul": self._uplink,
            "nam": BOTH_DOMAINS,
        }

    async def _get(self, path: str) -> dict[str, Any] | None:
        """An object; None where there is none, which it says by an empty answer or by 404."""
        found: dict[str, Any] | None = await self._ask("GET", path)
        return found

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            response = await self._client.request(
                method, self._base + path, json=body, headers=self._headers
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachableError(f"{method} {path}: {type(error).__name__}: {error}") from error
        if response.status_code == 404 and method in ("GET", "DELETE"):
            return None
        if not response.is_success:
            raise RefusedError(f"{method} {path}: HTTP {response.status_code}")
        try:
            return msgspec.json.decode(response.content) if response.content.strip() else None
        except msgspec.MsgspecError as error:
            raise RefusedError(f"{method} {path}: the answer is not JSON") from error


def _auc_entry(imsi: str, keys: Keys) -> dict[str, Any]:
    return {"ki": keys.ki, "opc": keys.opc, "amf": AMF, "sqn": 0, "imsi": imsi}
