"""Settings come from OPENMVNO_* and a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from openmvno.settings import Settings, SettingsError, environment, load_settings, variable_name


@pytest.fixture(autouse=True)
def _no_inherited_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_name(field), raising=False)


def test_everything_has_a_default() -> None:
    settings = load_settings()

    assert settings.embedded_database
    assert (settings.http_port, settings.diameter_port) == (8080, 3868)
    assert (settings.grpc_port, settings.engine_grpc_port) == (50051, 50052)
    assert settings.listen_address == "127.0.0.1"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPENMVNO_HTTP_PORT", "0"),
        ("OPENMVNO_HTTP_PORT", "eighty"),
        ("OPENMVNO_SHARDS", "1025"),
        ("OPENMVNO_LOG_LEVEL", "loud"),
        ("OPENMVNO_DIAMETER_ORIGIN_HOST", "not a host"),
        ("OPENMVNO_PUBLIC_URL", "http://my.operator.example"),
        ("OPENMVNO_PUBLIC_URL", "https://my.operator.example/pages"),
        ("OPENMVNO_PUBLIC_URL", "https://somebody@my.operator.example"),
        ("OPENMVNO_PUBLIC_URL", "javascript:alert"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError, match=f"{variable}='{value}'"):
        load_settings()


def test_the_password_in_the_database_url_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", "postgresql://me:geheim@db/openmvno")

    settings = load_settings()

    assert "geheim" not in repr(settings)
    assert not settings.embedded_database


def test_a_child_reads_what_its_parent_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(data_dir=Path("here"), http_port=9999, log_level="debug")
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)

    child = load_settings()

    assert child.data_dir == tmp_path.resolve() / "here"
    assert child.model_copy(update={"data_dir": settings.data_dir}) == settings


def test_engines_beyond_this_machine_need_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENMVNO_ENGINE_GRPC_HOST", "10.0.0.7")
    with pytest.raises(SettingsError, match="OPENMVNO_ENGINE_TOKEN"):
        load_settings()
    monkeypatch.setenv("OPENMVNO_ENGINE_TOKEN", "a-token-of-some-length")
    settings = load_settings()
    assert "a-token" not in repr(settings)
    for wrong in ("0.0.0.0", "::", "engine.example"):
        monkeypatch.setenv("OPENMVNO_ENGINE_GRPC_HOST", wrong)
        with pytest.raises(SettingsError, match="engine_grpc_host"):
            load_settings()
