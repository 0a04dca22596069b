"""Which programs the demonstration finds, and what it says when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ha import packages


def test_the_newest_whole_postgresql_is_taken(tmp_path: Path) -> None:
    assert packages.newest_postgresql(tmp_path) is None
    for version in ("9", "15", "17"):
        programs = tmp_path / version / "bin"
        programs.mkdir(parents=True)
        for name in packages.SERVER_PROGRAMS:
            (programs / name).touch()
    (tmp_path / "17" / "bin" / "pg_rewind").unlink()
    (tmp_path / "18" / "lib").mkdir(parents=True)
    assert packages.newest_postgresql(tmp_path) == tmp_path / "15" / "bin"


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages, "DEBIAN_POSTGRESQL", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/etcd" if name == "etcd" else None)
    programs, sentence = packages.find_programs()
    assert programs is None
    assert sentence.startswith("not installed: patroni postgresql (apt install patroni postgresql,")


@pytest.mark.parametrize(
    ("said", "api"),
    [("patroni 3.0.2\n", 2), ("patroni 2.1.4", 2), ("patroni 3.0.3", 3), ("patroni 4.1.0", 3)],
)
def test_an_old_patroni_gets_the_api_it_is_safe_with(said: str, api: int) -> None:
    assert packages.etcd_api_for(said) == api
