"""The engines, their gateways and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

RESULT_CODES: Final[Mapping[str, str]] = {
    "2001": N_("Success"),
    "3002": N_("Unable to deliver"),
    "3004": N_("Too busy"),
    "4010": N_("End user service denied"),
    "4011": N_("Credit control not applicable"),
    "4012": N_("Credit limit reached"),
    "5002": N_("Unknown session"),
    "5004": N_("Invalid AVP value"),
    "5005": N_("Missing AVP"),
    "5012": N_("Unable to comply"),
    "5030": N_("User unknown"),
    "5031": N_("Rating failed"),
}
"""RFC 6733 section 7.1, RFC 8506 section 9."""

CONDITIONS: Final[Mapping[str, str]] = {
    "answers": N_("Answers"),
    "standby": N_("Standby"),
    "gateways": N_("Gateways"),
    "engines": N_("Engines"),
    "shards": N_("Shards"),
    "storage": N_("Storage"),
    "queues": N_("Queues"),
    "memory": N_("Memory"),
    "utilisation": N_("Utilisation"),
    "clocks": N_("Clocks"),
    "dead letters": N_("Dead letters"),
    "work": N_("Work"),
    "materialiser": N_("Materialiser"),
    "books": N_("Books"),
    "deliveries": N_("Deliveries"),
    "database": N_("Database"),
    "backup": N_("Backup"),
    "archive": N_("Archive"),
    "release": N_("Release"),
}

CONNECTIONS: Final[Mapping[str, str]] = {
    "unproven": N_("not introduced yet"),
    "open": N_("open"),
    "suspect": N_("suspect"),
    "reopening": N_("reopening"),
    "ending": N_("ending"),
}
"""RFC 3539."""

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "result_code": RESULT_CODES,
    "condition": CONDITIONS,
    "connection": CONNECTIONS,
}
