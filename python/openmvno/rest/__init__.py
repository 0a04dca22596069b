"""What every REST route shares: the call and its transaction, pages, scopes, problems.

It knows no domain: the application in ``openmvno.web`` hands in what it needs.
"""

from openmvno.rest.call import Call, Done, Outcome
from openmvno.rest.guards import SCOPES, TENANT_SCOPES, requires
from openmvno.rest.paging import Page, PageRequest, cursor_of, decode_cursor, page_of
from openmvno.rest.reach import opens

__all__ = [
    "SCOPES",
    "TENANT_SCOPES",
    "Call",
    "Done",
    "Outcome",
    "Page",
    "PageRequest",
    "cursor_of",
    "decode_cursor",
    "opens",
    "page_of",
    "requires",
]
