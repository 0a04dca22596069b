"""``openmvno catalog`` and ``openmvno quote`` as a person types them."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from importlib import resources
from pathlib import Path

import pytest
from psycopg import AsyncConnection
from tests.support.cdrs import write_cdrs
from typer.testing import CliRunner

from openmvno import tenants
from openmvno.catalog import load_file, load_yaml
from openmvno.catalog.errors import CatalogTimeInvalid, CatalogVersionNotFound
from openmvno.cli.main import build
from openmvno.database.installation import ensure_installation
from openmvno.identifiers import new_id

SAMPLE = resources.files("openmvno.sample").joinpath("catalog.yaml").read_text("utf-8")


def test_validate(tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(SAMPLE)
    good = CliRunner().invoke(build(), ["catalog", "validate", str(file)])
    assert good.exit_code == 0, good.output
    assert "products: 3" in good.output
    file.write_text(SAMPLE.replace("unit: event", "unit: evnt"))
    bad = CliRunner().invoke(build(), ["catalog", "validate", str(file)])
    assert bad.exit_code == 1
    assert "services[1].unit (line 10): must be one of" in bad.output


def test_mistakes_of_a_table_name_its_file(tmp_path: Path) -> None:
    (tmp_path / "sms.csv").write_text("prefix,price\n385,0.05\n386,free\n")
    start, end = (SAMPLE.index(f"  - code: {code}") for code in ("sms-standard", "data-standard"))
    table = "  - {code: sms-standard, service: sms, rates_csv: sms.csv}\n"
    file = tmp_path / "catalog.yaml"
    file.write_text(SAMPLE[:start] + table + SAMPLE[end:])
    bad = CliRunner().invoke(build(), ["catalog", "validate", str(file)])
    assert bad.exit_code == 1
    assert f"{tmp_path / 'sms.csv'}: rate_tables[2].rates[1].price (line 3): " in bad.output
    bad = CliRunner().invoke(build(), ["catalog", "validate", str(file), "--json"])
    (mistake,) = json.loads(bad.output)
    assert (mistake["file"], mistake["line"], mistake["field"]) == ("sms.csv", 3, "price")


def test_files_are_compared_without_a_server(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(SAMPLE)
    new.write_text(SAMPLE.replace('price: "0.15"', 'price: "0.17"'))
    command = ["catalog", "diff", str(old), str(new)]
    shown = CliRunner().invoke(build(), command)
    assert shown.exit_code == 0, shown.output
    assert "~ rate voice-standard: prefix 49" in shown.output
    assert "price: 0.15 → 0.17" in shown.output
    listed = json.loads(CliRunner().invoke(build(), [*command, "--json"]).output)
    assert [each["name"] for each in listed] == ["voice-standard: prefix 49"]
    assert CliRunner().invoke(build(), [*command, "--exit-code"]).exit_code == 1
    same = CliRunner().invoke(build(), ["catalog", "diff", str(old), str(old), "--exit-code"])
    assert (same.exit_code, same.output) == (0, "No differences.\n")


def test_a_quote_by_a_file_needs_no_server(tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(SAMPLE)
    command = ["quote", "--file", str(file), "--usage", "15", "--service", "sms"]
    flex = [*command, "--product", "prepaid-flex", "--destination", "0911234567"]
    options = ["--bucket", "texts=12@2026-12-01T00:00:00Z", "--plmn", "21901"]
    at = ["--at", "2026-11-27T12:00:00+01:00"]
    answered = CliRunner().invoke(build(), [*flex, *options, *at])
    assert answered.exit_code == 0, answered.output
    assert answered.output.startswith("0.15 EUR for 15 billed units\n")
    answered = CliRunner().invoke(build(), [*flex, *options, *at, "--json"])
    answer = json.loads(answered.output)
    assert [(part["payer"], part["units"]) for part in answer["parts"]] == [
        ("bucket:texts", 12),
        ("balance", 3),
    ]
    answered = CliRunner().invoke(build(), [*command, "--product", "prepaid-basic"])
    assert answered.output.startswith("3.00 EUR"), "to the rest of the world"
    fax = ["--product", "prepaid-basic", "--service", "fax"]
    wrong = CliRunner().invoke(build(), ["quote", "--file", str(file), "--usage", "1", *fax])
    assert wrong.exit_code == 1
    wrong = CliRunner().invoke(build(), [*flex, "--bucket", "texts"])
    assert wrong.exit_code == 2
    file.write_text("currency: EUR")
    assert CliRunner().invoke(build(), flex).exit_code == 1


@pytest.mark.usefixtures("installation")
def test_apply_export_and_compare_versions(tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(SAMPLE)
    assert "Version 1 is published" in run("catalog", "apply", str(file))
    assert "nothing to do" in run("catalog", "apply", str(file))
    file.write_text(SAMPLE.replace('price: "0.15"', 'price: "0.17"'))
    run("catalog", "apply", str(file))
    assert "0.15 → 0.17" in run("catalog", "diff", "1", "2")
    assert run("catalog", "diff", "2", str(file)) == "No differences.\n"
    old = tmp_path / "old.yaml"
    old.write_text(run("catalog", "export", "--version", "1"))
    assert load_file(old).digest == load_yaml(SAMPLE).digest
    split = tmp_path / "split.yaml"
    assert "11 tables beside it" in run("catalog", "export", "-o", str(split), "--split-csv")
    assert run("catalog", "diff", "2", str(split)) == "No differences.\n"
    assert CliRunner().invoke(build(), ["catalog", "export", "--split-csv"]).exit_code == 2
    quoted = run("quote", "--product", "prepaid-basic", "--service", "sms", "--usage", "1")
    assert quoted.startswith("0.20 EUR")
    with pytest.raises(CatalogVersionNotFound):
        run("catalog", "export", "--version", "9")


@pytest.mark.usefixtures("installation")
def test_a_version_with_a_time_is_listed_quoted_and_withdrawn(tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(SAMPLE)
    run("catalog", "apply", str(file))
    file.write_text(SAMPLE.replace('price: "0.20"', 'price: "0.25"'))
    at = "2999-01-01T00:00:00+01:00"
    applied = run("catalog", "apply", str(file), "--at", at, "--note", "next")
    assert applied.startswith("Version 2 comes into force at 2998-12-31 23:00:00+00:00")
    assert "nothing to do" in run("catalog", "apply", str(file), "--at", at)
    with pytest.raises(CatalogTimeInvalid):
        run("catalog", "apply", str(file), "--at", "2020-01-01")
    wrong = CliRunner().invoke(build(), ["catalog", "apply", str(file), "--at", "2999-01-01T00:00"])
    assert wrong.exit_code == 2
    versions = json.loads(run("catalog", "versions", "--json"))
    assert [(each["number"], each["state"]) for each in versions] == [
        (2, "scheduled"),
        (1, "published"),
    ]
    shown = run("catalog", "versions")
    for words in ("scheduled", "2998-12-31 23:00:00+00:00", "next"):
        assert words in shown
    text = ("quote", "--product", "prepaid-basic", "--service", "sms", "--usage", "1")
    now, then = run(*text), run(*text, "--at", at)
    assert now.startswith("0.20 EUR")
    assert "Priced by version 1 of the catalogue." in now
    assert then.startswith("0.25 EUR")
    assert "Priced by version 2 of the catalogue." in then
    assert run("catalog", "retire", "2").startswith("Version 2 is retired")
    assert run(*text, "--at", at).startswith("0.20 EUR")


def test_a_plan_as_tables_page_and_files(tmp_path: Path, installation: str) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(SAMPLE)
    run("catalog", "apply", str(file))
    asyncio.run(_use(installation, [60, 600, 6000]))
    file.write_text(SAMPLE.replace('price: "0.10"', 'price: "0.12"'))
    page, bills = tmp_path / "plan.html", tmp_path / "bills.csv"
    period = ["--since", "2026-10-01", "--until", "2026-10-02T00:00:00+00:00"]
    shown = run("catalog", "plan", str(file), *period, "--html", str(page), "--bills", str(bills))
    for words in ("price: 0.10 → 0.12", "3 records of 3 subscribers", "+10% to +20%", "█", "11.25"):
        assert words in shown
    html = page.read_text()
    assert "<svg" in html
    assert not re.search(r"(src|href)=|@import|url\(", html)
    with bills.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["msisdn"] for row in rows] == ["385910000002", "385910000001", "385910000000"]
    assert rows[0]["change"] == "2.00"
    plan = json.loads(run("catalog", "plan", str(file), *period, "--json"))
    assert plan["total"]["records"] == 3
    for option, value in (("--since", "yesterday"), ("--until", "2026-10-01T00:00:00")):
        wrong = CliRunner().invoke(build(), ["catalog", "plan", str(file), option, value])
        assert wrong.exit_code == 2


@pytest.fixture
def installation(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A database with the tenant ``sample``, and settings that lead to it; no engine runs."""
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", database_url)
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "120")
    ensure_installation(database_url, 2)

    async def make() -> None:
        async with await AsyncConnection.connect(database_url) as connection:
            await tenants.ensure_tenant(connection, "sample", "Sample", "EUR")

    asyncio.run(make())
    return database_url


def run(*command: str) -> str:
    """The output of a command that succeeds."""
    finished = CliRunner().invoke(build(), list(command), catch_exceptions=False)
    assert finished.exit_code == 0, finished.output
    return finished.stdout


async def _use(database_url: str, usages: list[int]) -> None:
    """Lines with one call each."""
    async with await AsyncConnection.connect(database_url) as connection:
        tenant = (await tenants.tenant_by_code(connection, "sample")).tenant_id
        customer, account = new_id(), new_id()
        await connection.execute(
            "INSERT INTO customer (tenant_id, customer_id, kind, name)"
            " VALUES (%s, %s, 'person', 'A')",
            (tenant, customer),
        )
        await connection.execute(
            "INSERT INTO account (tenant_id, account_id, customer_id, currency, overrun, shard,"
            " command_seq) VALUES (%s, %s, %s, 'EUR', 'absorb', 0, 1)",
            (tenant, account, customer),
        )
        for number, usage in enumerate(usages):
            line = new_id()
            msisdn = f"38591000000{number}"
            await connection.execute(
                "INSERT INTO subscriber_line (tenant_id, line_id, account_id, product, msisdn,"
                " imsi, iccid, status, shard, command_seq)"
                " VALUES (%s, %s, %s, 'prepaid-basic', %s, %s, '', 'active', 0, 1)",
                (tenant, line, account, msisdn, msisdn),
            )
            await write_cdrs(connection, tenant, line, [usage], product="prepaid-basic")
