"""PyHSS's REST interface as its documents have it: what the adapter may rely on, and no more.

PyHSS is in no package index, so this stands for it: objects by number, PUT makes one, PATCH changes
what is given, an answer shows no keys, an object that is not there is an empty answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

KEY = "the provisioning key"
FIELDS = {
    "auc": {"ki", "opc", "amf", "sqn", "imsi", "iccid"},
    "subscriber": {
        "imsi",
        "enabled",
        "auc_id",
        "default_apn",
        "apn_list",
        "msisdn",
        "ue_ambr_dl",
        "ue_ambr_ul",
        "nam",
        "serving_mme",
        "serving_mme_realm",
    },
}
SECRET = ("ki", "opc")


@dataclass
class PyHssContract:
    """What it holds, and the changes it was asked for."""

    objects: dict[str, dict[int, dict[str, Any]]] = field(
        default_factory=lambda: {"auc": {}, "subscriber": {}}
    )
    changes: list[tuple[str, str]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    made: int = 0

    def subscriber(self, imsi: str) -> dict[str, Any] | None:
        """A subscriber it holds."""
        return self._by_imsi("subscriber", imsi)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        steps = request.url.path.strip("/").split("/")
        if request.method != "GET":
            if request.headers.get("Provisioning-Key") != KEY:
                return httpx.Response(401, json={"Result": "Unauthorized"})
            self.changes.append((request.method, request.url.path))
        return httpx.Response(200, json=self._answer(request, steps[0], steps[1:]))

    def _answer(self, request: httpx.Request, kind: str, rest: list[str]) -> Any:
        body = json.loads(request.content) if request.content else {}
        assert set(body) <= FIELDS[kind], body
        objects = self.objects[kind]
        if request.method == "PUT":
            assert rest == []
            self.made += 1
            objects[self.made] = {f"{kind}_id": self.made, **body}
            return self._shown(objects[self.made])
        if rest[0] == "list":
            size, page = (int(request.url.params[name]) for name in ("page_size", "page"))
            return [self._shown(each) for each in objects.values()][page * size :][:size]
        if rest[0] == "imsi":
            found = self._by_imsi(kind, rest[1])
            return None if found is None else self._shown(found)
        if request.method == "DELETE":
            del objects[int(rest[0])]
            return {"Result": "OK"}
        assert request.method == "PATCH"
        objects[int(rest[0])] |= body
        if body.get("enabled") is False and body.get("serving_mme"):
            self.cancelled.append(body["imsi"])
        return self._shown(objects[int(rest[0])])

    def _by_imsi(self, kind: str, imsi: str) -> dict[str, Any] | None:
        return next((each for each in self.objects[kind].values() if each["imsi"] == imsi), None)

    @staticmethod
    def _shown(known: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in known.items() if name not in SECRET}
