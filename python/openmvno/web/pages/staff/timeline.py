"""Timelines: everything that happened, as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from openmvno.web.pages.page import Page
from openmvno.web.pages.words.timeline import HAPPENED, HAPPENED_BY_KIND

RECENT: Final = 12
"""Entries shown at a glance."""

ICONS: Final[Mapping[str, str]] = {
    "change": "list",
    "product": "gift",
    "identity": "sim",
    "top_up": "coins",
    "payment": "card",
    "refund": "coins",
    "voucher": "ticket",
    "transfer": "arrows",
    "notice": "warn",
    "port": "arrows",
    "delivery": "queue",
    "usage": "phone",
    "read": "eye",
}
STATUS_ICONS: Final[Mapping[str, str]] = {
    "line.opened": "plus",
    "line.active": "check",
    "line.activated": "check",
    "line.blocked": "lock",
    "line.suspended": "lock",
    "line.closed": "lock",
    "customer.created": "person",
}
BAD: Final = frozenset({"delivery.failed", "line.blocked", "line.closed", "unrated_usage"})

QUIET_STATES: Final = frozenset({"completed", "received", "paid", "done", "activated"})
"""States that need not be told: it is what one expects."""


BY_PAYMENT: Final = "payment "
"""How the reference of a top-up begins that a payment made; its id follows."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as it is shown."""

    icon: str
    text: str
    state: str
    """What came of it, where that is news."""
    details: str
    at: str
    actor: str
    path: str
    """Where there is more; empty where there is not."""
    tone: str


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "–"


async def timeline_of(page: Page, path: str, *, more: bool = False) -> dict[str, Any]:
    """The timeline below an address of the API. ``more``: a whole page of it, from the cursor of
    the address on and with usage and readings as the reader wants."""
    asked = page.request.query_params
    wanted = asked.getall("with", []) if more else []
    query: dict[str, Any] = {"limit": RECENT, "reads": False}
    if more:
        query = {
            "limit": 50,
            "cursor": asked.get("cursor"),
            "usage": "usage" in wanted,
            "reads": "reads" in wanted,
        }
    answer = await page.unless_refused(page.api.get(f"{path}/timeline", query=query))
    entries = answer["items"] if answer else []
    chosen = urlencode([("with", each) for each in wanted])
    return {
        "entries": [told_of(page, entry) for entry in entries],
        "entries_cursor": answer["next_cursor"] if answer else None,
        "wanted": wanted,
        "own": f"{page.request.url.path}?{chosen}" if chosen else page.request.url.path,
    }


def told_of(page: Page, entry: Mapping[str, Any]) -> Told:
    """An entry in the reader's words."""
    kind, code = entry["kind"], entry["code"]
    facts = _facts(page, entry)
    is_unasked = kind == "payment" and "amount" not in facts
    message = HAPPENED.get(f"{code}.{facts.get('pay')}") or HAPPENED.get(code)
    message = message or HAPPENED_BY_KIND.get("payment_unasked" if is_unasked else kind)
    text = page.gettext(message) % facts if message else code.replace("_", " ").replace(".", " ")
    parameters = entry["parameters"]
    state = str(parameters.get("status") or "") if kind not in ("change", "product") else ""
    if kind in ("payment", "refund", "port"):
        state = code.partition(".")[2]
    return Told(
        icon=STATUS_ICONS.get(code, ICONS.get(kind, "list")),
        text=text,
        state="" if state in QUIET_STATES else state,
        details=_details(parameters),
        at=entry["at"],
        actor=entry["actor"] or "",
        path=_path(entry),
        tone="bad" if code in BAD or state in ("refused", "failed") else "",
    )


def _facts(page: Page, entry: Mapping[str, Any]) -> _Facts:
    parameters = entry["parameters"]
    known = {**parameters, **(parameters.get("after") or {})}
    before = parameters.get("before") or {}
    facts = _Facts({name: str(value) for name, value in {**before, **known}.items()})
    for name in ("amount", "price"):
        if known.get(name) is not None and known.get("currency"):
            facts[name] = str(page.formats.money(known[name], known["currency"]))
    if entry["kind"] == "usage":
        arrow = "→" if known.get("direction") == "originating" else "←"
        destination = known.get("destination")
        facts["destination"] = f"{arrow} {destination}" if destination else ""
        facts["service"] = entry["code"].partition(".")[2]
    return facts


def _details(parameters: Mapping[str, Any]) -> str:
    known = {**parameters, **(parameters.get("after") or {})}
    texts = [known.get(name) for name in ("reason", "reference", "failure")]
    texts = [text for text in texts if not str(text).startswith(BY_PAYMENT)]
    texts += [
        f"{target['target']}: {target['error']}" for target in parameters.get("targets") or []
    ]
    return " · ".join(str(text) for text in texts if text)


def _path(entry: Mapping[str, Any]) -> str:
    parameters = entry["parameters"]
    if entry["kind"] == "usage" and entry["line_id"]:
        return f"/staff/lines/{entry['line_id']}/usage/{parameters['cdr_id']}"
    by_payment = str(parameters.get("reference", ""))
    if by_payment.startswith(BY_PAYMENT):
        return f"/staff/payments/{by_payment.removeprefix(BY_PAYMENT)}"
    if "payment_id" in parameters:
        return f"/staff/payments/{parameters['payment_id']}"
    return ""
