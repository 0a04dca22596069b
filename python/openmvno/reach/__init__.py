"""Reach: what users outside the staff may see and change, found in the rows of the business."""

from openmvno.reach.finding import OUTSIDE, finder

__all__ = ["OUTSIDE", "finder"]
