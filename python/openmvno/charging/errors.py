"""What can go wrong when the business talks to the engine."""

from openmvno.errors import Conflict, DomainError, NotFound


class EngineNotReachable(DomainError):
    """The charging engine does not answer; live balances cannot be read now."""

    code = "engine_unavailable"
    status = 503
    title = "The charging engine does not answer"


class BalanceNotFound(NotFound):
    """The engine does not know the account (yet)."""

    code = "balance_not_found"
    title = "The account has no balance"


class InsufficientBalance(Conflict):
    """The balance does not pay for it; nothing has changed."""

    code = "insufficient_balance"
    title = "The balance is too small"


class CdrNotFound(NotFound):
    """The tenant has no CDR with this id; CDRs follow within a second of the charge."""

    code = "cdr_not_found"
    title = "There is no such CDR"
