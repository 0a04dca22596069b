"""Tables beside a document: what their cells mean, and where each mistake is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from openmvno.catalog import CatalogInvalid, Mistake, load_file
from openmvno.catalog.columns import RATE_COLUMNS, prefixes_of, rates_of
from openmvno.catalog.included import include_sheets
from openmvno.catalog.sheets import read_sheet

DOCUMENT = """\
currency: EUR
services:
  - {code: sms, unit: event, grant: {default: 1, maximum: 10, validity_time: 60}}
rate_tables:
  - code: sms-standard
    service: sms
    rates_csv: TABLE
products: [{code: basic, rate_tables: [sms-standard]}]
"""


def mistakes_of(folder: Path, table: str) -> list[Mistake]:
    file = folder / "catalog.yaml"
    file.write_text(DOCUMENT.replace("TABLE", table))
    with pytest.raises(CatalogInvalid) as refused:
        load_file(file)
    return refused.value.mistakes


def csv_mistakes(folder: Path, text: str) -> list[Mistake]:
    (folder / "sms.csv").write_text(text)
    return mistakes_of(folder, "sms.csv")


def workbook(folder: Path, rows: list[list[Any]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    path = folder / "sms.xlsx"
    book.save(path)
    return path


def test_a_wrong_cell_has_file_line_and_field(tmp_path: Path) -> None:
    (mistake,) = csv_mistakes(
        tmp_path, 'prefix,name,price\n385,"two\nlines",0.05\n\n386,,five\n387,,0.1\n'
    )
    assert (mistake.file, mistake.line, mistake.field) == ("sms.csv", 5, "price")
    assert mistake.path == "rate_tables[0].rates[1].price"


def test_every_wrong_row_is_named(tmp_path: Path) -> None:
    found = csv_mistakes(tmp_path, "prefix,price\n385\n386,0.1\n387,0.1,x\n")
    assert [(each.file, each.line) for each in found] == [("sms.csv", 2), ("sms.csv", 4)]
    assert "the header has 2" in found[0].message


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        ("", 1, "rates_csv", "is empty"),
        ("prefix,cost\n385,1\n", 1, "cost", "unknown column"),
        ("prefix,price,prefix\n385,1,2\n", 1, "prefix", "twice"),
        ("prefix,,price\n385,1,2\n", 1, "rates_csv", "column 2 has no name"),
        ('prefix,price\n385,"0.1\n', 2, "rates_csv", "cannot be read"),
        ("prefix,price,per\n385,0.1,1.5\n", 2, "per", "whole number"),
        ("prefix,price,per\n385,0.1,99999999999999999999999\n", 2, "per", "whole number"),
    ],
)
def test_what_is_no_table_of_rates(
    tmp_path: Path, text: str, line: int, field: str, words: str
) -> None:
    (mistake,) = csv_mistakes(tmp_path, text)
    assert (mistake.file, mistake.line, mistake.field) == ("sms.csv", line, field)
    assert words in mistake.message


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "sms.csv").write_bytes(b"prefix,price\n\xff\xfe,1\n")
    (mistake,) = mistakes_of(tmp_path, "sms.csv")
    assert (mistake.file, mistake.line) == ("catalog.yaml", 7)
    assert "sms.csv cannot be read" in mistake.message


@pytest.mark.parametrize("table", ["none.csv", "none.xlsx", "7", '""'])
def test_a_table_that_is_not_there(tmp_path: Path, table: str) -> None:
    (mistake,) = mistakes_of(tmp_path, table)
    assert (mistake.file, mistake.line, mistake.field) == ("catalog.yaml", 7, "rates_csv")


def test_rates_beside_a_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sms.csv").write_text("prefix,price\n385,1\n")
    (mistake,) = mistakes_of(tmp_path, 'sms.csv\n    rates: [{prefix: "", price: "1"}]')
    assert "either rates or rates_csv" in mistake.message


def test_json_mistakes_have_lines_too(tmp_path: Path) -> None:
    (tmp_path / "sms.csv").write_text("prefix,price\n385,1\n386,x\n")
    file = tmp_path / "catalog.json"
    file.write_text(
        '{\n"currency": "EUR",\n\t"services": [],\n"rate_tables": [{"code": "a", "service": "b",'
        '\n"rates_csv": "sms.csv"}]}'
    )
    with pytest.raises(CatalogInvalid) as refused:
        load_file(file)
    places = {each.path: (each.file, each.line) for each in refused.value.mistakes}
    assert places["services"] == ("catalog.json", 3)
    assert places["rate_tables[0].rates[1].price"] == ("sms.csv", 3)
    file.write_text(
        file.read_text().replace('"currency": "EUR"', '"currency": 1, "currency": "EUR"')
    )
    with pytest.raises(CatalogInvalid, match="twice"):
        load_file(file)


def test_cells_become_fields(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "prefix,destination,symbol,rating_group,default,price,forbidden,hidden,free_units\n"
        "385,,,,,0.1,false,TRUE,30\n,europe,,,,0.2,true,,\n,,favourite,,,0.3,,,\n,,,10,,0.4,,,x\n"
        ",,,,true,0.5,,maybe,\n,,,,,0.6,,,\n,,,,,,,,\n"
    )
    assert rates_of(read_sheet(tmp_path, "a.csv")) == [
        {"prefix": "385", "price": "0.1", "hidden": True, "free_units": 30},
        {"destination": "europe", "price": "0.2", "forbidden": True},
        {"symbol": "favourite", "price": "0.3"},
        {"rating_group": 10, "price": "0.4", "free_units": "x"},
        {"default": True, "price": "0.5", "hidden": "maybe"},
        {"prefix": "", "price": "0.6"},
    ]


def test_semicolons_and_a_mark_of_the_spreadsheet_program(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\ufeffprefix; price\n385;0.1\n")
    assert rates_of(read_sheet(tmp_path, "a.csv")) == [{"prefix": "385", "price": "0.1"}]


def test_a_workbook_says_what_its_cells_show(tmp_path: Path) -> None:
    workbook(
        tmp_path,
        [
            ["prefix", "name", "price", "per", "default"],
            [385, "Croatia", 0.1, 60, None],
            [None, None, None, None, None],
            ["0049", None, 0.1 + 0.2, 60.0, False],
            [None, "Rest", "0.00001", None, True],
            [1, None, 0.00001, None, None, None],
        ],
    )
    sheet = read_sheet(tmp_path, "sms.xlsx")
    assert rates_of(sheet) == [
        {"prefix": "385", "name": "Croatia", "price": "0.1", "per": 60},
        {"prefix": "0049", "price": "0.3", "per": 60},
        {"name": "Rest", "price": "0.00001", "default": True},
        {"prefix": "1", "price": "0.00001"},
    ]
    assert sheet.lines == [2, 4, 5, 6]


def test_mistakes_of_a_workbook_name_its_row(tmp_path: Path) -> None:
    workbook(tmp_path, [["prefix", "price"], [385, 0.1], [], [386, "x"]])
    (mistake,) = mistakes_of(tmp_path, "sms.xlsx")
    assert (mistake.file, mistake.line, mistake.field) == ("sms.xlsx", 4, "price")


def test_a_date_in_a_workbook_has_no_offset(tmp_path: Path) -> None:
    workbook(tmp_path, [["prefix", "effective_from"], [385, datetime(2026, 1, 1)]])  # noqa: DTZ001
    (mistake,) = mistakes_of(tmp_path, "sms.xlsx")
    assert mistake.line == 2
    assert "without an offset" in mistake.message


def test_what_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "sms.xlsx").write_bytes(b"prefix,price\n385,1\n")
    (mistake,) = mistakes_of(tmp_path, "sms.xlsx")
    assert "sms.xlsx cannot be read" in mistake.message
    workbook(tmp_path, [])
    (mistake,) = mistakes_of(tmp_path, "sms.xlsx")
    assert "is empty" in mistake.message


def test_prefixes_join_those_of_the_document(tmp_path: Path) -> None:
    (tmp_path / "eu.csv").write_text("prefix\n49\n\n43\n")
    document = {"destinations": [{"code": "eu", "prefixes": ["385"], "prefixes_csv": "eu.csv"}]}
    filled, inclusions = include_sheets(document, tmp_path)
    assert filled == {"destinations": [{"code": "eu", "prefixes": ["385", "49", "43"]}]}
    assert document["destinations"][0]["prefixes"] == ["385"]
    (inclusion,) = inclusions
    placed = inclusion.place(Mistake("destinations[0].prefixes[2]", "is wrong"))
    assert placed == Mistake("destinations[0].prefixes[2]", "is wrong", 4, "eu.csv")
    assert inclusion.place(Mistake("destinations[0].prefixes[0]", "is wrong")) is None
    assert inclusion.place(Mistake("destinations[10].prefixes[2]", "is wrong")) is None


def test_prefixes_have_one_column(tmp_path: Path) -> None:
    (tmp_path / "eu.csv").write_text("prefix,name\n49,Germany\n")
    with pytest.raises(CatalogInvalid, match="unknown column; known are prefix"):
        prefixes_of(read_sheet(tmp_path, "eu.csv"))


def test_the_columns_are_those_of_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "catalogue.md").read_text("utf-8")
    for column in RATE_COLUMNS:
        assert f"{column}:" in text
