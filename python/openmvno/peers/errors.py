"""What can go wrong with peers."""

from openmvno.errors import Conflict, Invalid, NotFound


class PeerNotFound(NotFound):
    """No peer is configured under this Origin-Host or pattern."""

    code = "peer_not_found"
    title = "There is no such peer"
    accepted = "the host of a peer: GET /v1/peers lists them"


class PeerInvalid(Invalid):
    """A field of the peer cannot be used; ``field`` names it."""

    code = "peer_invalid"
    title = "The peer cannot be used as described"
    accepted = "what docs/diameter.md says of a peer"


class PeerConfiguredByFile(Conflict):
    """The peer stands in the file of peers, which wins over the database."""

    code = "peer_configured_by_file"
    title = "The peer is configured by file"
    accepted = "another peer; this one is changed in the file"


class PeerFileUnusable(Conflict):
    """The file of peers cannot be read."""

    code = "peer_file_unusable"
    title = "The file of peers cannot be used"
    accepted = "the same once the file is as docs/diameter.md says"
