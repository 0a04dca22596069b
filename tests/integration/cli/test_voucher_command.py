"""``openmvno voucher``: made, activated, blocked, redeemed and listed at the command line."""

from __future__ import annotations

import csv
import stat
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.support.operator import Operator
from typer.testing import CliRunner, Result

from openmvno.cli.main import build
from openmvno.errors import DomainError

MSISDN = "385910000001"
GENERATE = ["voucher", "generate", "--tenant", "op", "--name", "summer", "--expires", "2099-01-01"]


@pytest.fixture
def account(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> UUID:
    """A subscriber of a tenant ``op``; no engine runs."""
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", database_url)
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(tmp_path))
    tenant, customer, account, line = Operator(database_url, 1).tenant, uuid4(), uuid4(), uuid4()
    known = {
        "t": tenant,
        "customer": customer,
        "account": account,
        "line": line,
        "msisdn": MSISDN,
    }
    statements = """
        installation (shards) VALUES (1);
        tenant (tenant_id, code, name, currency) VALUES (%(t)s, 'op', 'T', 'EUR');
        customer (tenant_id, customer_id, kind, name) VALUES (%(t)s, %(customer)s, 'person', 'Ana');
        account (tenant_id, account_id, customer_id, currency, overrun, shard, command_seq)
            VALUES (%(t)s, %(account)s, %(customer)s, 'EUR', 'absorb', 0, 0);
        subscriber_line (tenant_id, line_id, account_id, product, msisdn, imsi, iccid, status,
            shard, command_seq) VALUES (%(t)s, %(line)s, %(account)s, 'basic', %(msisdn)s, '1', '1',
            'active', 0, 0);
        identity_map (kind, identity, tenant_id, account_id, line_id)
            VALUES ('msisdn', %(msisdn)s, %(t)s, %(account)s, %(line)s)
    """
    with psycopg.connect(database_url) as connection:
        for statement in statements.split(";"):
            connection.execute(f"INSERT INTO {statement}", known)
    return account


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(build(), list(arguments), input=typed)


def test_vouchers_from_the_printer_to_the_subscriber(
    account: UUID, tmp_path: Path, database_url: str
) -> None:
    out = tmp_path / "pins.csv"
    made = run(*GENERATE, "--count", "200", "--value", "10.00", "--out", str(out))
    assert made.exit_code == 0, made.output
    assert "200 vouchers, 000000000001 to 000000000200" in made.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with out.open() as file:
        pins = {int(row["serial"]): row["pin"] for row in csv.DictReader(file)}
    assert len(set(pins.values())) == len(pins) == 200

    activated = run("voucher", "activate", "--tenant", "op", "--from", "1", "--to", "150")
    assert activated.output == "150 changed; now 150 active\n"
    blocked = run("voucher", "block", "--tenant", "op", "--from", "150", "--to", "151")
    assert blocked.output == "2 changed; now 2 blocked\n"
    used = run("voucher", "redeem", MSISDN, "--tenant", "op", typed=f"{pins[7]}\n")
    assert used.exit_code == 0, used.output
    assert "000000000007 will be redeemed as soon as the engine runs" in used.output
    again = run("voucher", "redeem", MSISDN, "--tenant", "op", typed=f"{pins[7]}\n")
    assert isinstance(again.exception, DomainError)
    assert again.exception.code == "voucher_redeemed"
    wrong = run("voucher", "redeem", MSISDN, "--tenant", "op", typed="0000\n")
    assert isinstance(wrong.exception, DomainError)
    assert wrong.exception.extra == {"attempts_left": 4}
    listed = run("voucher", "list", "--tenant", "op")
    assert "148 active, 2 blocked, 49 generated, 1 redeemed" in listed.output
    assert "10.00 EUR" in listed.output
    with psycopg.connect(database_url) as connection:
        [command] = connection.execute(
            "SELECT command->>'type', command->>'account', (command->>'amount')::bigint"
            " FROM engine_command"
        ).fetchall()
    assert command == ("adjust_balance", str(account), 10_000_000)


def test_pins_are_never_written_over_a_file(account: UUID, tmp_path: Path) -> None:
    out = tmp_path / "pins.csv"
    out.write_text("older pins")
    refused = run(*GENERATE, "--count", "2", "--value", "10.00", "--out", str(out))
    assert refused.exit_code == 2
    assert out.read_text() == "older pins"
    assert run("voucher", "list", "--tenant", "op").output == ""
