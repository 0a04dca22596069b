"""A small operator written straight into the tables, for tests of the engine's processes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg

from openmvno import _core

CATALOG = {
    "currency": "EUR",
    "services": [
        {
            "code": "voice",
            "unit": "second",
            "service_contexts": ["32260@3gpp.org", "32276@3gpp.org"],
            "grant": {"default": 60, "maximum": 86_400, "validity_time": 600},
        },
        {
            "code": "sms",
            "unit": "event",
            "service_contexts": ["32274@3gpp.org"],
            "grant": {"default": 1, "maximum": 100, "validity_time": 600},
        },
    ],
    "rate_tables": [
        {
            "code": "voice-standard",
            "service": "voice",
            "rates": [{"prefix": "", "name": "Anywhere", "price": "0.60", "per": 60}],
        },
        {
            "code": "sms-standard",
            "service": "sms",
            "rates": [{"prefix": "", "name": "Anywhere", "price": "0.05", "per": 1}],
        },
    ],
    "products": [
        {
            "code": "prepaid",
            "name": "Prepaid",
            "rate_tables": ["voice-standard", "sms-standard"],
            "overrun": "absorb",
        }
    ],
}


@dataclass
class Operator:
    """One tenant with prepaid lines 385910000000 + i."""

    conninfo: str
    shards: int
    tenant: UUID = field(default_factory=uuid4)
    accounts: list[UUID] = field(default_factory=list)
    version: int = 0
    catalog: dict[str, Any] = field(default_factory=lambda: CATALOG)

    def create(
        self, lines: int, balance: int = 10_000_000, low_balance: int | None = None
    ) -> list[tuple[int, int]]:
        """Write tenant, catalogue and lines; returns the places of their commands."""
        with psycopg.connect(self.conninfo) as connection:
            connection.execute(
                "INSERT INTO tenant (tenant_id, code, name, currency) VALUES (%s, %s, 'T', 'EUR')",
                (self.tenant, self.tenant.hex[:8]),
            )
            row = connection.execute(
                "INSERT INTO catalog_version"
                " (tenant_id, number, state, currency, products, document, digest, effective_at)"
                " VALUES (%s, 1, 'published', 'EUR', '{}', %s, '', now()) RETURNING id",
                (self.tenant, json.dumps(self.catalog)),
            ).fetchone()
            assert row is not None
            self.version = row[0]
            commands: list[tuple[int, dict[str, Any]]] = [
                (shard, {"type": "activate_catalog", "version": self.version})
                for shard in range(self.shards)
            ]
            for number in range(lines):
                commands += self._line(number, balance)
                if low_balance is not None:
                    commands.append(self._warning(self.accounts[-1], low_balance))
            return self._insert(connection, commands)

    def schedule(self, message_price: str, at: int) -> list[tuple[int, int]]:
        """Write a version with another price of messages, to come into force at ``at`` (Unix ms);
        returns the places of its commands."""
        document = json.loads(json.dumps(self.catalog))
        document["rate_tables"][1]["rates"][0]["price"] = message_price
        with psycopg.connect(self.conninfo) as connection:
            row = connection.execute(
                "INSERT INTO catalog_version"
                " (tenant_id, number, state, currency, products, document, digest, effective_at)"
                " VALUES (%s, 2, 'published', 'EUR', '{}', %s, '', to_timestamp(%s / 1000.0))"
                " RETURNING id",
                (self.tenant, json.dumps(document), at),
            ).fetchone()
            assert row is not None
            command = {"type": "activate_catalog", "version": row[0], "at": at}
            return self._insert(connection, [(shard, command) for shard in range(self.shards)])

    def _line(self, number: int, balance: int) -> list[tuple[int, dict[str, Any]]]:
        account, line = uuid4(), uuid4()
        self.accounts.append(account)
        shard = _core.shard_of(self.tenant.bytes, account.bytes, self.shards)
        common = {"account": str(account)}
        return [
            (
                shard,
                {
                    "type": "open_account",
                    **common,
                    "currency": "EUR",
                    "credit_limit": 0,
                    "overrun": "absorb",
                },
            ),
            (
                shard,
                {
                    "type": "open_line",
                    **common,
                    "line": str(line),
                    "product": "prepaid",
                    "msisdn": self.msisdn(number),
                    "imsi": f"{219010000000000 + number}",
                    "status": "active",
                },
            ),
            (
                shard,
                {
                    "type": "adjust_balance",
                    **common,
                    "amount": balance,
                    "reason": "top_up",
                    "reference": str(uuid4()),
                },
            ),
        ]

    def _warning(self, account: UUID, low_balance: int) -> tuple[int, dict[str, Any]]:
        shard = _core.shard_of(self.tenant.bytes, account.bytes, self.shards)
        command = {"type": "change_account", "account": str(account), "low_balance": low_balance}
        return shard, command

    @staticmethod
    def msisdn(number: int) -> str:
        """The number of a line."""
        return f"{385910000000 + number}"

    def top_up(self, number: int, amount: int) -> tuple[int, int]:
        """Write a top-up of one line's account; returns its place."""
        account = self.accounts[number]
        shard = _core.shard_of(self.tenant.bytes, account.bytes, self.shards)
        command = {
            "type": "adjust_balance",
            "account": str(account),
            "amount": amount,
            "reason": "top_up",
            "reference": str(uuid4()),
        }
        with psycopg.connect(self.conninfo) as connection:
            return self._insert(connection, [(shard, command)])[0]

    def _insert(
        self, connection: psycopg.Connection[Any], commands: list[tuple[int, dict[str, Any]]]
    ) -> list[tuple[int, int]]:
        counts: dict[int, int] = {}
        for shard, _ in commands:
            counts[shard] = counts.get(shard, 0) + 1
        following: dict[int, int] = {}
        for shard, count in sorted(counts.items()):
            row = connection.execute(
                "INSERT INTO command_sequence AS s (shard, last_seq) VALUES (%s, %s)"
                " ON CONFLICT (shard) DO UPDATE SET last_seq = s.last_seq + excluded.last_seq"
                " RETURNING last_seq",
                (shard, count),
            ).fetchone()
            assert row is not None
            following[shard] = row[0] - count
        places = []
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "COPY engine_command (shard, seq, command_id, tenant_id, command) FROM STDIN"
            ) as copy,
        ):
            for shard, command in commands:
                following[shard] += 1
                body = {**command, "tenant": str(self.tenant)}
                copy.write_row((shard, following[shard], uuid4(), self.tenant, json.dumps(body)))
                places.append((shard, following[shard]))
        return places

    def debit(self, session: str, number: int, line: int = 0, units: int = 1) -> dict[str, Any]:
        """A request for the engine: ``units`` short messages."""
        return {
            "type": "debit",
            "tenant": str(self.tenant),
            "session": session,
            "number": number,
            "msisdn": self.msisdn(line),
            "service": "sms",
            "destination": "385980000001",
            "requested": units,
        }
