"""What can go wrong with RADIUS clients and passwords."""

from openmvno.errors import Conflict, Invalid, NotFound


class RadiusClientNotFound(NotFound):
    """No RADIUS client has this name."""

    code = "radius_client_not_found"
    title = "There is no such RADIUS client"


class RadiusClientInvalid(Invalid):
    """A name, network or other term of a RADIUS client cannot be used."""

    code = "radius_client_invalid"
    title = "The RADIUS client is not usable"


class RadiusSecretTooShort(Invalid):
    """A shared secret is too easily guessed (RFC 2865 section 3)."""

    code = "radius_secret_too_short"
    title = "The shared secret is too short"


class RadiusNetworkTaken(Conflict):
    """Another RADIUS client has this network."""

    code = "radius_network_taken"
    title = "The network belongs to another RADIUS client"


class LinePasswordInvalid(Invalid):
    """A password that RADIUS cannot carry (RFC 2865 section 5.2)."""

    code = "line_password_invalid"
    title = "The password is not usable"
