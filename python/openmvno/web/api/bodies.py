"""What comes in against its type: bodies in JSON are decoded straight into it, strictly.

The framework would take 0 for false and "1" for 1 in a body as it has to in a query, and so let in
what the document forbids.
"""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from litestar import Request
from litestar.handlers import BaseRouteHandler
from litestar.typing import FieldDefinition

from openmvno.actor import Actor
from openmvno.rest.errors import RequestMalformed
from openmvno.rest.teaching import accepted, decode_body, told

_LIMITS: Final = ("gt", "ge", "lt", "le", "pattern", "min_length", "max_length")


class StrictRequest(Request[Actor, Any, Any]):
    """A request whose JSON body has to be what its operation asks for."""

    async def json(self) -> Any:
        """The body.

        Raises:
            RequestMalformed: naming the field, the rule it breaks and what would be accepted.
        """
        wanted = self.route_handler.parsed_data_field
        if wanted is None:
            return await super().json()
        return decode_body(await self.body(), wanted.annotation)


def accepted_parameter(handler: BaseRouteHandler, name: str) -> str | None:
    """What a parameter of an operation may be; None for one it has not."""
    parameter = _parameters(handler).get(name)
    if parameter is None:
        return None
    limits = {
        limit: value
        for limit in _LIMITS
        if (value := getattr(parameter.kwarg_definition, limit, None)) is not None
    }
    return accepted(Annotated[_without_none(parameter.annotation), msgspec.Meta(**limits)])


@cache
def _parameters(handler: BaseRouteHandler) -> dict[str, FieldDefinition]:
    """What an operation and its dependencies take, by the names clients know."""
    dependencies = handler.resolve_dependencies().values()
    return {
        getattr(parameter.kwarg_definition, "name", None) or name: parameter
        for signature in (
            *(each.parsed_fn_signature for each in dependencies),
            handler.parsed_fn_signature,
        )
        for name, parameter in signature.parameters.items()
    }


async def check_query(request: Request[Any, Any, Any]) -> None:
    """Refuse what the framework would read its own way (a Litestar before_request hook): of a
    parameter given twice it takes one, and the word null for nothing.

    Raises:
        RequestMalformed.
    """
    if not request.scope.get("query_string"):
        return
    for name, values in request.query_params.dict().items():
        parameter = _parameters(request.route_handler).get(name)
        if parameter is None:
            continue
        if len(values) > 1 and not parameter.is_non_string_sequence:
            raise _wrong("It is given more than once", request.route_handler, name)
        if values == ["null"] and str not in get_args(parameter.annotation):
            raise _wrong("'null' is no value", request.route_handler, name)


def _wrong(rule: str, handler: BaseRouteHandler, name: str) -> RequestMalformed:
    return told(rule, name, accepted_parameter(handler, name))


def _without_none(kind: Any) -> Any:
    """A parameter that may be left out is never null."""
    if not isinstance(kind, UnionType) and get_origin(kind) is not Union:
        return kind
    return Union[tuple(each for each in get_args(kind) if each is not NoneType)]  # noqa: UP007
