"""What can go wrong with RADIUS clients and passwords."""

from openmvno.errors import Conflict, Invalid, NotFound


class RadiusClientNotFound(NotFound):
    """No RADIUS client has this name."""

    code = "radius_client_not_found"
    title = "There is no such RADIUS client"
    accepted = "the name of a client: GET /v1/radius-clients lists them"


class RadiusClientInvalid(Invalid):
    """A name, network or other term of a RADIUS client cannot be used."""

    code = "radius_client_invalid"
    title = "The RADIUS client is not usable"
    accepted = "a name of small letters, digits and dashes, and an IP address or CIDR block"


class RadiusSecretTooShort(Invalid):
    """A shared secret is too easily guessed (RFC 2865 section 3)."""

    code = "radius_secret_too_short"
    title = "The shared secret is too short"
    accepted = "a longer secret"


class RadiusNetworkTaken(Conflict):
    """Another RADIUS client has this network."""

    code = "radius_network_taken"
    title = "The network belongs to another RADIUS client"
    accepted = "a network that no other client has"


class LinePasswordInvalid(Invalid):
    """A password that RADIUS cannot carry (RFC 2865 section 5.2)."""

    code = "line_password_invalid"
    title = "The password is not usable"
    accepted = "a password of 8 to 128 octets without NUL"
