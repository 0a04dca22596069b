"""Whom a line calls on special terms: Friends & Family lists and closed user groups."""

from openmvno.groups.service import leave_all

__all__ = ["leave_all"]
