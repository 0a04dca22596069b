"""The OpenAPI 3.1 document as it is shown: exact schemas, every refusal, an example of everything.

Litestar describes paths and parameters. Bodies and answers are described by msgspec, which checks
them: what the document allows is what is let in. The refusals of an operation are those its code
can raise (:mod:`openmvno.web.api.refusals`) and those that every call may meet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import yaml
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.response import Response
from litestar.routes import HTTPRoute

from openmvno import reach
from openmvno.access.errors import AddressNotAllowed, CsrfTokenInvalid
from openmvno.errors import DomainError, all_errors, told
from openmvno.rest.errors import (
    BodyTooLarge,
    DatabaseUnavailable,
    IdempotencyKeyMissing,
    InternalError,
    MemberNotOpen,
    RateLimited,
    RequestMalformed,
    RouteNotFound,
    RouteNotOpen,
    ScopeMissing,
    SubjectMissing,
    TextNotStorable,
    TokenInvalid,
    TokenMissing,
)
from openmvno.rest.reach import opening_of
from openmvno.web.api.examples import example_of
from openmvno.web.api.problems import ERRORS_PATH, MEDIA_TYPE
from openmvno.web.api.reference import Problem, meaning
from openmvno.web.api.refusals import refusals

JSON: Final = "application/json"
REFERENCE: Final = "#/components/schemas/{name}"
REQUEST_ID: Final = "01a2198a-8c01-7d3e-a5a0-6f1a5e0c7b11"

STATUS_MEANINGS: Final = {
    400: "The request does not fit the schema",
    401: "No valid token",
    403: "The token lacks the scope",
    404: "No such thing for this tenant",
    409: "The present state forbids it",
    412: "If-Match names another version",
    413: "The body is too large",
    415: "The media type is not supported",
    422: "The request is understood but wrong",
    429: "Too many requests",
    500: "A fault of ours",
    502: "Another system does not answer as it should",
    503: "Database or engine does not answer",
}
NOT_CONFIRMED: Final = "Everything is stored; the charging engine has not confirmed yet"

Document = dict[str, Any]


class JsonDocument(JsonRenderPlugin):
    """``/schema/openapi.json``"""

    _rendered: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Document) -> bytes:
        """The document, made once."""
        if self._rendered is None:
            document = complete(request.app, openapi_schema)
            self._rendered = json.dumps(document, ensure_ascii=False).encode()
        return self._rendered


class YamlDocument(YamlRenderPlugin):
    """``/schema/openapi.yaml``"""

    _rendered: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Document) -> bytes:
        """The document, made once."""
        if self._rendered is None:
            document = complete(request.app, openapi_schema)
            self._rendered = yaml.dump(
                document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False
            ).encode()
        return self._rendered


@dataclass
class _Completion:
    """What is known while a document is completed."""

    schemas: dict[Any, Document]
    components: dict[str, Document]
    errors: dict[str, type[DomainError]] = field(
        default_factory=lambda: {error.code: error for error in all_errors() if error.code}
    )


def complete(app: Litestar, given: Document) -> Document:
    """The document of ``app``, made from what Litestar gives."""
    document: Document = msgspec.json.decode(msgspec.json.encode(given))
    handlers = [each for each in _handlers(app) if each[0] in document["paths"]]
    types = {kind for _, _, handler in handlers for kind in _types(handler)}
    found, components = msgspec.json.schema_components([*types, Problem], ref_template=REFERENCE)
    known = _Completion(dict(zip([*types, Problem], found, strict=True)), dict(components))
    for path, method, handler in handlers:
        _complete_operation(document["paths"][path][method.lower()], path, method, handler, known)
    # Parameters of the framework's making refer to enumerations.
    named = document["components"]["schemas"].items()
    enumerations = {name: schema for name, schema in named if "enum" in schema}
    document["components"]["schemas"] = {**enumerations, **known.components}
    document["components"]["examples"] = {
        code: {"summary": error.title, "value": _problem_example(error)}
        for code, error in known.errors.items()
    }
    return document


def _handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS":
                yield route.path_format, method, handler


def _types(handler: HTTPRouteHandler) -> Iterator[Any]:
    body = handler.parsed_data_field
    if body is not None:
        yield body.annotation
    if rows := handler.opt.get("rows"):
        yield list[rows]  # type: ignore[valid-type]
    answer = _answer_type(handler)
    if answer is not None:
        yield answer


def _answer_type(handler: HTTPRouteHandler) -> Any:
    """What an operation answers in JSON; None when nothing, or something else."""
    declared = handler.parsed_fn_signature.return_type
    if declared.is_subclass_of(Response):
        if not declared.inner_types:
            return None
        declared = declared.inner_types[0]
    return None if declared.annotation in (None, type(None)) else declared.annotation


def _complete_operation(
    operation: Document, path: str, method: str, handler: HTTPRouteHandler, known: _Completion
) -> None:
    codes = refusals().get(f"{method} {path}", [])
    if handler.parsed_data_field is not None:
        content = operation["requestBody"]["content"][JSON]
        content["schema"] = known.schemas[handler.parsed_data_field.annotation]
        content["example"] = handler.opt.get("example") or example_of(
            content["schema"], known.components, is_answer=False
        )
    if rows := handler.opt.get("rows"):
        content = operation["requestBody"]["content"]
        schema = known.schemas[list[rows]]  # type: ignore[valid-type]
        example = example_of(schema, known.components, is_answer=False)
        content[JSON] = {"schema": schema, "example": example}
        content["text/csv"]["examples"]["rows"] = {"value": handler.opt["csv_example"]}
    answers = operation["responses"]
    _complete_answers(answers, handler, known, is_change="engine_refused" in codes)
    is_public = bool(handler.opt.get("public"))
    if is_public:
        operation["security"] = [{}]
    asked = _Asked(
        path,
        method == "GET",
        "requestBody" in operation,
        is_public,
        opening_of(handler) is not None,
    )
    for status, refused in _refusals(known, asked, codes).items():
        if str(status) not in answers or str(status) == "400":
            answers[str(status)] = refused
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _never_null(parameter["schema"])
        if parameter["name"] == "Idempotency-Key":
            parameter["required"] = IdempotencyKeyMissing.code in codes


def _never_null(schema: Document) -> Document:
    """The schema of a parameter that may be left out, which is not null then."""
    choices = [each for each in schema.get("oneOf", ()) if each.get("type") != "null"]
    if not choices:
        return schema
    rest = {key: value for key, value in schema.items() if key != "oneOf"}
    return {**(choices[0] if len(choices) == 1 else {"oneOf": choices}), **rest}


def _complete_answers(
    answers: Document, handler: HTTPRouteHandler, known: _Completion, *, is_change: bool
) -> None:
    answered = answers[str(handler.status_code)]
    kind = _answer_type(handler)
    if kind is None and handler.status_code == 204:
        answered.pop("content", None)
    if kind is not None and JSON in answered.get("content", {}):
        schema = known.schemas[kind]
        example = handler.opt.get("answer_example") or example_of(schema, known.components)
        answered["content"] = {JSON: {"schema": schema, "example": example}}
    for status, description in handler.opt.get("also", {}).items():
        answers[str(status)] = {**answered, "description": description}
    if is_change:
        answers.setdefault("202", {**answered, "description": NOT_CONFIRMED})


@dataclass(frozen=True)
class _Asked:
    """What is asked of an operation, as far as every call is refused for it."""

    path: str
    is_read: bool
    has_body: bool
    is_public: bool
    is_open: bool
    """To users outside the staff."""


def _refusals(known: _Completion, asked: _Asked, codes: list[str]) -> dict[int, Document]:
    """The answers of an operation to what it refuses, by status."""
    errors = [known.errors[code] for code in codes]
    if asked.path.startswith("/v1/"):
        errors += _met_by_every_call(asked)
    by_status: dict[int, list[type[DomainError]]] = {}
    for error in sorted(set(errors), key=lambda each: each.code):
        by_status.setdefault(error.status, []).append(error)
    return {status: _refusal(status, by_status[status]) for status in sorted(by_status)}


def _met_by_every_call(asked: _Asked) -> list[type[DomainError]]:
    met: list[type[DomainError]] = [InternalError, DatabaseUnavailable, RequestMalformed]
    met.append(TextNotStorable)
    if not asked.path.startswith(ERRORS_PATH):
        met.append(RateLimited)
    if not asked.is_public:
        met += [TokenMissing, TokenInvalid, ScopeMissing, AddressNotAllowed, RouteNotOpen]
        met.append(SubjectMissing)
        if not asked.is_read:
            met.append(CsrfTokenInvalid)
    if asked.is_open:
        met += reach.OUTSIDE
    if "{" in asked.path:
        met.append(RouteNotFound)
    if asked.has_body:
        met += [BodyTooLarge, MemberNotOpen]
    return met


def _refusal(status: int, errors: list[type[DomainError]]) -> Document:
    codes = [error.code for error in errors]
    listed = ", ".join(f"`{code}`" for code in codes)
    schema = {
        "allOf": [
            {"$ref": REFERENCE.format(name=Problem.__name__)},
            {"properties": {"code": {"enum": codes}}},
        ]
    }
    shown = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    return {
        "description": f"{STATUS_MEANINGS[status]}: {listed}",
        "content": {MEDIA_TYPE: {"schema": schema, "examples": shown}},
    }


def _problem_example(error: type[DomainError]) -> Document:
    return {
        "type": f"{ERRORS_PATH}/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": told(meaning(error).removesuffix("."), error.accepted),
        "instance": "/v1/lines",
        "code": error.code,
        "request_id": REQUEST_ID,
        **({"accepted": error.accepted} if error.accepted else {}),
    }
