"""Pages of the operator's own people."""

from openmvno.web.pages.staff.routes import STAFF_PAGES

__all__ = ["STAFF_PAGES"]
