"""What can go wrong when the business talks to the engine."""

from openmvno.errors import Conflict, DomainError, NotFound


class EngineNotReachable(DomainError):
    """The charging engine does not answer; live balances cannot be read now."""

    code = "engine_unavailable"
    status = 503
    title = "The charging engine does not answer"
    accepted = "the same request in a moment"


class BalanceNotFound(NotFound):
    """The engine does not know the account (yet)."""

    code = "balance_not_found"
    title = "The account has no balance"
    accepted = "an account that the engine has opened, within a second of its creation"


class InsufficientBalance(Conflict):
    """The balance does not pay for it; nothing has changed."""

    code = "insufficient_balance"
    title = "The balance is too small"
    accepted = "what the balance pays for; top it up first"


class CdrNotFound(NotFound):
    """The tenant has no CDR with this id; CDRs follow within a second of the charge."""

    code = "cdr_not_found"
    title = "There is no such CDR"
    accepted = "the id of a CDR: GET /v1/cdrs lists them"
