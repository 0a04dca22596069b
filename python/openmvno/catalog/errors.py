"""What can go wrong with the catalogue."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from openmvno.errors import Conflict, Invalid, NotFound

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a document: where (``rate_tables[0].rates[3].price``), what, which line.

    ``file`` is the file the line is counted in, None for a document that is no file.
    """

    path: str
    message: str
    line: int | None = None
    file: str | None = None

    @property
    def field(self) -> str | None:
        """The name of the field, which is the column of a table: ``price``."""
        name = _INDEX.sub("", self.path).rpartition(".")[2]
        return name or None

    def __str__(self) -> str:
        place = self.path or "document"
        return f"{place}{f' (line {self.line})' if self.line else ''}: {self.message}"


class CatalogInvalid(Invalid):
    """The document has mistakes; ``errors`` lists each with its path within the document.

    ``member``: of the body, where the document is not all of it.
    """

    code = "catalog_invalid"
    title = "The catalogue document has mistakes"
    accepted = "a document without the mistakes that errors lists"

    def __init__(self, mistakes: list[Mistake], member: str = "") -> None:
        listed: list[dict[str, Any]] = [
            {**asdict(mistake), "field": mistake.field} for mistake in mistakes
        ]
        others = f" and {len(mistakes) - 1} more" if len(mistakes) > 1 else ""
        super().__init__(
            f"{mistakes[0]}{others}",
            field=".".join(step for step in (member, mistakes[0].path) if step) or None,
            extra={"errors": listed},
        )
        self.mistakes = mistakes


class CatalogVersionNotFound(NotFound):
    """The tenant has no catalogue version with this number."""

    code = "catalog_version_not_found"
    title = "There is no such catalogue version"
    accepted = "the number of a version: GET /v1/catalog/versions lists them"


class CatalogNotPublished(Conflict):
    """Nothing can be sold before a catalogue is published."""

    code = "catalog_not_published"
    title = "No catalogue is published"
    accepted = "the same once a catalogue is published (openmvno catalog apply FILE)"


class CatalogTimeInvalid(Invalid):
    """The time is none, has no offset, or has passed."""

    code = "catalog_time_invalid"
    title = "The time cannot be that of a version"
    accepted = "a time in the future with its offset such as 2027-01-01T00:00:00Z"


class CatalogTimeTaken(Conflict):
    """Two versions cannot come into force at once."""

    code = "catalog_time_taken"
    title = "Another version comes into force at that time"
    accepted = "another time, or the same once that version is retired"


class CatalogStateConflict(Conflict):
    """Only drafts are published, and only what is not in force is retired."""

    code = "catalog_state_conflict"
    title = "The version's state does not allow it"
    accepted = "a draft to publish, a draft or scheduled version to retire"


class CatalogCurrencyMismatch(Conflict):
    """The document is in another currency than the tenant's accounts."""

    code = "catalog_currency_mismatch"
    title = "The catalogue has another currency than the tenant"
    accepted = "a document in the currency of the tenant's accounts"


class ProductInUse(Conflict):
    """Live lines use a product that the new version does not have."""

    code = "product_in_use"
    title = "Live lines use a product that is missing"
    accepted = "a document with every product that live lines use"


class ProductEnding(Conflict):
    """A version that is to come into force does not have the product."""

    code = "product_ending"
    title = "The product is about to end"
    accepted = "a product that the versions to come have, too"


class ProductUnknown(Invalid):
    """The published catalogue has no such product."""

    code = "product_unknown"
    title = "There is no such product"
    accepted = "a product of the catalogue in force"


class QuoteInvalid(Invalid):
    """The quote asks for something the document does not have, or in a way it cannot be read."""

    code = "quote_invalid"
    title = "The quote cannot be answered"
    accepted = "what docs/catalogue.md says of a quote"


class PlanTooLarge(Invalid):
    """The period has more usage than one request may rate; the command line has no such bound."""

    code = "plan_too_large"
    title = "The period is too large to plan in one request"
    accepted = "a shorter period; openmvno catalog plan takes any"


class PlanPeriodInvalid(Invalid):
    """The period ends before it begins."""

    code = "plan_period_invalid"
    title = "The period is not one"
    accepted = "a time after since"


class CatalogChoiceInvalid(Invalid):
    """Exactly one of a document and a version number is needed."""

    code = "catalog_choice_invalid"
    title = "Name one document or one version"
    accepted = "either document or version"


class ProductKindMismatch(Invalid):
    """An add-on was named where a main product is needed, or a main product as an add-on."""

    code = "product_kind_mismatch"
    title = "The product is of the other kind"
    accepted = "a product of the other kind"


class PartnerInUse(Conflict):
    """Accounts lie under a partner that the new version does not have."""

    code = "partner_in_use"
    title = "Accounts lie under a partner that is missing"
    accepted = "a document with every partner that accounts lie under"
