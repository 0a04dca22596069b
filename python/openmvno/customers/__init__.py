"""Customers and their payer accounts."""

from openmvno.customers.errors import AccountNotFound, CustomerNotFound
from openmvno.customers.hierarchy import (
    check_in_service,
    defaults_of,
    is_out_of_service,
    line_of_descent,
)
from openmvno.customers.limits import apply_defaults, modify_account
from openmvno.customers.model import Account, Customer, CustomerDetails
from openmvno.customers.service import create_customer, find_account, find_customer
from openmvno.customers.statuses import BARRING
from openmvno.customers.store import copy_accounts, copy_customers, insert_account

__all__ = [
    "BARRING",
    "Account",
    "AccountNotFound",
    "Customer",
    "CustomerDetails",
    "CustomerNotFound",
    "apply_defaults",
    "check_in_service",
    "copy_accounts",
    "copy_customers",
    "create_customer",
    "defaults_of",
    "find_account",
    "find_customer",
    "insert_account",
    "is_out_of_service",
    "line_of_descent",
    "modify_account",
]
