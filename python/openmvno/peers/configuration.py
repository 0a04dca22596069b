"""Peers and gateway profiles from files: those that come with OpenMVNO, and the installation's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from openmvno._core import CoreError, check_peers
from openmvno.peers.errors import PeerFileUnusable
from openmvno.peers.model import DEFAULT_CONNECTIONS, DEFAULT_PROFILE, Peer

Profiles = Mapping[str, dict[str, Any]]


NO_JSON: Final = (TypeError, ValueError, RecursionError)
"""YAML says more than JSON: dates (also days there are not), sets, octets, what holds itself."""


@dataclass(frozen=True, slots=True)
class PeerFile:
    """What the file of peers says. ``profiles``: all there are, the shipped ones and its own."""

    peers: Mapping[str, Peer] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=dict)
    is_given: bool = False


class _PeerEntry(msgspec.Struct, forbid_unknown_fields=True):
    """One peer of the file."""

    host: str
    addresses: list[str] = []
    certificate: str | None = None
    connections: int = DEFAULT_CONNECTIONS
    profile: str = DEFAULT_PROFILE
    enabled: bool = True
    note: str = ""

    def peer(self) -> Peer:
        return Peer(
            self.host.lower(),
            self.addresses,
            self.certificate,
            self.connections,
            self.profile,
            self.enabled,
            self.note,
        )


class _FileContent(msgspec.Struct, forbid_unknown_fields=True):
    """The file of peers."""

    peers: list[_PeerEntry] = []
    profiles: dict[str, dict[str, Any]] = {}


@cache
def shipped_profiles() -> Profiles:
    """The profiles that come with OpenMVNO, by name."""
    folder = resources.files("openmvno.peers").joinpath("profiles")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {
        file.name.removesuffix(".yaml"): yaml.safe_load(file.read_text("utf-8"))
        for file in files
        if file.name.endswith(".yaml")
    }


def read_peer_file(path: Path | None) -> PeerFile:
    """What the file of peers says; without one, just the shipped profiles.

    Raises:
        PeerFileUnusable: it cannot be read, or something in it cannot be used; says what and where.
    """
    profiles = dict(shipped_profiles())
    if path is None:
        return PeerFile(profiles=profiles)
    content = _content(path)
    profiles |= content.profiles
    peers = [entry.peer() for entry in content.peers]
    by_host = {peer.host: peer for peer in peers}
    if len(by_host) < len(peers):
        raise PeerFileUnusable(f"{path}: a host stands there twice.", field=None)
    rules = [peer.rule() for peer in peers]
    try:
        check_peers(json.dumps({"profiles": profiles, "peers": rules}, allow_nan=False))
    except (CoreError, *NO_JSON) as error:
        raise PeerFileUnusable(f"{path}: {error}", field=None) from error
    return PeerFile(by_host, profiles, is_given=True)


def _content(path: Path) -> _FileContent:
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
        return msgspec.convert(document or {}, _FileContent)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, *NO_JSON) as error:
        raise PeerFileUnusable(f"{path}: {error}", field=None) from error
