"""What can go wrong with provisioning."""

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class TargetNotFound(NotFound):
    """The tenant has no provisioning target with this name."""

    code = "provisioning_target_not_found"
    title = "There is no such provisioning target"
    accepted = "the name of a target: GET /v1/provisioning-targets lists them"


class TargetNameInvalid(Invalid):
    """Names are lower-case letters, digits and dashes."""

    code = "provisioning_target_name_invalid"
    title = "The name of the target is not usable"
    accepted = "lower-case letters, digits and dashes, the first no dash"


class TargetUrlInvalid(Invalid):
    """The address is not an absolute http or https URL."""

    code = "provisioning_target_url_invalid"
    title = "The address of the target is not usable"
    accepted = "an address as the target's kind has it"


class TargetKindUnknown(Invalid):
    """There is no such kind of target."""

    code = "provisioning_target_kind_unknown"
    title = "There is no such kind of target"
    accepted = "one of the kinds that docs/provisioning.md describes"


class ConfigurationInvalid(Invalid):
    """There is no such ready configuration, or what it needs is not given."""

    code = "provisioning_configuration_invalid"
    title = "The configuration is not usable"
    accepted = "one of full, thin and ott, with its parameters"


class TemplateInvalid(Invalid):
    """The template is missing, or is none."""

    code = "provisioning_template_invalid"
    title = "The template is not usable"
    accepted = "what docs/provisioning.md says of a template"


class TargetNotRegister(Conflict):
    """Only registers can be compared with our books."""

    code = "provisioning_target_not_register"
    title = "The target is not a register"
    accepted = "a target whose kind is a register"


class TargetUnreachable(DomainError):
    """The target does not answer, or not as expected."""

    code = "provisioning_target_unreachable"
    status = 502
    title = "The target does not answer"
    accepted = "the same once the target answers"


class RegisterScopeMissing(DomainError):
    """Registers are told the keys of SIM cards: setting one needs a scope of its own."""

    code = "register_scope_missing"
    status = 403
    title = "The token may not set registers"
    accepted = "a token or session with that scope"


class SecretMissing(Invalid):
    """A target of this kind needs a secret."""

    code = "provisioning_secret_missing"
    title = "The target needs a secret"
    accepted = "a secret"


class SecretTooShort(Invalid):
    """The signing secret has fewer than 16 characters."""

    code = "provisioning_secret_too_short"
    title = "The secret is too short"
    accepted = "a longer secret"


class SecretInvalid(Invalid):
    """The secret is a private key that cannot be used, or is no password."""

    code = "provisioning_secret_invalid"
    title = "The secret is not usable"
    accepted = "a private key without a passphrase, or a password of one line"


class DeliveryNotFound(NotFound):
    """There is no such delivery."""

    code = "delivery_not_found"
    title = "There is no such delivery"
    accepted = "a delivery: GET /v1/deliveries lists them"


class DeliveryNotDead(Conflict):
    """Only dead letters are replayed or discarded."""

    code = "delivery_not_dead"
    title = "The delivery is not a dead letter"
    accepted = "a delivery that is dead"
