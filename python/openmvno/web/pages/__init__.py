"""The pages: staff and self-care, server-rendered, through the REST API and nothing else.

A page asks ``/v1`` within this process as the user's browser could: same session, same scopes, same
problems. Import rules keep it from reaching past the API.
"""

from openmvno.web.pages.routes import PAGE_PATHS, is_page, page_router

__all__ = ["PAGE_PATHS", "is_page", "page_router"]
