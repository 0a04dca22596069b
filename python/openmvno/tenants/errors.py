"""What can go wrong with tenants."""

from openmvno.errors import Invalid, NotFound


class TenantNotFound(NotFound):
    """No tenant has this code."""

    code = "tenant_not_found"
    title = "There is no such tenant"
    accepted = "the code of a tenant"


class ContrastTooLow(Invalid):
    """Text on the accent colour would be hard to read (WCAG 2.2 success criterion 1.4.3)."""

    code = "contrast_too_low"
    title = "The colour has too little contrast"
    accepted = "a darker or lighter colour"


class LogoInvalid(Invalid):
    """A logo is a PNG or JPEG picture of 64 kB at most."""

    code = "logo_invalid"
    title = "The logo cannot be taken"
    accepted = "a whole PNG or JPEG picture, in base 64"


class LogoNotFound(NotFound):
    """The tenant has no logo."""

    code = "logo_not_found"
    title = "There is no logo"
    accepted = "a tenant with a logo; PUT /v1/branding sets one"
