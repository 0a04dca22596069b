"""What can go wrong with provisioning."""

from openmvno.errors import Conflict, Invalid, NotFound


class TargetNotFound(NotFound):
    """The tenant has no provisioning target with this name."""

    code = "provisioning_target_not_found"
    title = "There is no such provisioning target"


class TargetNameInvalid(Invalid):
    """Names are lower-case letters, digits and dashes."""

    code = "provisioning_target_name_invalid"
    title = "The name of the target is not usable"


class TargetUrlInvalid(Invalid):
    """The address is not an absolute http or https URL."""

    code = "provisioning_target_url_invalid"
    title = "The address of the target is not usable"


class SecretTooShort(Invalid):
    """The signing secret has fewer than 16 characters."""

    code = "provisioning_secret_too_short"
    title = "The secret is too short"


class DeliveryNotFound(NotFound):
    """There is no such delivery."""

    code = "delivery_not_found"
    title = "There is no such delivery"


class DeliveryNotDead(Conflict):
    """Only dead letters are replayed or discarded."""

    code = "delivery_not_dead"
    title = "The delivery is not a dead letter"
