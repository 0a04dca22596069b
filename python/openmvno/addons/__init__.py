"""Add-ons: products a line has beside its main one."""

from openmvno.addons.errors import refusals
from openmvno.addons.model import Addon, MainLine
from openmvno.addons.paying import check_buys, check_payer
from openmvno.addons.service import (
    add,
    addons_of,
    check_main_product,
    end_all,
    remove_by_code,
    set_payer,
)

__all__ = [
    "Addon",
    "MainLine",
    "add",
    "addons_of",
    "check_buys",
    "check_main_product",
    "check_payer",
    "end_all",
    "refusals",
    "remove_by_code",
    "set_payer",
]
