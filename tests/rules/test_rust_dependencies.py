"""Every Rust crate comes from crates.io or from us, under a licence Apache-2.0 can carry."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"
ALLOWED_LICENCES = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}


def _is_allowed(expression: str) -> bool:
    """Whether an SPDX expression can be satisfied: any side of OR, all sides of AND."""
    expression = expression.replace("/", " OR ")  # the way of old manifests
    tokens = re.findall(r"\(|\)|\bAND\b|\bOR\b|[^\s()]+(?: WITH [^\s()]+)?", expression)
    position = 0

    def alternatives() -> bool:
        nonlocal position
        holds = conjunction()
        while position < len(tokens) and tokens[position] == "OR":
            position += 1
            other = conjunction()
            holds = holds or other
        return holds

    def conjunction() -> bool:
        nonlocal position
        holds = single()
        while position < len(tokens) and tokens[position] == "AND":
            position += 1
            other = single()
            holds = holds and other
        return holds

    def single() -> bool:
        nonlocal position
        token = tokens[position]
        position += 1
        if token == "(":
            holds = alternatives()
            position += 1
            return holds
        return token in ALLOWED_LICENCES

    return alternatives()


def _packages() -> list[dict[str, Any]]:
    finished = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    packages: list[dict[str, Any]] = json.loads(finished.stdout)["packages"]
    return packages


def test_crates_come_from_us_or_crates_io() -> None:
    strangers = [
        f"{package['name']} {package['version']} from {package['source']}"
        for package in _packages()
        if package["source"] not in (None, CRATES_IO)
    ]
    assert strangers == []


def test_crates_have_licences_we_may_ship() -> None:
    packages = _packages()
    refused = [
        f"{package['name']} {package['version']}: {package['license']}"
        for package in packages
        if not _is_allowed(package["license"] or "none")
    ]
    assert refused == []
    assert any(package["source"] is None for package in packages)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT/Apache-2.0", True),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("none", False),
    ],
)
def test_licence_expressions_are_understood(expression: str, allowed: bool) -> None:
    assert _is_allowed(expression) is allowed
