"""Blocking, suspending, closing a line, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.subject import LINE, line_call, line_path, of_line
from openmvno.web.pages.words import N_


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status that staff can bring a line to. ``says``: what then happens."""

    name: str
    status: str
    title: str
    label: str
    says: str
    is_hard: bool = False
    asks_by: bool = False


STATUS_CHANGES: Final = {
    change.name: change
    for change in (
        StatusChange(
            "activate",
            "active",
            N_("Activate the line"),
            N_("Activate"),
            N_("It is in service from now on."),
        ),
        StatusChange(
            "block",
            "blocked",
            N_("Block the line"),
            N_("Block"),
            N_("Calls, messages and data stop within a second; emergency calls never do."),
            is_hard=True,
            asks_by=True,
        ),
        StatusChange(
            "unblock",
            "active",
            N_("Unblock the line"),
            N_("Unblock"),
            N_("It is in service again within a second."),
            asks_by=True,
        ),
        StatusChange(
            "suspend",
            "suspended",
            N_("Suspend the line"),
            N_("Suspend"),
            N_("It is out of service until somebody resumes it. Number and SIM card stay."),
            is_hard=True,
        ),
        StatusChange(
            "resume",
            "active",
            N_("Resume the line"),
            N_("Resume"),
            N_("It is in service again within a second."),
        ),
        StatusChange(
            "close",
            "closed",
            N_("Close the line for good"),
            N_("Close"),
            N_(
                "This cannot be undone. Number and SIM card are taken back, add-ons and what is"
                " left in them end."
            ),
            is_hard=True,
        ),
    )
}

OFFERED: Final = {
    "preactive": ("activate", "block", "close"),
    "active": ("block", "suspend", "close"),
    "blocked": ("unblock", "close"),
    "suspended": ("resume", "block", "close"),
    "closed": (),
}
"""What a line of each status can be brought to."""


def offered(status: str) -> list[StatusChange]:
    """The changes that are possible from a status."""
    return [STATUS_CHANGES[name] for name in OFFERED.get(status, ())]


def _question(change: StatusChange) -> Question:
    async def needs(page: Page) -> dict[str, Any]:
        return {**await of_line(page), "change": change}

    async def act(page: Page, form: Form) -> Response[Any]:
        names = ("by", "reason") if change.asks_by else ("reason",)
        body = form.body(*names, also={"status": change.status})
        await page.api.patch(line_call(page), body)
        return page.goto(line_path(page), f"line-{change.name}")

    template = "staff/lines/status.html"
    return Question(f"{LINE}/{change.name}", template, "customers:write", needs, act)


STATUS_QUESTIONS: Final = [_question(change) for change in STATUS_CHANGES.values()]
