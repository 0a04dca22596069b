"""SIM cards, numbers, ports, targets of provisioning, and bulk jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

SIM_FORMS: Final[Mapping[str, str]] = {"physical": N_("Plastic card"), "esim": N_("eSIM")}

STOCK_ACTS: Final[Mapping[str, str]] = {
    "sim.changed": N_("Changed"),
    "sim_codes.read": N_("PIN and PUK were read"),
    "sim.profile_ordered": N_("The profile was ordered"),
    "number.changed": N_("Changed"),
}
"""What the audit log says of a card or a number."""

BAD_LINES: Final[Mapping[str, str]] = {
    "iccid_invalid": N_("The ICCID is none"),
    "imsi_invalid": N_("The IMSI is none"),
    "sim_conflict": N_("Another card has the ICCID or IMSI"),
    "sim_not_removable": N_("There is no such card to take out"),
    "too_many_columns": N_("More columns than the header has"),
    "action_invalid": N_("The action is neither plus nor minus"),
    "form_invalid": N_("The form is none"),
    "keys_incomplete": N_("A key is missing"),
    "key_invalid": N_("A key is none"),
    "code_invalid": N_("A PIN or PUK is none"),
    "activation_code_invalid": N_("The activation code is none"),
    "smdp_invalid": N_("The address of the SM-DP+ is none"),
    "text_too_long": N_("A text is too long"),
}
"""Why a line of a SIM file was not loaded."""

NUMBER_CLASSES: Final[Mapping[str, str]] = {
    "standard": N_("Standard"),
    "gold": N_("Gold"),
    "silver": N_("Silver"),
}
"""Those a pool has where nothing is set."""

DIRECTIONS: Final[Mapping[str, str]] = {"in": N_("To us"), "out": N_("Away from us")}

REASONS: Final[Mapping[str, str]] = {
    "no_answer_in_time": N_("Nobody answered in time"),
    "number_not_assigned": N_("No line of ours has the number"),
    "line_blocked": N_("The line is blocked for fraud"),
    "sim_swap_too_soon": N_("Its SIM card was swapped a short time ago"),
}
"""Why a port did not come about; others are what people wrote."""

TARGET_KINDS: Final[Mapping[str, str]] = {
    "webhook": N_("Webhook"),
    "http": N_("HTTP template"),
    "osmo_hlr": N_("OsmoHLR"),
    "pyhss": N_("PyHSS"),
    "clearing_house": N_("Clearing house"),
    "es2plus": N_("SM-DP+ (ES2+)"),
}

PORT_EVENTS: Final[Mapping[str, str]] = {
    "port.requested": N_("Asked for the number"),
    "port.accepted": N_("Agreed to let the number go"),
    "port.rejected": N_("Refused to let the number go"),
    "port.cancelled": N_("Gave it up"),
    "port.activated": N_("Told that the number has moved"),
    "port.returned": N_("Gave the number back"),
}
"""What others are told about a port."""

DIFFERENCES: Final[Mapping[str, str]] = {
    "msisdn": N_("number"),
    "circuit_switched": N_("calls and SMS"),
    "packet_switched": N_("data"),
    "keys": N_("keys"),
}
"""What a register may hold otherwise."""

JOB_KINDS: Final[Mapping[str, str]] = {
    "line-statuses": N_("Block, unblock, suspend or close lines"),
    "product-additions": N_("Give lines an add-on"),
    "product-removals": N_("Take an add-on away from lines"),
    "top-ups": N_("Top accounts up"),
    "sign-ups": N_("Sign subscribers up"),
    "numbers": N_("Add ranges of numbers"),
}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "sim_form": SIM_FORMS,
    "stock_act": STOCK_ACTS,
    "bad_line": BAD_LINES,
    "number_class": NUMBER_CLASSES,
    "direction": DIRECTIONS,
    "reason": REASONS,
    "target_kind": TARGET_KINDS,
    "port_event": PORT_EVENTS,
    "difference": DIFFERENCES,
    "job_kind": JOB_KINDS,
}
