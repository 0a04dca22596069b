"""What is wrong by a page itself; all else has the title the API gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

PAGE_PROBLEMS: Final[Mapping[str, str]] = {
    "passwords_differ": N_("The passwords differ"),
    "class_taken": N_("There is a class of this name"),
    "payment_declined": N_("The card was declined"),
}
"""What pages themselves find wrong, by codes of theirs."""
