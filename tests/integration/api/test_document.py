"""The OpenAPI document, walked from end to end: nothing is left out of any operation."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import msgspec
import pytest
import yaml
from tests.support.documented import document

from openmvno.rest.teaching import PATTERNS
from openmvno.web.api.examples import BY_NAME, example_of
from openmvno.web.api.problems import MEDIA_TYPE
from openmvno.web.api.reference import error_catalogue
from openmvno.web.api.refusals import refusals

WITHOUT_TOKEN = (
    *("/healthz", "/readyz", "/oauth2/token", "/v1/errors", "/v1/sessions"),
    *("/v1/invitations/acceptance", "/v1/branding/{"),
)
SIGNED = "/v1/payment-webhooks/"
OF_NO_OPERATION = (
    *("conflict", "invalid_request", "not_found"),
    "method_not_allowed",
    "bulk_subject_ambiguous",
    "provisioning_configuration_invalid",
)
"""What others derive from, what an address without the method answers, what only a row of a job is
rejected with, and what only the command line says."""

Operation = dict[str, Any]


def operations() -> list[tuple[str, str, Operation]]:
    return [
        (path, method, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_says_what_it_is() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids) > 170
    for path, method, operation in operations():
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert operation["tags"], (method, path)
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "path":
                assert parameter["description"], (method, path, parameter["name"])


def test_every_body_and_every_answer_has_an_example_that_fits() -> None:
    components = document()["components"]
    checked = 0
    for path, method, operation in operations():
        bodies = operation.get("requestBody", {}).get("content", {})
        # What is no JSON has its example as text.
        for kind, content in bodies.items():
            if kind not in ("application/octet-stream", "multipart/form-data", "text/plain"):
                assert "example" in content or content.get("examples"), (method, path, kind)
        answers = operation["responses"].values()
        for content in (bodies, *(answer.get("content", {}) for answer in answers)):
            for shown in content.values():
                checked += _check_examples(shown, components, (method, path))
    assert checked > 400


def _check_examples(shown: dict[str, Any], components: dict[str, Any], where: object) -> int:
    """Every example of a media type fits its schema; returns how many there are."""
    examples = [shown["example"]] if "example" in shown else []
    for example in shown.get("examples", {}).values():
        name = example.get("$ref", "").rpartition("/")[2]
        examples.append((components["examples"][name] if name else example)["value"])
    schema = {**shown.get("schema", {}), "components": components}
    validator = jsonschema_rs.validator_for(schema)  # of all components, so made once
    for example in examples:
        try:
            validator.validate(example)
        except jsonschema_rs.ValidationError as error:
            raise AssertionError(f"{where}: {example}: {error}") from error
    return len(examples)


def test_answers_in_json_have_an_example() -> None:
    for path, method, operation in operations():
        for status, answer in operation["responses"].items():
            for kind, content in answer.get("content", {}).items():
                if kind in ("application/json", MEDIA_TYPE):
                    has = "example" in content or content.get("examples")
                    assert has, (method, path, status)


def test_every_operation_lists_what_it_refuses() -> None:
    text = json.dumps(document())
    for error in error_catalogue():
        if error.code not in OF_NO_OPERATION:
            assert f"`{error.code}`" in text, error.code
    for path, method, operation in operations():
        if path.startswith(WITHOUT_TOKEN):
            continue
        expected = {"400", "429", "500", "503"}
        if not path.startswith(SIGNED):
            expected |= {"401", "403"}
        if "{" in path:
            expected.add("404")
        if "requestBody" in operation:
            expected.add("413")
        assert expected <= set(operation["responses"]), (method, path)
        for status in expected:
            assert MEDIA_TYPE in operation["responses"][status]["content"], (method, path, status)


def test_what_it_refuses_is_what_its_code_can_raise() -> None:
    """Run ``python -m tests.rules.refusals`` when this fails."""
    # A process of its own: methods are found by name among what is loaded, here by other tests too.
    show = [sys.executable, "-m", "tests.rules.refusals", "--show"]
    shown = subprocess.run(show, capture_output=True, check=True)
    assert msgspec.json.decode(shown.stdout) == refusals()


def test_headers_of_changes() -> None:
    for path, method, operation in operations():
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        if path.startswith(SIGNED):
            # A message has its own id, and a signature in place of a token.
            assert "Stripe-Signature" in names
            assert operation["security"] == [{}]
        elif path.startswith("/v1/") and not path.startswith(WITHOUT_TOKEN):
            if method == "post":
                assert "Idempotency-Key" in names, path
            if method in ("put", "patch"):
                assert "If-Match" in names, path


def _texts(schema: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a text that shows nothing itself, with the name of the field it is in."""
    if isinstance(schema, dict) and "examples" in schema:
        return
    if isinstance(schema, list):
        for each in schema:
            yield from _texts(each, name)
    elif isinstance(schema, dict):
        if schema.get("type") == "string":
            yield name, schema
        for key, value in schema.items():
            if key == "properties":
                for field, of_field in value.items():
                    yield from _texts(of_field, field)
            elif key in ("anyOf", "items", "additionalProperties"):
                yield from _texts(value, name)


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for each in schema.values():
            yield from _patterns(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _patterns(each)


def test_texts_are_shown_by_an_example() -> None:
    components = document()["components"]["schemas"]
    used = set()
    bare = []
    for title, schema in components.items():
        for name, text in _texts(schema):
            if name and not ({"examples", "enum", "format"} & set(text)):
                used.add(name)
                if name not in BY_NAME:
                    bare.append(f"{title}.{name}")
        jsonschema_rs.validate(
            {**schema, "components": {"schemas": components}}, example_of(schema, components)
        )
    assert bare == [], "give these an example"
    for pattern in set(_patterns(components)):
        assert pattern in PATTERNS, f"say {pattern} in words"
    assert set(BY_NAME) - used == set(), "examples that nothing shows"


@pytest.mark.parametrize("name", ["json", "yaml"])
async def test_the_document_is_served(client: httpx.AsyncClient, name: str) -> None:
    served = await client.get(f"/schema/openapi.{name}")
    read = json.loads if name == "json" else lambda text: yaml.load(text, yaml.CSafeLoader)
    assert read(served.text) == document()
    again = await client.get(f"/schema/openapi.{name}")
    assert again.content == served.content
    assert served.json()["openapi"].startswith("3.1") if name == "json" else True
