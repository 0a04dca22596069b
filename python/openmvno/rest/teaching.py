"""What comes in, and in words what would be accepted: read from the types that check it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from openmvno.errors import MOST_NAMED, one_of
from openmvno.rest.errors import RequestMalformed

PATTERNS: Final = {
    r"^[0-9]{1,18}$": "1 to 18 digits",
    r"^[0-9]{1,15}$": "1 to 15 digits",
    r"^[0-9]{2,15}$": "2 to 15 digits",
    r"^[^@\s]+@[^@\s]+$": "an e-mail address",
    r"^\+?[0-9 ()/-]+$": "a telephone number of digits, spaces, brackets, slashes and hyphens",
    r"^[a-z][a-z0-9-]*$": "a small letter followed by small letters, digits and hyphens",
    r"^[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+$": (
        "text without spaces"
    ),
    "^#[0-9a-fA-F]{6}$": "a colour such as #0a7cff",
    "^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens",
    "^[A-Za-z0-9][A-Za-z0-9-]*$": "letters, digits and hyphens",
}
"""What a pattern asks for, in words; a test finds those that are missing."""

_STEP: Final = re.compile(r"\[(?P<index>[0-9]+|\.\.\.)\]|\.?(?P<name>[^.\[\]]+)")


_PLACE: Final = re.compile(r"^(?P<message>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)
_FIELD: Final = re.compile(r"field `(?P<name>.*)`$", re.DOTALL)
MOST_SHOWN: Final = 200
"""Characters of a name that is told back."""


def decode_body(content: bytes, kind: Any) -> Any:
    """A JSON document of the type ``kind``.

    Raises:
        RequestMalformed.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        if "got `float`" in str(error):
            return _with_whole_numbers(content, kind)
        raise malformed(str(error), kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestMalformed(
            f"The body is not JSON: {error}.", accepted=f"JSON: {accepted(kind)}"
        ) from error


def _with_whole_numbers(content: bytes, kind: Any) -> Any:
    """The same where whole numbers are written as 5.0, which JSON does not tell from 5."""
    try:
        return msgspec.convert(_whole(msgspec.json.decode(content)), kind)
    except msgspec.ValidationError as error:
        raise malformed(str(error), kind) from error


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def malformed(message: str, kind: Any) -> RequestMalformed:
    """What msgspec found wrong with a value of ``kind``, with what would be right."""
    match = _PLACE.match(message)
    assert match is not None
    rule, path = match.group("message"), (match.group("path") or "").lstrip(".")
    named = _FIELD.search(rule)
    if named is None:
        return told(rule, path, accepted(kind, path))
    name = named.group("name")
    place = ".".join(step for step in (path, name[:MOST_SHOWN]) if step)
    if "unknown" in rule:
        return told("There is no such field", place, _fields(kind, path))
    return told("The field is missing", place, accepted(kind, place))


def _fields(kind: Any, path: str) -> str | None:
    fields = fields_of(kind, path)
    return None if fields is None else f"the fields {fields}"


def told(rule: str, path: str, taken: str | None) -> RequestMalformed:
    """The refusal of a value: the rule it breaks, where it is, what would be accepted."""
    return RequestMalformed(rule, field=path or None, accepted=taken)


def accepted(kind: Any, path: str = "") -> str | None:
    """What a value of ``kind`` may be, at ``path`` within it: ``customer.name``, ``rows[0].days``.
    None when the path leads nowhere."""
    found = _at(inspect.type_info(kind), path)
    return None if found is None else " or ".join(dict.fromkeys(_words(found)))


def fields_of(kind: Any, path: str = "") -> str | None:
    """The fields of the object at ``path``; those it needs are marked. None when it is none."""
    found = _at(inspect.type_info(kind), path)
    for each in () if found is None else _choices(found):
        if isinstance(each, inspect.StructType):
            return ", ".join(
                f"{field.encode_name} (needed)" if field.required else field.encode_name
                for field in each.fields[:MOST_NAMED]
            )
    return None


def _at(kind: inspect.Type, path: str) -> inspect.Type | None:
    found: inspect.Type | None = kind
    for step in _STEP.finditer(path):
        if found is None:
            return None
        found = _inside(found, step.group("name"))
    return found


def _inside(kind: inspect.Type, name: str | None) -> inspect.Type | None:
    """The type of a field by its name; of an item of a list, which has none."""
    for each in _choices(kind):
        if isinstance(each, inspect.StructType) and name is not None:
            for field in each.fields:
                if field.encode_name == name:
                    return field.type
        elif isinstance(each, inspect.DictType):
            return each.value_type
        elif isinstance(each, inspect.ListType) and name is None:
            return each.item_type
    return None


def _choices(kind: inspect.Type) -> Iterator[inspect.Type]:
    """The types a value may have; wrappings taken off."""
    if isinstance(kind, inspect.Metadata):
        yield from _choices(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _choices(each)
    else:
        yield kind


def _words(kind: inspect.Type, shown: dict[str, Any] | None = None) -> Iterator[str]:
    if isinstance(kind, inspect.Metadata):
        yield from _words(kind.type, {**(shown or {}), **(kind.extra_json_schema or {})})
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _words(each, shown)
    else:
        words = _plain(kind)
        if words is not None:
            examples = (shown or {}).get("examples")
            is_text = isinstance(kind, (inspect.StrType, inspect.IntType))
            yield f"{words} such as {_json(examples[0])}" if examples and is_text else words


def _plain(kind: inspect.Type) -> str | None:
    described = _PLAIN.get(type(kind))
    return described(kind) if callable(described) else described


def _text(kind: inspect.StrType) -> str:
    words = "text"
    if kind.pattern is not None:
        words = PATTERNS.get(kind.pattern, f"text that matches {kind.pattern}")
    return words + _size(kind.min_length, kind.max_length, "characters")


def _number(kind: inspect.IntType | inspect.FloatType) -> str:
    words = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
    least = kind.ge if kind.ge is not None else kind.gt
    most = kind.le if kind.le is not None else kind.lt
    if least is not None and most is not None:
        return f"{words} from {least} to {most}"
    if least is not None:
        return f"{words} {'of at least' if kind.ge is not None else 'above'} {least}"
    return words if most is None else f"{words} of at most {most}"


def _size(least: int | None, most: int | None, what: str) -> str:
    if least and most:
        return f" of {least} to {most} {what}"
    if most:
        return f" of at most {most} {what}"
    return f" of at least {least} {what}" if least else ""


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _list(kind: inspect.ListType) -> str:
    items = " or ".join(dict.fromkeys(_words(kind.item_type)))
    return f"a list{_size(kind.min_length, kind.max_length, 'items')}, each {items}"


def _literal(kind: inspect.LiteralType) -> str:
    return one_of(kind.values)


def _object(kind: inspect.StructType) -> str:
    return f"an object with the fields {fields_of(kind.cls)}"


_PLAIN: Final[dict[type[inspect.Type], Any]] = {
    inspect.NoneType: "null",
    inspect.BoolType: "true or false",
    inspect.UUIDType: "a UUID such as 01a2198a-8c01-7d3e-a5a0-6f1a5e0c7b11",
    inspect.DateTimeType: "a time with its offset such as 2026-11-27T09:30:00Z (RFC 3339)",
    inspect.DateType: "a date such as 2026-11-27 (RFC 3339)",
    inspect.DictType: "an object",
    inspect.AnyType: "any value",
    inspect.LiteralType: _literal,
    inspect.StrType: _text,
    inspect.IntType: _number,
    inspect.FloatType: _number,
    inspect.ListType: _list,
    inspect.StructType: _object,
}
"""How each kind of type is said: words, or what makes them."""
