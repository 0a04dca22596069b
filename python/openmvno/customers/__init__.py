"""Customers and their payer accounts."""

from openmvno.customers.errors import AccountNotFound, CustomerNotFound
from openmvno.customers.limits import modify_account
from openmvno.customers.model import Account, Customer, CustomerDetails
from openmvno.customers.service import create_customer, find_account, find_customer
from openmvno.customers.store import copy_accounts, copy_customers, insert_account

__all__ = [
    "Account",
    "AccountNotFound",
    "Customer",
    "CustomerDetails",
    "CustomerNotFound",
    "copy_accounts",
    "copy_customers",
    "create_customer",
    "find_account",
    "find_customer",
    "insert_account",
    "modify_account",
]
