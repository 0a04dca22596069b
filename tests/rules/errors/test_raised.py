"""Every refusal names the field, the rule and what would be accepted; the code is held to it."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from tests.rules.errors.raised import (
    OF_NO_FIELD,
    SOURCE,
    complaints,
    fields_of_the_api,
    is_told_by_the_schema,
    modules,
)
from tests.support.documented import document, has_field

from openmvno import errors
from openmvno.errors import Conflict, DomainError, Invalid, NotFound, all_errors
from openmvno.rest.errors import RateLimited
from openmvno.subscribers import LineNotFound
from openmvno.web.api.reference import error_catalogue, meaning

BASES = (NotFound, Conflict, Invalid)


@pytest.fixture(scope="module")
def names() -> frozenset[str]:
    return fields_of_the_api()


def test_what_is_raised_says_field_rule_and_what_is_accepted(names: frozenset[str]) -> None:
    found = [each for module, source in modules() for each in complaints(module, source, names)]
    assert not found, "\n".join(f"{each.place}: {each.what}" for each in found)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("raise LineNotFound('There is no line.')", "names no field"),
        ("raise LineNotFound", "names no field"),
        ("raise LineNotFound('There is no line.', field='line_idd')", "which no operation has"),
        ("raise LineNotFound('There is no line.', field=None)", "does not know why"),
        ("raise LineNotFound('no line', field='line_id')", "no sentence"),
        ("raise Invented('There is no line.', field='line_id')", "would be accepted"),
        ("raise kind('There is no line.')", "names no field"),
        ("def work():\n    from openmvno.sims import SimUnknown\n    raise SimUnknown", "no field"),
        ("raise LineNotFound(**members)", "cannot be read"),
        ("error = LineNotFound('There is no line.')", "names no field"),
    ],
)
def test_what_falls_short_is_found(names: frozenset[str], source: str, complaint: str) -> None:
    class Invented(errors.DomainError):
        code = "invented"

    module = ModuleType("invented")
    module.LineNotFound = LineNotFound  # type: ignore[attr-defined]
    module.Invented = Invented  # type: ignore[attr-defined]
    found = complaints(module, source, names)
    assert [each for each in found if complaint in each.what], found
    Invented.code = ""  # other tests look at every class


@pytest.mark.parametrize(
    "source",
    [
        "raise LineNotFound('There is no line.', field='line_id')",
        "raise LineNotFound(f'There is no line {name}.', field=f'rows[{index}].line_id')",
        "raise RateLimited",
        "raise kind('There is no line.', field=field)",
        "raise ValueError('no line')",
    ],
)
def test_what_is_good_is_left_alone(names: frozenset[str], source: str) -> None:
    module = ModuleType("invented")
    module.LineNotFound = LineNotFound  # type: ignore[attr-defined]
    module.RateLimited = RateLimited  # type: ignore[attr-defined]
    assert complaints(module, source, names) == []


def ours() -> list[type[DomainError]]:
    return [error for error in all_errors() if error.code and error not in BASES]


def test_every_error_has_a_code_of_its_own_a_title_and_what_is_accepted() -> None:
    codes = [error.code for error in ours()]
    assert len(set(codes)) == len(codes) > 200
    for error in ours():
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", error.code), error
        assert error.title, error
        # In words that follow "accepted:" and are followed by a full stop.
        words = vars(error).get("accepted", "")
        assert is_told_by_the_schema(error) or words, f"{error} does not say what is accepted"
        assert not words.endswith((".", ";")), error


def test_what_is_accepted_leads_to_what_is_there() -> None:
    paths = document()["paths"]
    root = SOURCE.parents[1]
    for error in all_errors():
        for method, path in re.findall(r"(GET|PUT|POST|DELETE) (/[^ ,;?]+)", error.accepted):
            assert method.lower() in paths.get(path, {}), (error, method, path)
        for file in re.findall(r"docs/\S+?\.md", error.accepted):
            assert (root / file).is_file(), (error, file)


def test_every_error_is_told_in_a_sentence_in_the_document() -> None:
    examples = document()["components"]["examples"]
    catalogue = {entry.code: entry for entry in error_catalogue()}
    for error in ours():
        entry, example = catalogue[error.code], examples[error.code]["value"]
        assert re.fullmatch(r"[A-Z].*[.;:].*|[A-Z].*\.", entry.description), error
        assert vars(error).get("__doc__"), f"{error} says nothing of itself"
        assert entry.description == meaning(error)
        assert entry.accepted == error.accepted == example.get("accepted", "")
        assert error.accepted in example["detail"]


def test_what_names_no_field_is_known_by_codes_that_are_there() -> None:
    assert set(OF_NO_FIELD) <= {error.code for error in all_errors()}


@pytest.mark.parametrize(
    ("method", "path", "field", "is_there"),
    [
        ("post", "/v1/users", "roles", True),
        ("post", "/v1/users", "scopes", False),
        ("post", "/v1/users", "networks[1]", True),
        ("post", "/v1/users", "networks.first", False),
        ("get", "/v1/users/{user_id}", "user_id", True),
        ("get", "/v1/users/{user_id}", "id", False),
        ("get", "/v1/lines", "cursor", True),
        ("patch", "/v1/users/{user_id}", "If-Match", True),
        ("post", "/v1/sign-ups", "initial_top_up.currency", True),
        ("post", "/v1/sign-ups", "initial_top_up.money", False),
        ("post", "/v1/sign-ups", "customer.external_id", True),
        ("post", "/v1/sign-ups", "external_id", False),
        ("put", "/v1/numbers/policy", "classes[0].patterns[1]", True),
        ("put", "/v1/numbers/policy", "classes[0].class", False),
        ("put", "/v1/provisioning-targets/{name}", "template.requests[0].path", True),
        ("post", "/v1/catalog/versions", "products[3].code", True),
    ],
)
def test_a_field_is_looked_up_in_its_operation(
    method: str, path: str, field: str, is_there: bool
) -> None:
    assert has_field(document()["paths"][path][method], field) is is_there
