"""Catalogue documents as files: mistakes are named with path and line."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from openmvno.catalog import CatalogInvalid, load_file, load_json, load_yaml

SAMPLE = resources.files("openmvno.sample").joinpath("catalog.yaml").read_text("utf-8")


def test_the_sample_is_good() -> None:
    document = load_yaml(SAMPLE)
    assert document.currency == "EUR"
    assert [product["code"] for product in document.products] == [
        "prepaid-basic",
        "prepaid-flex",
        "data-bundle",
    ]


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    document = load_yaml(SAMPLE)
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps(document.value))
    assert load_file(file).digest == document.digest


def test_every_mistake_has_its_path_and_line() -> None:
    text = SAMPLE.replace('price: "0.15"', "price: 0.15").replace(
        "[voice-standard, voice-incoming", "[voice-standart, voice-incoming"
    )
    with pytest.raises(CatalogInvalid) as refused:
        load_yaml(text)
    found = {mistake.path: mistake.line for mistake in refused.value.mistakes}
    lines = text.splitlines()
    assert set(found) == {"rate_tables[0].rates[1].price", "products[0].rate_tables[0]"}
    price_line = found["rate_tables[0].rates[1].price"]
    assert price_line is not None
    assert "price: 0.15" in lines[price_line - 1]
    assert refused.value.field == refused.value.mistakes[0].path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "currency: EUR\ncurrency: USD",
        "a: [",
        "currency: 2026-01-01",
        "- !!python/none x",
        "services: !!set {a, b}",
        "currency: !!binary RVVS",
        "1: x",
        "a: .nan",
        "a: " + 5000 * "9",
        "a: " + 50_000 * "[",
    ],
)
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(CatalogInvalid):
        load_yaml(text)


def test_rates_come_from_a_csv_file(tmp_path: Path) -> None:
    (tmp_path / "sms.csv").write_text(
        'prefix,name,price,per,first_interval\n385,Croatia,0.05,1,\n"",Rest of the world,0.20,,\n'
    )
    start = SAMPLE.index("  - code: sms-standard")
    end = SAMPLE.index("  - code: data-standard")
    table = "  - {code: sms-standard, service: sms, rates_csv: sms.csv}\n"
    file = tmp_path / "catalog.yaml"
    file.write_text(SAMPLE[:start] + table + SAMPLE[end:])
    rates = load_file(file).value["rate_tables"][2]["rates"]
    assert rates == [
        {"prefix": "385", "name": "Croatia", "price": "0.05", "per": 1},
        {"prefix": "", "name": "Rest of the world", "price": "0.20"},
    ]


def test_a_missing_csv_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text("currency: EUR\nrate_tables:\n  - {code: a, rates_csv: none.csv}\n")
    with pytest.raises(CatalogInvalid) as refused:
        load_file(file)
    assert refused.value.mistakes[0].path == "rate_tables[0].rates_csv"
    assert refused.value.mistakes[0].line == 3


def test_csv_is_for_files_only() -> None:
    with pytest.raises(CatalogInvalid, match="inline"):
        load_yaml("currency: EUR\nrate_tables:\n  - {code: a, rates_csv: /etc/passwd}\n")


def test_an_unquoted_date_is_a_text() -> None:
    with pytest.raises(CatalogInvalid) as refused:
        load_yaml("currency: 2026-01-01")
    (mistake,) = [each for each in refused.value.mistakes if each.path == "currency"]
    assert (mistake.line, mistake.field) == (1, "currency")


@pytest.mark.parametrize(
    "text", [b"", b"[", b'{"a": NaN}', b'{"a": "\xff"}', b'{"a": "\\ud800"}', b"[" * 100_000]
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(CatalogInvalid):
        load_json(text)


def test_mistakes_of_json_have_lines() -> None:
    with pytest.raises(CatalogInvalid) as refused:
        load_json(b'{\n\t"currency": "EUR",\n\t"services": [\n{"code": "a", "unit": "b"}]}')
    lines = {mistake.path: mistake.line for mistake in refused.value.mistakes}
    assert lines["services[0].unit"] == 4
