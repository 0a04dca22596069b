"""The Rust core against the reference, to the unit, on random catalogues and usages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from tests.reference import quote as reference
from tests.reference.implementations import CORE_QUOTES, NOT_BUILT, core_quote
from tests.reference.random_request import Case, cases
from tests.reference.reduce import reduced

pytestmark = pytest.mark.skipif(not CORE_QUOTES, reason=NOT_BUILT)

# A case comes from its seed, so making the seed small makes nothing else small: reduce.py does.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]


def compared(answer: dict[str, Any]) -> dict[str, Any]:
    """What both must say alike: all but the words for people."""
    return {field: value for field, value in answer.items() if field != "steps"}


def differs(case: Case) -> bool:
    """Whether the core's answer is another one."""
    return compared(core_quote(*case)) != reference.quote(*case)


def check(case: Case) -> None:
    """Fails with the smallest case found and both answers to it."""
    if differs(case):
        document, request = reduced(case, differs)
        print(json.dumps({"document": document, "request": request}, indent=1))
        assert compared(core_quote(document, request)) == reference.quote(document, request)


@settings(max_examples=1500, derandomize=True, deadline=None, phases=PHASES)
@given(case=cases())
def test_the_core_answers_as_the_reference(case: Case) -> None:
    check(case)


@pytest.mark.soak
@settings(max_examples=100_000, deadline=None, phases=PHASES)
@given(case=cases())
def test_the_core_answers_as_the_reference_for_long(case: Case) -> None:
    check(case)
