"""What happened, as a sentence for each code of a timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

HAPPENED: Final[Mapping[str, str]] = {
    "line.opened": N_("The line was opened with %(product)s"),
    "line.prepared": N_("The line was prepared"),
    "line.activated": N_("The line was used for the first time and is active"),
    "line.active": N_("The line is in service again"),
    "line.blocked": N_("The line was blocked"),
    "line.suspended": N_("The line was suspended"),
    "line.closed": N_("The line was closed"),
    "line.product_changed": N_("The product is now %(product)s"),
    "line.limits_changed": N_("Limits were changed"),
    "line.addon_added": N_("The add-on %(product)s was bought"),
    "line.addon_added.balance": N_(
        "The add-on %(product)s was bought for %(price)s, from the balance"
    ),
    "line.addon_added.cash": N_("The add-on %(product)s was bought for %(price)s, in cash"),
    "line.addon_added.none": N_("The add-on %(product)s was given as a present"),
    "line.addon_removed": N_("The add-on %(product)s ended"),
    "line.favourites_changed": N_("Favourites were changed"),
    "line.number_changed": N_("The number is now %(msisdn)s"),
    "line.sim_changed": N_("The SIM card is now %(iccid)s"),
    "line.sessions_aborted": N_("Sessions were ended"),
    "line.resynchronised": N_("The charging engine was told of the line anew"),
    "line.password_set": N_("The line's password was set"),
    "line.password_removed": N_("The line's password was taken away"),
    "account.opened": N_("An account was opened"),
    "account.changed": N_("Limits of the account were changed"),
    "customer.created": N_("The customer was recorded"),
    "customer.changed": N_("Details of the customer were changed"),
    "customer.moved": N_("The customer moved in the tree"),
    "customer.status_changed": N_("Marks of the customer were changed"),
    "customer.defaults_changed": N_("Class or defaults were changed"),
    "top_up": N_("Topped up with %(amount)s"),
    "wallet_top_up": N_("The wallet %(bucket)s was topped up"),
    "voucher.redeemed": N_("The voucher %(serial)s was redeemed"),
    "transfer.sent": N_("%(amount)s were sent to another account"),
    "transfer.got": N_("%(amount)s came from another account"),
    "auto_top_up.set": N_("The automatic top-up was set"),
    "payment_method.saved": N_("A card was saved"),
    "payment_method_setup.begun": N_("A page to save a card on was opened"),
    "payment_method.removed": N_("A card was removed"),
    "voucher.locked": N_("Too many wrong PINs: vouchers are locked for an hour"),
    "low_balance": N_("The balance fell below its mark"),
    "limit_warning": N_("Little is available any more"),
    "bucket_threshold": N_("An allowance fell below a mark"),
    "bucket_expiring": N_("An allowance ends soon"),
    "cap_reached": N_("The spending cap is reached"),
    "unrated_usage": N_("Usage that nothing prices"),
    "delivery.failed": N_("The network could not be told: %(event)s"),
}
"""By the whole code; ``line.addon_added`` goes on with who paid, where it cost something."""

HAPPENED_BY_KIND: Final[Mapping[str, str]] = {
    "payment": N_("Payment of %(amount)s by %(provider)s"),
    "payment_unasked": N_("Payment by %(provider)s"),
    "refund": N_("%(amount)s given back"),
    "port": N_("Porting of %(msisdn)s"),
    "usage": N_("%(service)s %(destination)s for %(amount)s"),
    "read": N_("Personal data were read"),
}
"""Where the code goes on with a state."""

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "happened": HAPPENED,
    "happened_by_kind": HAPPENED_BY_KIND,
}
