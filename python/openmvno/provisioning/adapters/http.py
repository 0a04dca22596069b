"""Any system with an HTTP interface, told by a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from openmvno.provisioning.placeholders import filled, filled_path, secrets_of
from openmvno.provisioning.register import RefusedError, UnreachableError
from openmvno.provisioning.template import Template, TemplateRequest, check_answer


async def send_requests(
    client: httpx.AsyncClient,
    url: str,
    template: Template,
    event: str,
    variables: Mapping[str, Any],
) -> None:
    """Make the requests that a template has for an event, one after the other.

    Raises:
        UnreachableError, RefusedError.
    """
    for request in template.requests:
        if event in request.on:
            await _send(client, url, template, request, variables)


async def _send(
    client: httpx.AsyncClient,
    url: str,
    template: Template,
    request: TemplateRequest,
    variables: Mapping[str, Any],
) -> None:
    headers = {
        name: str(filled(value, variables))
        for name, value in {**template.headers, **request.headers}.items()
    }
    address = url.rstrip("/") + "/" + filled_path(request.path, variables).lstrip("/")
    content = None if request.body is None else filled(request.body, variables)
    try:
        response = await client.request(request.method, address, headers=headers, json=content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreachableError(f"{type(error).__name__}: {error}") from error
    except ValueError as error:
        # The value may be a secret: it is not told.
        raise RefusedError("a header has what HTTP cannot carry", is_final=True) from error
    check_answer(request, response.status_code, response.content, secrets_of(variables))
