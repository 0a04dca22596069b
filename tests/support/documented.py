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
            problem = response.json()
            assert problem["code"] in codes, f"{what} {problem['code']}, not documented"
            _check_problem(problem, operation, what)
        return


FIELDLESS = {
    "auto_top_up_invalid",
    "balance_not_found",
    "payment_declined",
    "route_not_found",
    "text_not_storable",
}
"""Codes that tell of no field of the request: of what another system holds or says, of an address
there is not, of whichever text the database would not store."""


def _check_problem(problem: dict[str, Any], operation: dict[str, Any], what: str) -> None:
    """A refusal says what would be accepted, and a field it names is one the operation has."""
    accepted, field = problem.get("accepted"), problem.get("field")
    told = f"{what} {problem}"
    if problem["status"] < 500 and problem["code"] != "request_malformed":
        assert accepted, f"{told} says nothing of what would be accepted"
    assert accepted is None or accepted in problem["detail"], told
    if field is None:
        is_of_request = problem["status"] in (404, 422)
        assert not is_of_request or problem["code"] in FIELDLESS or _reads_files(operation), told
    elif problem["code"] != "request_malformed":  # it tells of fields there are not, too
        assert has_field(operation, field), f"{told} names a field that the operation has not"


def has_field(operation: dict[str, Any], field: str) -> bool:
    """Whether a field is a parameter of an operation, a standard header, or a place in its body."""
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    if field in names | {"Content-Type", "X-CSRF-Token", "Stripe-Signature"}:
        return True
    content = operation.get("requestBody", {}).get("content", {})
    return _reads_files(operation) or any(
        _leads(media.get("schema", {}), _STEP.findall(field)) for media in content.values()
    )


_STEP = re.compile(r"\[[0-9]+\]|[^.\[\]]+")


def _reads_files(operation: dict[str, Any]) -> bool:
    """Whether a body is a file or a document, whose fields are not those of the operation."""
    content = operation.get("requestBody", {}).get("content", {})
    return bool(set(content) - {"application/json"}) or any(
        "properties" not in schema and "$ref" not in schema
        for media in content.values()
        for schema in [media.get("schema", {})]
    )


def _leads(schema: Any, steps: list[str]) -> bool:
    """Whether steps lead to a place of a schema."""
    if not isinstance(schema, dict):
        return schema is True
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _leads(document()["components"]["schemas"][name], steps)
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    if not steps or any(_leads(choice, steps) for choice in choices):
        return True
    first, *rest = steps
    if first.startswith("["):
        return "items" in schema and _leads(schema["items"], rest)
    if first in schema.get("properties", {}):
        return _leads(schema["properties"][first], rest)
    is_open = not set(schema) & {"type", "anyOf", "oneOf", "allOf", "const", "enum"} or (
        schema.get("type") == "object" and "properties" not in schema
    )
    return is_open or _leads(schema.get("additionalProperties", False), rest)
