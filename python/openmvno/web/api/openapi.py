"""What the OpenAPI document says of the whole: what holds everywhere, tags, security."""

from __future__ import annotations

from importlib.metadata import version

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, OAuthFlow, OAuthFlows, SecurityScheme, Tag

from openmvno.rest import SCOPES
from openmvno.rest.origin import CSRF_HEADER, SESSION_COOKIE
from openmvno.web.api.document import JsonDocument, YamlDocument

TOKEN_PATH = "/oauth2/token"  # noqa: S105 -- an address

DESCRIPTION = """The business of an MVNO: catalogue, customers, lines, numbers, SIM cards, top-ups,
balances, CDRs.

* **Amounts** are decimal strings in major units with at most six decimals, beside a currency.
* **Errors** are `application/problem+json` with a stable `code`; `GET /v1/errors` lists all.
  `field` names the offending field, `detail` the rule it breaks (or the state that forbids it) and
  what would be `accepted` instead. Of an error without a `field` the whole request is to blame, or
  the state of things.
* **Idempotency-Key** is taken by every POST and needed by those that move money.
* **Lists** come in pages: pass `next_cursor` as `cursor`.
* **202** instead of 200 or 201: everything is stored, the charging engine has not confirmed yet;
  repeat the request with the same key, or read the resource, to see it confirmed.

Scopes: """

TAGS = [
    Tag("Catalogue", "Services, rates and products in immutable versions; plans and quotes"),
    Tag("Sign-up", "A new subscriber in one call"),
    Tag("Customers", "Who pays, and their accounts"),
    Tag("Lines", "SIM card, number, products and limits on an account"),
    Tag("Closed user groups", "Lines that call each other on terms of their own"),
    Tag("Inventory", "Numbers and SIM cards"),
    Tag("Porting", "Numbers that come from other operators, or go to them"),
    Tag("Payments", "Money onto accounts, content into wallets"),
    Tag("Vouchers", "Cards with a PIN: made, activated and blocked by serial number, redeemed"),
    Tag("Transfers", "Money from one subscriber to another"),
    Tag("Balances and usage", "Live balances and buckets, CDRs, events, usage files"),
    Tag("Statistics", "What was charged, paid, opened and refused, by time; what is charged now"),
    Tag("Jobs", "Many rows at once: begun by a list or a CSV file, followed, cancelled"),
    Tag("Provisioning", "Where events of lines and charging are delivered to"),
    Tag("Search", "One box for numbers, names, cards and ids"),
    Tag("Branding", "How the self-care pages of a tenant look"),
    Tag("Access", "Users, roles, sessions, API tokens, OAuth clients"),
    Tag("Audit", "Who changed what, and who read whose data"),
    Tag("Operation", "Health of this process"),
    Tag("Reference", "Error codes"),
]


def openapi_config() -> OpenAPIConfig:
    """The document at /schema/openapi.json and /schema/openapi.yaml."""
    scopes = ", ".join(f"`{scope}` ({meaning})" for scope, meaning in SCOPES.items())
    return OpenAPIConfig(
        title="OpenMVNO",
        version=version("openmvno"),
        description=DESCRIPTION + scopes + ".",
        path="/schema",
        tags=TAGS,
        render_plugins=[JsonDocument(), YamlDocument()],
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer", bearer_format="omv_…"),
                "session": SecurityScheme(
                    type="apiKey",
                    name=SESSION_COOKIE,
                    security_scheme_in="cookie",
                    description=f"Of POST /v1/sessions; changes send {CSRF_HEADER}, too",
                ),
                "client": SecurityScheme(
                    type="oauth2",
                    flows=OAuthFlows(
                        client_credentials=OAuthFlow(token_url=TOKEN_PATH, scopes=SCOPES)
                    ),
                ),
            }
        ),
        security=[{"token": []}, {"session": []}, {"client": []}],
        use_handler_docstrings=True,
    )
