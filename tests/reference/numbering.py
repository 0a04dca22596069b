"""Numbers as networks write them, and sets of prefixes."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def normalise(document: Document, raw: str | None) -> str:
    """International digits without `+` of a number, `tel:` or `sip:` URI."""
    address = (raw or "").strip()
    for scheme in ("tel:", "sips:", "sip:"):
        if address.lower().startswith(scheme):
            address = address[len(scheme) :]
            break
    for end in "@;?":
        address = address.split(end)[0]
    digits = "".join(letter for letter in address if letter in "0123456789")
    if address.startswith("+"):
        return digits
    return _local(document.get("numbering", {}), digits)


def _local(plan: dict[str, Any], digits: str) -> str:
    replacements = [(row["prefix"], row["with"]) for row in plan.get("replace", [])]
    prefix = longest([before for before, _ in replacements], digits)
    if prefix is not None:
        return str(dict(replacements)[prefix]) + digits[len(prefix) :]
    if len(digits) <= plan.get("short_numbers", 6):
        return digits
    international: list[str] = plan.get("international_prefixes", [])
    country, national = plan.get("country_code"), []
    if country and "national_prefix" in plan:
        national = [plan["national_prefix"]]
    prefix = longest(international + national, digits)
    if prefix is None:
        return digits
    return ("" if prefix in international else str(country)) + digits[len(prefix) :]


def longest(prefixes: list[str], digits: str) -> str | None:
    """The longest of the prefixes that `digits` begins with."""
    best: str | None = None
    for prefix in prefixes:
        if digits.startswith(prefix) and (best is None or len(prefix) > len(best)):
            best = prefix
    return best


def prefixes_of(document: Document, code: str) -> list[str]:
    """Every prefix of a destination, those of the destinations it includes too."""
    for destination in document.get("destinations", []):
        if destination["code"] == code:
            found = list(destination.get("prefixes", []))
            for included in destination.get("include", []):
                found += prefixes_of(document, included)
            return found
    raise ValueError(f"there is no destination {code}")


def lies_in(document: Document, codes: list[str], digits: str) -> bool:
    """Whether the number begins with a prefix of one of the destinations."""
    for code in codes:
        for prefix in prefixes_of(document, code):
            if digits.startswith(prefix):
                return True
    return False


def special(document: Document, digits: str) -> str | None:
    """`emergency` or `toll_free` for a number that is free whatever the catalogue says."""
    for destination in document.get("destinations", []):
        prefixes = prefixes_of(document, destination["code"])
        if destination.get("kind") == "emergency" and digits in prefixes:
            return "emergency"
    for destination in document.get("destinations", []):
        prefixes = prefixes_of(document, destination["code"])
        if destination.get("kind") == "toll_free" and longest(prefixes, digits) is not None:
            return "toll_free"
    return None
