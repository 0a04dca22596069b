"""The file of peers, and the profiles that come with OpenMVNO."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openmvno._core import check_peers
from openmvno.peers import Peer, PeerFileUnusable, read_peer_file, shipped_profiles


def test_shipped_profiles_are_understood_by_the_core() -> None:
    profiles = dict(shipped_profiles())
    assert "open5gs-smf" in profiles
    for name, content in profiles.items():
        assert len(content["description"]) > 30, name
        peers = [Peer("gw.example", profile=name).rule()]
        check_peers(json.dumps({"profiles": {name: content}, "peers": peers}))


def test_a_file_adds_profiles_and_peers(tmp_path: Path) -> None:
    path = tmp_path / "peers.yaml"
    path.write_text(
        """
profiles:
  house-gateway:
    identities: [national_msisdn, imsi]
    country_code: "385"
peers:
  - host: GW1.example.net
    addresses: [192.0.2.0/24, "2001:db8::/32"]
    profile: house-gateway
    connections: 4
    certificate: gw1.example.net
    note: the host network's
  - host: "*.lab.example.net"
    enabled: false
"""
    )
    file = read_peer_file(path)
    assert set(file.peers) == {"gw1.example.net", "*.lab.example.net"}
    peer = file.peers["gw1.example.net"]
    assert (peer.connections, peer.source, peer.enabled) == (4, "file", True)
    assert {"house-gateway", "open5gs-smf"} <= set(file.profiles)
    assert file.is_given


def test_without_a_file_the_shipped_profiles_are_there() -> None:
    file = read_peer_file(None)
    assert (dict(file.peers), file.is_given) == ({}, False)
    assert dict(file.profiles) == dict(shipped_profiles())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("peers: [", "while parsing"),
        ("peer: []", "unknown field `peer`"),
        ("peers: [{host: a.b, port: 1}]", "unknown field `port`"),
        ("peers: [{host: a.b, connections: many}]", "$.peers[0].connections"),
        ("peers: [{host: a.b}, {host: A.B}]", "a host stands there twice"),
        ("peers: [{host: a.b, addresses: [10.0.0.1/8]}]", "peer a.b: addresses: 10.0.0.1/8"),
        ("peers: [{host: a.b, profile: x}]", 'peer a.b: profile: there is no "x"'),
        ("profiles: {x: {redirect: sometimes}}", "unknown variant `sometimes`"),
        ("profiles: {standard: {}}", "profiles.standard"),
    ],
)
def test_a_mistake_is_told_with_file_and_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "peers.yaml"
    path.write_text(text)
    with pytest.raises(PeerFileUnusable) as refused:
        read_peer_file(path)
    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PeerFileUnusable, match="No such file"):
        read_peer_file(tmp_path / "nowhere.yaml")
