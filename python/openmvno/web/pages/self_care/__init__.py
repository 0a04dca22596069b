"""Pages of subscribers, in the colours of their operator."""

from openmvno.web.pages.self_care.routes import SELF_CARE_PAGES

__all__ = ["SELF_CARE_PAGES"]
