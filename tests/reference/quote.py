"""The whole answer to a quote."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.reference import calendars, discounts, numbering, places, selection
from tests.reference.discounts import Counter
from tests.reference.money import LARGEST_AMOUNT, LARGEST_COUNT, Overflow, micros
from tests.reference.numbering import Document
from tests.reference.parts import joined
from tests.reference.payers import FOR_EVER, Balance, Bucket, Purse
from tests.reference.selection import Choice, Entry
from tests.reference.stretches import Segment, segments
from tests.reference.usage import Usage, by_code, usage_of

Answer = dict[str, Any]


def quote(document: Document, request: dict[str, Any]) -> Answer:
    """What a usage costs and who pays it; ValueError for a request that makes no sense."""
    usage = usage_of(document, request)
    addons = request.get("addons") or []
    products = selection.deciding_order(document, request["product"], addons)
    granted = [products[-1], *[by_code(document, "products", code) for code in addons]]
    if usage.direction == "originating" and numbering.special(document, usage.number):
        return _answer(document, "rated")
    entries: list[Entry] = []
    for product in products:
        entries += selection.product_tables(document, product)
    refusal = _refusal(usage, products, entries)
    if refusal is not None:
        return _answer(document, refusal)
    first = selection.choose(usage, entries, usage.at)
    assert first is not None
    try:
        return _priced(usage, request, products, granted, segments(usage, first, entries))
    except Overflow:
        return _answer(document, "overflow")


def _answer(document: Document, result: str) -> Answer:
    return {
        "charge_micros": 0,
        "currency": document["currency"],
        "billed_units": 0,
        "result": result,
        "hidden": False,
        "parts": [],
        "uncovered_micros": 0,
        "partners": [],
    }


def _refusal(usage: Usage, products: list[dict[str, Any]], entries: list[Entry]) -> str | None:
    """Why the usage has no price."""
    if usage.number and not usage.cug and _bars(usage, products):
        return "forbidden"
    if usage.zone == places.UNKNOWN:
        return "unknown_zone"
    if all(table["service"] != usage.service for table, _ in entries):
        return "not_sold"
    choice = selection.choose(usage, entries, usage.at)
    if choice is None:
        return "no_rate"
    return "forbidden" if choice.rate.get("forbidden") else None


def _bars(usage: Usage, products: list[dict[str, Any]]) -> bool:
    """Whether a closed user group bars usage with others: that of the first product with one."""
    for product in products:
        if "closed_user_group" in product:
            side = "incoming" if usage.direction == "terminating" else "outgoing"
            return bool(product["closed_user_group"].get(side) == "barred")
    return False


def _priced(
    usage: Usage,
    request: dict[str, Any],
    products: list[dict[str, Any]],
    granted: list[dict[str, Any]],
    cut: list[Segment],
) -> Answer:
    answer = _answer(usage.document, "rated")
    answer["hidden"] = any(segment.choice.rate.get("hidden", False) for segment in cut)
    answer["billed_units"] = cut[-1].end if cut else 0
    if answer["billed_units"] > LARGEST_COUNT:
        raise Overflow
    purse = Purse(usage, _buckets(usage, request, granted), _balance(request, products[-1]))
    counters: dict[str, Counter] = {}
    for segment in cut:
        rule = discounts.discount_for(usage, products, segment)
        code = rule.get("code", "")
        if code not in counters:
            counters[code] = Counter(rule, _counted(request, rule))
        purse.pay(segment, counters[code])
    if purse.blocked:
        return _answer(usage.document, "blocked")
    answer["parts"] = [part.answer() for part in joined(purse.parts)]
    answer["charge_micros"] = sum(part.money for part in purse.parts)
    answer["uncovered_micros"] = purse.uncovered
    answer["partners"] = _partners(usage)
    if answer["charge_micros"] + purse.uncovered > LARGEST_AMOUNT:
        raise Overflow
    return answer


def _balance(request: dict[str, Any], main: dict[str, Any]) -> Balance:
    text = request.get("balance")
    available = None if text is None else int(micros(text))
    return Balance(available, main.get("overrun", "absorb") == "debt")


def _buckets(usage: Usage, request: dict[str, Any], granted: list[dict[str, Any]]) -> list[Bucket]:
    """The request's buckets that have not ended, else what the products grant when new."""
    given = request.get("buckets")
    if given is None:
        codes = [code for product in granted for code in product.get("buckets", [])]
        rules_granted = [by_code(usage.document, "buckets", code) for code in codes]
        return [_granted(usage, rule, number) for number, rule in enumerate(rules_granted)]
    found: list[Bucket] = []
    rules = {entry["code"]: by_code(usage.document, "buckets", entry["code"]) for entry in given}
    for entry in given:
        rule = rules[entry["code"]]
        text = entry.get("expires_at")
        end = FOR_EVER if text is None else calendars.instant(text)
        if end > usage.at:
            content = _capped(rule, _content(rule, entry["remaining"]))
            found.append(Bucket(rule, content, end, len(found)))
    return found


def _granted(usage: Usage, rule: dict[str, Any], number: int) -> Bucket:
    end, renew = FOR_EVER, rule.get("renew", "never")
    if renew != "never":
        end = calendars.renewal_end(renew, usage.at, usage.time_zone)
    elif "valid_days" in rule:
        end = usage.at + rule["valid_days"] * calendars.DAY
    return Bucket(rule, _capped(rule, _content(rule, rule.get("amount", 0))), end, number)


def _content(rule: dict[str, Any], amount: int | str) -> int:
    return int(micros(str(amount))) if rule["unit"] == "money" else int(amount)


def _capped(rule: dict[str, Any], content: int) -> int:
    """A line takes no more than its cap out of a shared bucket."""
    if rule.get("shared") and "member_cap" in rule:
        cap = _content(rule, rule["member_cap"])
        return min(content, cap)
    return content


def _counted(request: dict[str, Any], rule: dict[str, Any]) -> int:
    used = 0
    for entry in request.get("counters") or []:
        if entry["discount"] == rule.get("code"):
            money = rule.get("measure", "units") == "money"
            used = int(micros(entry["used"])) if money else int(entry["used"])
    return used


def _partners(usage: Usage) -> list[Answer]:
    """Every partner that has a price for the usage: the whole of it, nothing taken off."""
    found: list[Answer] = []
    for partner in usage.document.get("partners", []):
        entries = selection.product_tables(usage.document, partner)
        choice = selection.choose(usage, entries, usage.at)
        if choice is not None and not choice.rate.get("forbidden"):
            found.append(
                {
                    "code": partner["code"],
                    "role": partner["role"],
                    "currency": partner["currency"],
                    "amount_micros": _whole_price(usage, choice, entries),
                }
            )
    return found


def _whole_price(usage: Usage, choice: Choice, entries: list[Entry]) -> int:
    total = 0
    for segment in segments(usage, choice, entries):
        total += segment.amount(segment.begin, segment.end, Fraction(0))
    return total
