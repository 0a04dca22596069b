"""The Litestar application: API and pages, authentication, limits, problems."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from litestar import Litestar, Request, Response, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware

from openmvno import charging
from openmvno.access import KnownTokens, LoginGate
from openmvno.access.invitation_routes import INVITATION_ROUTES
from openmvno.access.oauth_routes import issue_access_token
from openmvno.access.session_routes import LOGIN_ROUTES
from openmvno.access.token_routes import TOKEN_ROUTES
from openmvno.access.user_routes import USER_ROUTES
from openmvno.addons.routes import ADDON_ROUTES
from openmvno.audit import ReadLog
from openmvno.audit.routes import AUDIT_ROUTES
from openmvno.catalog.plan_routes import PLAN_ROUTES
from openmvno.catalog.routes import CATALOG_ROUTES
from openmvno.charging import CommandPlace, EngineClient
from openmvno.charging.explanation import explanation_of
from openmvno.charging.routes import CHARGING_ROUTES
from openmvno.condition.routes import CONDITION_ROUTES
from openmvno.customers.routes import CUSTOMER_ROUTES
from openmvno.customers.tree_routes import TREE_ROUTES
from openmvno.database import Pool, ReadingPool, of_nobody, of_tenant, reading_of_tenant
from openmvno.events.routes import EVENT_ROUTES
from openmvno.groups.routes import GROUP_ROUTES
from openmvno.jobs.routes import JOB_ROUTES
from openmvno.mediation.routes import MEDIATION_ROUTES
from openmvno.nas.routes import NAS_ROUTES
from openmvno.numbers.routes import NUMBER_ROUTES
from openmvno.payer_changes.routes import PAYER_CHANGE_ROUTES
from openmvno.payments.method_routes import METHOD_ROUTES
from openmvno.payments.payment_routes import PAYMENT_ROUTES
from openmvno.payments.routes import TOP_UP_ROUTES
from openmvno.payments.setup_routes import SETUP_ROUTES
from openmvno.peers.routes import PEER_ROUTES
from openmvno.porting.routes import PORTING_ROUTES
from openmvno.provisioning.routes import PROVISIONING_ROUTES
from openmvno.provisioning.sealing import Sealer
from openmvno.reach import finder
from openmvno.rest.call import Outcome, Resources, provide_call, provide_creation, provide_update
from openmvno.rest.paging import provide_page
from openmvno.search.routes import SEARCH_ROUTES
from openmvno.sims.import_routes import SIM_IMPORT_ROUTES
from openmvno.sims.routes import SIM_ROUTES
from openmvno.statistics.live import LIVE_ROUTES
from openmvno.statistics.routes import STATISTICS_ROUTES
from openmvno.subscribers.balances import BALANCE_ROUTES
from openmvno.subscribers.routes import SUBSCRIBER_ROUTES
from openmvno.subscribers.session_routes import SESSION_ROUTES
from openmvno.telemetry.http_spans import TraceRequests
from openmvno.tenants.branding_routes import BRANDING_ROUTES
from openmvno.timeline.routes import TIMELINE_ROUTES
from openmvno.traces.routes import TRACE_ROUTES
from openmvno.transfers.routes import TRANSFER_ROUTES
from openmvno.vouchers.routes import VOUCHER_ROUTES
from openmvno.wallets.routes import WALLET_ROUTES
from openmvno.web.api.authentication import Authentication, send_request_id
from openmvno.web.api.bodies import StrictRequest, check_query
from openmvno.web.api.health import healthz, readyz
from openmvno.web.api.limits import Limit, RateLimit
from openmvno.web.api.methods import note_methods, send_allow
from openmvno.web.api.openapi import openapi_config
from openmvno.web.api.problems import EXCEPTION_HANDLERS, on_http_exception
from openmvno.web.api.reference import list_errors, show_error
from openmvno.web.pages import PAGE_PATHS, is_page, page_router
from openmvno.web.pages.failures import on_http_exception as on_page_exception

RATE_LIMIT: Final[Limit] = ("second", 500)
"""Requests of one token; far above a busy shop, low enough to stop a loop gone wild."""

BODY_LIMIT: Final = 1 << 20
"""Bytes of a request body; routes that take files allow more."""

PUBLIC_PATHS: Final = ["^/healthz$", "^/readyz$", "^/schema", "^/v1/errors"]

SIGNED_PATHS: Final = ["^/v1/payment-webhooks/"]
"""Messages that carry a signature in place of a token."""

LOGIN_PATHS: Final = ["^/v1/sessions$", "^/oauth2/token$", "^/v1/invitations/acceptance$"]
"""Where one becomes somebody; limited like the rest."""

SHOWN_PATHS: Final = ["^/v1/branding/."]
"""What a page shows before anybody has logged in; limited like the rest."""

DOMAIN_ROUTES: Final = [
    *SEARCH_ROUTES,
    *TIMELINE_ROUTES,
    *LOGIN_ROUTES,
    *USER_ROUTES,
    *INVITATION_ROUTES,
    *TOKEN_ROUTES,
    *BRANDING_ROUTES,
    *CATALOG_ROUTES,
    *PLAN_ROUTES,
    *SUBSCRIBER_ROUTES,
    *SESSION_ROUTES,
    *PAYER_CHANGE_ROUTES,
    *ADDON_ROUTES,
    *GROUP_ROUTES,
    *CUSTOMER_ROUTES,
    *TREE_ROUTES,
    *NUMBER_ROUTES,
    *PORTING_ROUTES,
    *SIM_IMPORT_ROUTES,
    *SIM_ROUTES,
    *TOP_UP_ROUTES,
    *PAYMENT_ROUTES,
    *METHOD_ROUTES,
    *SETUP_ROUTES,
    *VOUCHER_ROUTES,
    *TRANSFER_ROUTES,
    *WALLET_ROUTES,
    *BALANCE_ROUTES,
    *JOB_ROUTES,
    *CHARGING_ROUTES,
    *STATISTICS_ROUTES,
    *LIVE_ROUTES,
    *CONDITION_ROUTES,
    *EVENT_ROUTES,
    *MEDIATION_ROUTES,
    *PROVISIONING_ROUTES,
    *NAS_ROUTES,
    *AUDIT_ROUTES,
    *PEER_ROUTES,
    *TRACE_ROUTES,
]


def create_application(
    pool: Pool,
    readers: ReadingPool,
    engine: EngineClient,
    sealer: Sealer,
    *,
    tokens: KnownTokens | None = None,
    peer_file: Path | None = None,
    public_url: str = "",
    stopping: asyncio.Event | None = None,
    rate_limit: Limit = RATE_LIMIT,
    body_limit: int = BODY_LIMIT,
) -> Litestar:
    """The application on an open pool of :attr:`Role.TENANT` and one for reading.

    ``tokens``: shared with the other doors of the process. ``peer_file``: setting
    ``diameter_peers_file``; ``public_url``: the setting. ``stopping``: set when what runs for
    long is to end.
    """

    async def settle(tenant_id: UUID, places: Sequence[CommandPlace]) -> list[Outcome]:
        return await charging.settle(partial(of_tenant, pool, tenant_id), engine, places)

    domains = Router(
        "/v1",
        route_handlers=DOMAIN_ROUTES,
        request_class=StrictRequest,
        before_request=check_query,
        dependencies={
            "call": Provide(provide_call, sync_to_thread=False),
            "creation": Provide(provide_creation, sync_to_thread=False),
            "update": Provide(provide_update, sync_to_thread=False),
            "page": Provide(provide_page, sync_to_thread=False),
        },
    )
    limits = RateLimit(rate_limit, [*PUBLIC_PATHS, *PAGE_PATHS])
    unauthenticated = [*PUBLIC_PATHS, *LOGIN_PATHS, *SHOWN_PATHS, *SIGNED_PATHS, *PAGE_PATHS]
    authentication = DefineMiddleware(Authentication, exclude=unauthenticated)
    reads = ReadLog(partial(of_tenant, pool))
    resources = Resources(
        partial(of_tenant, pool),
        partial(reading_of_tenant, readers),
        partial(of_nobody, pool),
        settle,
        reads.note,
    )
    return Litestar(
        [healthz, readyz, list_errors, show_error, issue_access_token, domains, page_router()],
        middleware=[TraceRequests, limits, authentication],
        exception_handlers={**EXCEPTION_HANDLERS, HTTPException: _refused_by_framework},
        before_send=[send_request_id, send_allow],
        on_startup=[note_methods],
        request_max_body_size=body_limit,
        openapi_config=openapi_config(),
        logging_config=None,
        lifespan=[_noting(reads)],
        state=State(
            {
                "resources": resources,
                "engine": engine,
                "rates": charging.EngineRates(engine),
                "sealer": sealer,
                "peer_file": peer_file,
                "public_url": public_url,
                "reads": reads,
                "tokens": tokens or KnownTokens(resources.open_connection),
                "look": finder(pool),
                "login_gate": LoginGate(),
                "explain_cdr": explanation_of,
                "stopping": stopping or asyncio.Event(),
            }
        ),
    )


def _refused_by_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What fits no route is told as its neighbours are: as a page, or as the API tells it."""
    if is_page(request.url.path):
        return on_page_exception(request, error)
    return on_http_exception(request, error)


def _noting(reads: ReadLog) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Who read personal data is written while the application runs, and the rest at its end."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(reads.run(), name="reads of personal data")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return lifespan
