"""Migrations hold up nobody for longer than a moment."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from tests.support.online_migration import complaints

from openmvno.database import DatabaseError, migrate, schema

# The first release begins here: what came before had no subscribers yet.
FIRST_RELEASE = "0018"
EARLIER = "0002"

SCRIPTS = ScriptDirectory.from_config(migrate._configuration())
STEPS = list(SCRIPTS.walk_revisions())[::-1]


class _Over(Exception):
    """The part of a step that is one transaction is over."""

    @classmethod
    def raised(cls) -> NoReturn:
        raise cls


def _until_over(step: Script) -> None:
    with suppress(_Over):
        step.module.upgrade()


def test_no_step_reads_or_rewrites_what_it_locks(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(empty_database_url, to=STEPS[0].revision)
    for step in STEPS[1:]:
        with migrate._engine(empty_database_url).connect() as connection:
            context = MigrationContext.configure(connection)
            # What follows is not in one transaction, and may not lock: see the next test.
            monkeypatch.setattr(context, "autocommit_block", _Over.raised)
            with Operations.context(context):
                found = complaints(
                    connection, partial(_until_over, step), growing=step.revision > FIRST_RELEASE
                )
            connection.rollback()
        assert found == [], f"{step.path}: see python/openmvno/database/migrations/README.md"
        migrate.upgrade(empty_database_url, to=step.revision)


def test_what_is_outside_a_steps_transaction_may_run_twice(empty_database_url: str) -> None:
    url = empty_database_url
    for step in STEPS:
        outside = Path(step.path).read_text().partition("autocommit_block")[2]
        if not outside:
            continue
        assert "CREATE INDEX" not in outside.replace("CREATE INDEX CONCURRENTLY IF NOT EXISTS", "")
        migrate.upgrade(url, to=step.revision)
        with psycopg.connect(url) as connection:  # as if it had ended right before it was noted
            connection.execute("UPDATE alembic_version SET version_num = %s", (step.down_revision,))
            connection.execute("DELETE FROM schema_step WHERE revision = %s", (step.revision,))
        assert migrate.upgrade(url, to=step.revision) == [step.revision]
        with psycopg.connect(url) as connection:
            for name in getattr(step.module, "INDEXES", ()):
                row = connection.execute(
                    "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (name,)
                ).fetchone()
                assert row == (True,), name


def test_every_step_says_which_releases_go_on_working() -> None:
    for step in STEPS:
        if step.revision >= FIRST_RELEASE:
            assert getattr(step.module, "works_from", None), f"{step.path} has no works_from"
            assert FIRST_RELEASE <= step.module.works_from <= step.revision, step.path


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("ALTER TABLE journal ADD COLUMN at timestamptz DEFAULT clock_timestamp()", "rewritten"),
        ("ALTER TABLE engine_command ALTER COLUMN seq TYPE numeric", "rewritten"),
        ("ALTER TABLE cdr ADD CHECK (usage >= 0)", "locked while it is read"),
        ("CREATE INDEX ON posting (cause_id)", "locked while it is read"),
        ("ALTER TABLE account ALTER COLUMN overrun SET NOT NULL, ADD CHECK (shard >= 0)", "read"),
        ("ALTER TABLE sim ADD UNIQUE (iccid)", "locked while it is read"),
    ],
)
def test_the_rule_sees_a_step_that_holds_others_up(
    database_url: str, statement: str, complaint: str
) -> None:
    with migrate._engine(database_url).connect() as connection:
        found = complaints(connection, lambda: connection.exec_driver_sql(statement))
        connection.rollback()
    assert any(complaint in each for each in found), found


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE cdr ADD COLUMN note text NOT NULL DEFAULT ''",
        "ALTER TABLE cdr ADD CONSTRAINT used CHECK (usage >= 0) NOT VALID",
        "ALTER TABLE journal DROP COLUMN written_at",
        "CREATE TABLE further (cdr_id uuid PRIMARY KEY)",
        "UPDATE catalog_version SET note = 'x'",
    ],
)
def test_the_rule_lets_a_moment_pass(database_url: str, statement: str) -> None:
    with migrate._engine(database_url).connect() as connection:
        assert complaints(connection, lambda: connection.exec_driver_sql(statement)) == []
        connection.rollback()


class Writers:
    """What charging and the materialiser write, in the columns of every schema since EARLIER."""

    JOURNAL = "INSERT INTO journal (shard, seq, owner, payload) VALUES (0, %(n)s, 1, '')"
    COMMAND = (
        "INSERT INTO engine_command (shard, seq, command_id, tenant_id, command)"
        " VALUES (0, %(n)s, gen_random_uuid(), gen_random_uuid(), '{}')"
    )
    OUTCOME = "UPDATE engine_command SET outcome = '{}' WHERE shard = 0 AND seq = %(n)s"
    POSTING = (
        "INSERT INTO posting (tenant_id, recorded_at, cause_id, account_id, ledger_account,"
        " currency, amount_micros, shard, journal_seq) VALUES (gen_random_uuid(), now(),"
        " gen_random_uuid(), gen_random_uuid(), 'cash', 'EUR', 1, 0, %(n)s)"
    )
    BALANCE = (
        "INSERT INTO account_balance (tenant_id, account_id, currency, balance_micros, as_of)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), 'EUR', 1, now())"
    )
    STATEMENTS = (JOURNAL, COMMAND, OUTCOME, POSTING, BALANCE)

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self.done = 0
        self.longest = 0.0
        self.trouble: list[Exception] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _run(self) -> None:
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                for number in itertools.count(1):
                    began = time.monotonic()
                    for statement in self.STATEMENTS:
                        connection.execute(statement, {"n": number})
                    self.longest = max(self.longest, time.monotonic() - began)
                    self.done = number
                    if self._stop.is_set():
                        return
        except psycopg.Error as error:
            self.trouble.append(error)


def test_an_earlier_schema_is_upgraded_under_load_and_behind_a_long_report(
    empty_database_url: str,
) -> None:
    url = empty_database_url
    migrate.upgrade(url, to=EARLIER)
    writers = Writers(url)
    said: list[str] = []
    with writers.at_work(), psycopg.connect(url) as report:
        while writers.done < 50:
            time.sleep(0.01)
        report.execute("SELECT count(*) FROM cdr")  # and its transaction stays open
        upgrading = threading.Thread(target=migrate.upgrade, args=(url, said.append))
        upgrading.start()
        while not said:
            time.sleep(0.01)
        waited_at = writers.done
        while writers.done < waited_at + 50:  # charging goes on while the migration waits
            time.sleep(0.01)
        report.rollback()
        upgrading.join()
    print(f"{writers.done} rounds, the longest took {writers.longest * 1000:.0f} ms; {said}")
    assert writers.trouble == []
    assert "step 0003 waits, its tables are in use" in said[0]
    assert schema.current_revision(url) == schema.latest_revision()
    with psycopg.connect(url) as connection:
        for table in ("journal", "engine_command", "posting", "account_balance"):
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert row == (writers.done,), table
        unanswered = "SELECT count(*) FROM engine_command WHERE outcome IS NULL"
        assert connection.execute(unanswered).fetchone() == (0,)


def test_who_is_in_the_way_for_good_is_named(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PATIENCE_SECONDS", 0.0)
    migrate.upgrade(empty_database_url, to=EARLIER)
    with psycopg.connect(empty_database_url, application_name="monthly report") as report:
        report.execute("SELECT count(*) FROM cdr")
        with pytest.raises(DatabaseError, match=r"0003 did not get its locks.*monthly report"):
            migrate.upgrade(empty_database_url)
    assert schema.current_revision(empty_database_url) == EARLIER
    migrate.upgrade(empty_database_url)
