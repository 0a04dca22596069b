"""The connection string our processes use: what a failover of PostgreSQL asks of a client."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from openmvno.database.location import connection_url, following_the_primary
from openmvno.settings import Settings

ONE = "postgresql://openmvno@db.example/openmvno"
TWO = "postgresql://openmvno@db1.example:5432,db2.example:5433/openmvno"


def test_of_several_hosts_the_primary_is_meant() -> None:
    used = conninfo_to_dict(following_the_primary(TWO))
    assert used["host"] == "db1.example,db2.example"
    assert used["port"] == "5432,5433"
    assert used["target_session_attrs"] == "read-write"
    assert used["tcp_user_timeout"] == "5000"


def test_a_single_host_is_what_it_is() -> None:
    used = conninfo_to_dict(following_the_primary(ONE))
    assert "target_session_attrs" not in used
    assert used["connect_timeout"] == "3"
    assert used["keepalives_idle"] == "2"


def test_what_the_address_says_itself_stands() -> None:
    address = TWO + "?target_session_attrs=primary&connect_timeout=9"
    used = conninfo_to_dict(following_the_primary(address))
    assert used["target_session_attrs"] == "primary"
    assert used["connect_timeout"] == "9"


def test_addresses_alone_count_as_hosts() -> None:
    used = conninfo_to_dict(following_the_primary("hostaddr=10.0.0.1,10.0.0.2 dbname=openmvno"))
    assert used["target_session_attrs"] == "read-write"


def test_what_libpq_does_not_understand_is_left_for_it_to_say() -> None:
    assert following_the_primary("postgresql://db?nonsense=1") == "postgresql://db?nonsense=1"


def test_the_settings_use_it() -> None:
    url = connection_url(Settings(database_url=SecretStr(TWO)))
    assert conninfo_to_dict(url)["target_session_attrs"] == "read-write"
