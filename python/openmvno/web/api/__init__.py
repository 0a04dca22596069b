"""The REST API under /v1."""

from openmvno.web.api.application import create_application

__all__ = ["create_application"]
