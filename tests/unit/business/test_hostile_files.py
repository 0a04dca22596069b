"""Files people hand in, changed at random: read, or refused in words; never anything else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openmvno.mediation.errors import UsageFileInvalid
from openmvno.mediation.model import BadLine, UsageRecord
from openmvno.mediation.rules import read_usage_file
from openmvno.peers import PeerFileUnusable, read_peer_file

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SERVICES = frozenset({"roaming-voice", "roaming-data"})
USAGE = (
    "record_id,imsi,msisdn,service,direction,destination,started_at,duration,rating_group,plmn,msc,apn\n"
    "R-1,219010000000001,,roaming-voice,originating,4930123,2026-05-01T10:00:00Z,125,,21901,4917,\n"
    'R-2,,385910000001,roaming-data,,,2026-05-01T10:00:00+02:00,9000,10,21901,,"inter""net"\n'
)
PEERS = """\
profiles:
  house-gateway: {identities: [national_msisdn, imsi], country_code: "385", rating_group: 10}
peers:
  - host: gw1.epc.example.net
    addresses: [192.0.2.0/24, "2001:db8::/32"]
    profile: house-gateway
    certificate: gw1.epc.example.net
    connections: 4
  - host: "*.lab.example.net"
    enabled: false
"""
# What YAML and CSV make something else of than text.
PIECES = (
    *(
        "",
        "\0",
        "\ufeff",
        '"',
        "'",
        ",",
        "\n",
        "\r",
        "\t",
        ":",
        "- ",
        "? ",
        "&a ",
        "*a",
        "!!set ",
        "{",
        "}",
    ),
    *(
        "[",
        "]",
        "[[[[[[[[",
        "null",
        "~",
        "yes",
        "1e999",
        ".nan",
        ".inf",
        "-1",
        "0x1F",
        "9" * 40,
        "1_000",
    ),
    *(
        "2026-02-30",
        "2026-05-01",
        "12:30:45",
        "!!binary aGk=",
        "!!python/none ",
        "<<: *a",
        "---\n",
        "%TAG",
    ),
    *("\u0661\u0662", "\U0001f4a5", "../../x", "0.0.0.0/0", "::/0", "*", "a" * 300),
)


@st.composite
def changed(draw: st.DrawFn, text: str) -> bytes:
    """The text with some pieces put in, over or out."""
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from(PIECES)) + text[end:]
    octets = text.encode()
    if draw(st.booleans()):
        at = draw(st.integers(0, len(octets)))
        octets = octets[:at] + draw(st.binary(max_size=3)) + octets[at:]
    return octets


def read_usage(content: bytes) -> None:
    """Each line a record or a bad one, or the whole file refused."""
    try:
        lines = list(read_usage_file(content, SERVICES, NOW))
    except UsageFileInvalid:
        return
    assert all(isinstance(line, UsageRecord | BadLine) for line in lines)


def read_peers(content: bytes, folder: Path) -> None:
    """A table, or a refusal that names the file."""
    path = folder / "peers.yaml"
    path.write_bytes(content)
    try:
        read_peer_file(path)
    except PeerFileUnusable as refusal:
        assert str(path) in refusal.detail  # noqa: PT017 -- not raising is as good


@given(changed(USAGE))
def test_usage_files_are_read_or_refused(content: bytes) -> None:
    read_usage(content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=changed(PEERS))
def test_peer_files_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    read_peers(content, tmp_path)


@pytest.mark.soak
@settings(max_examples=20_000, deadline=None)
@given(changed(USAGE))
def test_usage_files_for_long(content: bytes) -> None:
    read_usage(content)


@pytest.mark.soak
@settings(
    max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=changed(PEERS))
def test_peer_files_for_long(tmp_path: Path, content: bytes) -> None:
    read_peers(content, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "peers: [{host: a.example, connections: 2026-02-30}]",
        "profiles: {x: {country_code: 2026-05-01}}",
        "profiles: {x: {? [1] : 2}}",
        "profiles: {x: !!set {a, b}}",
        "profiles: {x: !!binary aGk=}",
        "profiles: {x: {rating_group: .inf}}",
        "a: " + "[" * 5_000,
        "a: &a [*a]",
        "profiles: {x: &x {y: *x}}",
    ],
)
def test_what_yaml_makes_of_a_peer_file_is_no_surprise(tmp_path: Path, content: str) -> None:
    path = tmp_path / "peers.yaml"
    path.write_text(content)
    with pytest.raises(PeerFileUnusable):
        read_peer_file(path)
