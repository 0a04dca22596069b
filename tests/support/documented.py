"""Answers of the API held against its document: what it says nothing of must not come."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from unittest.mock import Mock

import httpx
from litestar import Litestar

from openmvno.provisioning.sealing import Sealer
from openmvno.web.api.document import complete
from openmvno.web.api.problems import MEDIA_TYPE
from openmvno.web.application import create_application


def idle_application() -> Litestar:
    """One that serves nobody."""
    nothing: Any = Mock()
    return create_application(nothing, nothing, nothing, Sealer(b"k" * 32))


@cache
def document() -> dict[str, Any]:
    """The document of the API."""
    application = idle_application()
    return complete(application, application.openapi_schema.to_schema())


@cache
def _operations() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [
        (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), methods)
        for path, methods in sorted(document()["paths"].items(), key=lambda item: "{" in item[0])
    ]


async def check_answer(response: httpx.Response) -> None:
    """The status of an answer is one its operation may answer with, and so is a problem's code."""
    request = response.request
    for pattern, methods in _operations():
        operation = methods.get(request.method.lower())
        if operation is None or not pattern.match(request.url.path):
            continue
        status = str(response.status_code)
        what = f"{request.method} {request.url.path} answers {status}"
        if status == "500":
            return  # some tests break the system on purpose
        await response.aread()
        assert status in operation["responses"], f"{what} {response.text[:200]}, not documented"
        content = operation["responses"][status].get("content", {})
        if response.headers.get("Content-Type") == MEDIA_TYPE:
            codes = content[MEDIA_TYPE]["schema"]["allOf"][1]["properties"]["code"]["enum"]
            code = response.json()["code"]
            assert code in codes, f"{what} {code}, not documented"
        return
