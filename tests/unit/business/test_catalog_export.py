"""An exported document reads as exactly the same document."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from openmvno.catalog import load_file, load_yaml
from openmvno.catalog.export import export
from openmvno.catalog.included import include_sheets
from openmvno.catalog.yaml_text import parse

SAMPLE = resources.files("openmvno.sample").joinpath("catalog.yaml").read_text("utf-8")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["yes", "No", "null", "~", "0.10", "1e3", "20:00", "2026-01-01", "a: b", "- x", "#", "1_0", "="]
)
values = st.recursive(
    texts | st.integers(-(2**63), 2**63) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(texts, values, min_size=1, max_size=4))
def test_any_value_survives(value: dict[str, Any]) -> None:
    text = export(value).yaml
    assert parse(text)[0] == value
    if not _has_dates(value):
        assert yaml.load(text, Loader=yaml.CSafeLoader) == value


def _has_dates(value: dict[str, Any]) -> bool:
    return "2026-01-01" in json.dumps(value)


def test_the_sample_survives() -> None:
    document = load_yaml(SAMPLE)
    written = export(document.value)
    assert load_yaml(written.yaml).digest == document.digest
    assert '{prefix: "49", name: Germany, price: "0.15", per: 60,' in written.yaml
    assert written.tables == {}


def test_tables_beside_it_are_the_same_document(tmp_path: Path) -> None:
    document = load_yaml(SAMPLE)
    written = export(document.value, "catalog")
    assert sorted(written.tables) == [
        "catalog-data-standard.csv",
        "catalog-data-usa-canada.csv",
        "catalog-emergency.csv",
        "catalog-freephone.csv",
        "catalog-neighbours.csv",
        "catalog-roaming-voice.csv",
        "catalog-sms-standard.csv",
        "catalog-voice-flex.csv",
        "catalog-voice-incoming.csv",
        "catalog-voice-standard.csv",
        "catalog-voice-usa-canada.csv",
    ]
    assert "rates:" not in written.yaml
    for name, text in written.tables.items():
        (tmp_path / name).write_text(text, newline="")
    (tmp_path / "catalog.yaml").write_text(written.yaml)
    assert load_file(tmp_path / "catalog.yaml").digest == document.digest
    assert document.digest == hashlib.sha256(document.text).digest()


@pytest.mark.parametrize(
    "rates",
    [
        [{"prefix": "1", "price": "1", "hidden": False}],
        [{"prefix": "1", "price": ""}],
        [{"prefix": "1", "price": "1", "per": "60"}],
        [{"prefix": "1", "unknown": "1"}],
        [{"prefix": "1", "price": None}],
        [{"prefix": ""}],
        [],
    ],
)
def test_what_a_table_cannot_say_stays_inline(rates: list[dict[str, Any]]) -> None:
    written = export({"rate_tables": [{"code": "a", "rates": rates}]}, "x")
    assert written.tables == {}
    assert parse(written.yaml)[0] == {"rate_tables": [{"code": "a", "rates": rates}]}


def test_names_and_all_columns_survive_a_table(tmp_path: Path) -> None:
    rates = [
        {"prefix": "", "name": 'a "b",\nc', "price": "1", "per": 60, "forbidden": True},
        {"default": True, "price": "2", "effective_from": "2026-01-01T00:00:00Z"},
        {"rating_group": 1, "expression": "units * 2", "grace": 0},
    ]
    document = {
        "destinations": [{"code": "a", "prefixes": ["1", "2"]}],
        "rate_tables": [{"code": "a", "rates": rates}],
    }
    written = export(document, "x")
    assert sorted(written.tables) == ["x-a.csv", "x-rate_tables-a.csv"]
    for name, text in written.tables.items():
        (tmp_path / name).write_text(text, newline="")
    assert include_sheets(parse(written.yaml)[0], tmp_path)[0] == document
