"""What a page says after something was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

DONE: Final[Mapping[str, str]] = {
    "saved": N_("Saved."),
    "draft-kept": N_("The draft is kept. Look at what it changes before you publish it."),
    "published": N_("It is in force, or will be at its time."),
    "user-added": N_("The user is there."),
    "profile-ordered": N_("The profile is ordered, confirmed and released."),
    "released": N_("It is available again."),
    "port-requested": N_("The clearing house is told."),
    "port-cancelled": N_("The port is given up. The clearing house is told."),
    "replayed": N_("It is in the queue again, with all attempts anew."),
    "discarded": N_("It is given up. What waited behind it goes on."),
    "job-cancelled": N_("It is stopped. What was done stays done."),
    "target-set": N_("The target is set. It is told of events from now on."),
    "unlocked": N_("Failed logins are forgotten."),
    "revoked": N_("It is revoked. Its next request is refused."),
    "logged-out": N_("You are logged out."),
    "password-changed": N_("Your password is changed. Other sessions have ended."),
    "welcome": N_("Welcome. Here you see what you have and what you used."),
    "redeemed": N_("The voucher is redeemed."),
    "paid": N_("Paid. The money is on the balance."),
    "payment-waits": N_("Your bank wants to hear from you before it pays."),
    "payment-not-confirmed": N_(
        "Your bank could not be sure that it is you. Nothing was paid. Try once more, or with"
        " another card."
    ),
    "payment-not-answered": N_("Your bank got no answer. Nothing was paid."),
    "payment-declined": N_("The card was declined. Nothing was paid."),
    "payment-given-up": N_("Given up. Nothing was paid."),
    "card-saved": N_("The card is saved. It can pay now."),
    "card-not-saved": N_("No card was saved."),
    "on-its-way": N_("It is on its way and goes on by itself."),
    "card-removed": N_("The card is forgotten."),
    "automatic-set": N_("Saved. It holds from now on."),
    "add-on-bought": N_("It is there, and you can use it now."),
    "add-on-cancelled": N_("It has ended."),
    "pack-bought": N_("It is there, and you can use it now."),
    "money-sent": N_("The money has arrived."),
    "money-returned": N_("It could not be delivered. The money and the fee are back."),
    "sim-blocked": N_("The SIM card is blocked."),
    "sim-unblocked": N_("The SIM card works again."),
    "password-set": N_("The password is set. Log in with it."),
    "allocated": N_("The money is on the balance."),
    "refunded": N_("The money is given back."),
    "refund-refused": N_("Not given back: the balance is too small."),
    "refund-failed": N_("Not given back: the provider will not. The balance has it again."),
    "charged-back": N_("The chargeback is booked."),
    "vouchers-active": N_("The vouchers are active."),
    "vouchers-blocked": N_("The vouchers are blocked."),
    "second-factor-set": N_("From now on a login needs a code of your authenticator app."),
    "line-activate": N_("The line is active."),
    "line-block": N_("The line is blocked."),
    "line-unblock": N_("The line is in service again."),
    "line-suspend": N_("The line is suspended."),
    "line-resume": N_("The line is in service again."),
    "line-close": N_("The line is closed."),
    "sim-swapped": N_("The new SIM card is in use."),
    "number-changed": N_("The line has its new number."),
    "password-removed": N_("The password is gone."),
    "product-changed": N_("The product is changed."),
    "addon-bought": N_("The add-on is bought."),
    "addon-cancelled": N_("The add-on has ended."),
    "favourites-set": N_("The favourites are saved."),
    "lifetime-removed": N_("The lifetime is removed."),
    "class-removed": N_("The class is removed."),
    "limits-set": N_("The limits are saved."),
    "topped-up": N_("The money is on the balance."),
    "wallet-topped-up": N_("The wallet is topped up."),
    "customer-recorded": N_("The customer is recorded."),
    "customer-moved": N_("The customer has moved with all below it."),
    "status-set": N_("The status is set."),
    "defaults-set": N_("Class and defaults are saved."),
    "line-opened": N_("The line is open."),
    "payment-taken": N_("The payment is entered."),
    "transferred": N_("The money is sent."),
    "transfer-returned": N_("The recipient could not get it: the money is back."),
    "method-removed": N_("The card is forgotten."),
    "sessions-ending": N_("The gateway is asked to end it."),
}
"""What a page says after something was done; the keys are ``?done=``."""

NOT_DONE: Final = frozenset(
    {
        "payment-waits",
        "payment-not-confirmed",
        "payment-not-answered",
        "payment-declined",
        "card-not-saved",
        "money-returned",
        "transfer-returned",
        "refund-refused",
        "refund-failed",
    }
)
"""Those that say what was not done, or not yet."""

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "done": DONE,
}
