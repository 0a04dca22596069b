"""Peers: the Diameter nodes that may connect to this installation, and how each differs from the
standards. They serve all tenants alike, so they belong to none."""

from openmvno.peers.configuration import PeerFile, read_peer_file, shipped_profiles
from openmvno.peers.errors import (
    PeerConfiguredByFile,
    PeerFileUnusable,
    PeerInvalid,
    PeerNotFound,
)
from openmvno.peers.model import Peer, PeerTable
from openmvno.peers.service import list_peers, peer_table, remove_peer, set_peer
from openmvno.peers.store import peer_of

__all__ = [
    "Peer",
    "PeerConfiguredByFile",
    "PeerFile",
    "PeerFileUnusable",
    "PeerInvalid",
    "PeerNotFound",
    "PeerTable",
    "list_peers",
    "peer_of",
    "peer_table",
    "read_peer_file",
    "remove_peer",
    "set_peer",
    "shipped_profiles",
]
