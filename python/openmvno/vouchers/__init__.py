"""Vouchers: cards with a PIN that top up a balance or a wallet, or bring an add-on."""

from openmvno.vouchers.attempts import forget_old
from openmvno.vouchers.checks import CHECKS
from openmvno.vouchers.errors import REFUSALS
from openmvno.vouchers.model import Batch, Redemption, shown_serial
from openmvno.vouchers.pins import PinKey, encrypted, write_private
from openmvno.vouchers.recipients import find_recipient
from openmvno.vouchers.redeeming import redeem
from openmvno.vouchers.rules import Wish
from openmvno.vouchers.service import change_range, expire, generate, terms_on_sale
from openmvno.vouchers.store import list_batches, states_between

__all__ = [
    "CHECKS",
    "REFUSALS",
    "Batch",
    "PinKey",
    "Redemption",
    "Wish",
    "change_range",
    "encrypted",
    "expire",
    "find_recipient",
    "forget_old",
    "generate",
    "list_batches",
    "redeem",
    "shown_serial",
    "states_between",
    "terms_on_sale",
    "write_private",
]
