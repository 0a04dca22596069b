"""Every setting of OpenMVNO, each an environment variable ``OPENMVNO_<NAME>``.

``OTEL_*`` variables are OpenTelemetry's own and pass through untouched. ``openmvno doctor`` prints
the settings in force.
"""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]

ENVIRONMENT_PREFIX = "OPENMVNO_"


class SettingsError(Exception):
    """A setting has an unusable value; the message names the variable and says why."""


def _diameter_identity(value: str) -> str:
    """DiameterIdentity is a fully qualified domain name (RFC 6733 section 4.3.1)."""
    labels = value.split(".")
    if not all(
        label and label.isascii() and label.replace("-", "").replace("_", "").isalnum()
        for label in labels
    ):
        raise ValueError("must be a domain name such as ocs.example.net")
    return value


DiameterIdentity = Annotated[str, AfterValidator(_diameter_identity)]


def _origin(value: str) -> str:
    """Scheme, host and port of a URL (RFC 6454); http only where nobody can listen in."""
    parts = urlsplit(value)
    host = parts.hostname or ""
    is_here = host in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValueError("must begin with https://")
    if not host or value.rstrip("/") != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise ValueError("must be scheme and host alone, such as https://my.operator.example")
    return value.rstrip("/")


PublicUrl = Annotated[str, AfterValidator(lambda value: _origin(value) if value else "")]


class Settings(BaseSettings):
    """What one OpenMVNO process needs to know before it can read its database."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    data_dir: Path = Field(
        default=Path("data"),
        description="Folder of the embedded PostgreSQL and of generated secrets.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://… of a PostgreSQL 15 or later; unset: the embedded one is used.",
    )
    backup_dir: Path | None = Field(
        default=None,
        description="Folder of backups, into which the embedded PostgreSQL archives its WAL from"
        " its next start on; unset: no archive.",
    )
    listen_address: str = Field(
        default="127.0.0.1",
        description="Address that HTTP, Diameter, RADIUS and public gRPC listen on.",
    )
    http_port: Port = Field(default=8080, description="REST API and pages.")
    public_url: PublicUrl = Field(
        default="",
        description="Where browsers reach the pages, such as https://my.operator.example: pages of"
        " payment providers lead back there; none given: nobody is sent to one.",
    )
    http_trusted_proxies: str = Field(
        default="",
        pattern=r"^[0-9A-Fa-f.:/, ]*$",
        description="Addresses and CIDR ranges, separated by commas, of proxies whose"
        " X-Forwarded-For says where a request comes from; none given: nobody's.",
    )
    diameter_port: Port = Field(default=3868, description="Diameter Gy/Ro over TCP.")
    radius_authentication_port: Port = Field(
        default=1812, description="RADIUS authentication over UDP (RFC 2865)."
    )
    radius_accounting_port: Port = Field(
        default=1813, description="RADIUS accounting over UDP (RFC 2866)."
    )
    diameter_tls_port: Port = Field(
        default=5868, description="Diameter over TLS, where its certificate is set."
    )
    diameter_sctp: bool = Field(
        default=False,
        description="Diameter over SCTP, too, on the port of TCP, where the kernel has it.",
    )
    diameter_tls_certificate: Path | None = Field(
        default=None, description="Our certificate with its chain, PEM; turns TLS on."
    )
    diameter_tls_key: Path | None = Field(
        default=None, description="The private key of our certificate, PEM."
    )
    diameter_tls_client_ca: Path | None = Field(
        default=None, description="Whose certificates peers have to show, PEM."
    )
    grpc_port: Port = Field(default=50051, description="Public charging gRPC.")
    engine_grpc_host: str = Field(
        default="127.0.0.1",
        description="Address of the gRPC between our own processes, under which other engines"
        " reach it.",
    )
    engine_grpc_port: Port = Field(default=50052, description="gRPC between our own processes.")
    engine_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="What callers of engine gRPC show, the same for all of an installation;"
        " required where engine_grpc_host is not of this machine.",
    )
    engine_nodes: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9.:_, -]*$",
        description="host:port of the gRPC of every engine of the installation, separated by"
        " commas, where there are several; none given: the one on engine_grpc_port.",
    )
    diameter_origin_host: DiameterIdentity = Field(
        default="ocs.openmvno.example", description="Origin-Host we answer with (RFC 6733 6.3)."
    )
    diameter_origin_realm: DiameterIdentity = Field(
        default="openmvno.example", description="Origin-Realm we answer with (RFC 6733 6.4)."
    )
    shards: int = Field(
        default=4,
        ge=1,
        le=1024,
        description="Number of shards of a new installation; fixed once it has been created.",
    )
    diameter_connections: int = Field(
        default=1024, ge=1, le=65535, description="Diameter connections open at the same time."
    )
    diameter_peers_file: Path | None = Field(
        default=None,
        description="YAML file of Diameter peers and profiles; its peers win over the database's.",
    )
    diameter_open_when_empty: bool = Field(
        default=True,
        description="While no peer is configured at all, every Diameter peer may connect.",
    )
    diameter_orders_per_second: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="Re-Auth- and Abort-Session-Requests sent to one gateway in a second.",
    )
    diameter_session_failover: bool = Field(
        default=True,
        description="CC-Session-Failover of our answers (RFC 8506 8.4).",
    )
    diameter_failure_handling: Literal["", "terminate", "continue", "retry_and_terminate"] = Field(
        default="",
        description="Credit-Control-Failure-Handling of our answers; none: the gateway's own.",
    )
    diameter_debiting_failure_handling: Literal["", "terminate_or_buffer", "continue"] = Field(
        default="",
        description="Direct-Debiting-Failure-Handling of our answers; none: the gateway's own.",
    )
    drain_seconds: float = Field(
        default=5.0,
        ge=0,
        le=60,
        description="At SIGTERM: how long peers and callers may take to be done.",
    )
    country_code: str = Field(
        default="",
        pattern=r"^[0-9]{0,3}$",
        description="E.164 country code that completes numbers in national form (0…).",
    )
    requests_per_second: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="Charging requests that an engine admits in a second; 0: any number.",
    )
    queue_age_ms: int = Field(
        default=2000,
        ge=0,
        le=60_000,
        description="How long the oldest request may wait for its answer before all others are"
        " refused, new sessions and events from half of it; 0: any time.",
    )
    commit_interval_ms: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Least time between two commits while small ones come fast; 0: never wait.",
    )
    trace_one_in: int = Field(
        default=1000,
        ge=0,
        description="One of how many charging sessions is traced, where traces are exported.",
    )
    realtime: bool = Field(
        default=True,
        description="Run the engine under SCHED_FIFO where the system allows it.",
    )
    wal_stock_mb: int = Field(
        default=2048,
        ge=0,
        le=2048,
        description="MiB of WAL that a new embedded PostgreSQL lays in; 0: none.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe log record that is written."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal, JSON otherwise."
    )

    @model_validator(mode="after")
    def _engine_grpc_is_guarded(self) -> Settings:
        try:
            address = ip_address(self.engine_grpc_host)
        except ValueError:
            raise ValueError("engine_grpc_host must be an IP address") from None
        if address.is_unspecified:
            raise ValueError(
                "engine_grpc_host must be an address other engines can reach, not a wildcard"
            )
        if not address.is_loopback and self.engine_token is None:
            raise ValueError(
                "engine_grpc_host is not of this machine, so OPENMVNO_ENGINE_TOKEN must be set"
            )
        return self

    @property
    def embedded_database(self) -> bool:
        """Whether we run PostgreSQL ourselves."""
        return self.database_url is None

    @cached_property
    def absolute_data_dir(self) -> Path:
        """The data folder as an absolute path."""
        return self.data_dir.expanduser().resolve()

    @cached_property
    def absolute_backup_dir(self) -> Path | None:
        """The backup folder as an absolute path."""
        return None if self.backup_dir is None else self.backup_dir.expanduser().resolve()


def variable_name(field: str) -> str:
    """The environment variable that sets ``field``."""
    return f"{ENVIRONMENT_PREFIX}{field.upper()}"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a variable has an unusable value.
    """
    try:
        return Settings()
    except ValidationError as error:
        complaints = [_complaint(problem) for problem in error.errors()]
        raise SettingsError("; ".join(complaints)) from error


def _complaint(problem: ErrorDetails) -> str:
    if not problem["loc"]:  # about several settings together
        return problem["msg"]
    return f"{variable_name(str(problem['loc'][0]))}={problem['input']!r}: {problem['msg']}"


def environment(settings: Settings) -> dict[str, str]:
    """``settings`` as environment variables for a child process; the data folder is absolute."""
    variables: dict[str, str] = {}
    for field in type(settings).model_fields:
        value = getattr(settings, field)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        # An empty variable counts as unset.
        variables[variable_name(field)] = "" if value is None else str(value)
    variables[variable_name("data_dir")] = str(settings.absolute_data_dir)
    if settings.absolute_backup_dir is not None:
        variables[variable_name("backup_dir")] = str(settings.absolute_backup_dir)
    return variables
