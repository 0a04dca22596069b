"""Moments that are typed into forms, in the reader's time zone."""

from __future__ import annotations

from datetime import datetime

from openmvno.web.pages.page import Page


def instant_of(page: Page, text: str) -> str:
    """What a field of date and time holds, with its offset; what is none stays as it is, for the
    API to say so."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=page.formats.zone)).isoformat()
