"""Charging, seen from the business: commands to the engine, live balances, CDRs.

Rating, balances and the ledger are the Rust core's; this side writes commands and reads results.
"""

from openmvno.charging.commands import (
    Command,
    CommandPlace,
    abort_session,
    activate_catalog,
    adjust_balance,
    change_account,
    change_line,
    insert_commands,
    last_of_each_shard,
    open_account,
    open_line,
    rate_usage,
    shard_count,
    withdraw_catalog,
)
from openmvno.charging.engine_client import (
    EngineClient,
    EngineReport,
    EngineUnavailable,
    Exchange,
    TooManyTraces,
)
from openmvno.charging.errors import (
    BalanceNotFound,
    CdrNotFound,
    EngineNotReachable,
    InsufficientBalance,
)
from openmvno.charging.line_moves import export_line, freeze_line, import_line, release_line
from openmvno.charging.live import live_balance
from openmvno.charging.overview import EngineAtWork, Overview, engines_at_work
from openmvno.charging.product_commands import (
    Pay,
    add_product,
    remove_product,
    set_favourites,
    set_groups,
    top_up_wallet,
)
from openmvno.charging.rates import (
    EngineRates,
    Recent,
    answers_by_result,
    busy_by_shard,
    refusals_by_limit,
)
from openmvno.charging.settlement import settle
from openmvno.charging.usage import Period, Usage, has_more_usage, read_usage, usage_counts
from openmvno.charging.waiting import (
    NOT_REFUSED,
    command_of,
    command_status,
    outcome_at,
    step_row,
    waits_for,
    was_refused,
)

__all__ = [
    "NOT_REFUSED",
    "BalanceNotFound",
    "CdrNotFound",
    "Command",
    "CommandPlace",
    "EngineAtWork",
    "EngineClient",
    "EngineNotReachable",
    "EngineRates",
    "EngineReport",
    "EngineUnavailable",
    "Exchange",
    "InsufficientBalance",
    "Overview",
    "Pay",
    "Period",
    "Recent",
    "TooManyTraces",
    "Usage",
    "abort_session",
    "activate_catalog",
    "add_product",
    "adjust_balance",
    "answers_by_result",
    "busy_by_shard",
    "change_account",
    "change_line",
    "command_of",
    "command_status",
    "engines_at_work",
    "export_line",
    "freeze_line",
    "has_more_usage",
    "import_line",
    "insert_commands",
    "last_of_each_shard",
    "live_balance",
    "open_account",
    "open_line",
    "outcome_at",
    "rate_usage",
    "read_usage",
    "refusals_by_limit",
    "release_line",
    "remove_product",
    "set_favourites",
    "set_groups",
    "settle",
    "shard_count",
    "step_row",
    "top_up_wallet",
    "usage_counts",
    "waits_for",
    "was_refused",
    "withdraw_catalog",
]
