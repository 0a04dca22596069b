"""What can go wrong when the business talks to the engine."""

from openmvno.errors import DomainError, NotFound


class EngineNotReachable(DomainError):
    """The charging engine does not answer; live balances cannot be read now."""

    code = "engine_unavailable"
    status = 503
    title = "The charging engine does not answer"


class BalanceNotFound(NotFound):
    """The engine does not know the account (yet)."""

    code = "balance_not_found"
    title = "The account has no balance"
