"""An SM-DP+ as its operators' side (ES2+) has it: GSMA SGP.22 clauses 5.3 and 6.5, over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "/gsma/rsp2/es2plus/"
SUCCESS = {"status": "Executed-Success"}


@dataclass
class Smdp:
    """Profiles by ICCID: ordered, then confirmed with a matching id."""

    url: str = ""
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    refuses: bool = False

    def answer(self, function: str, body: dict[str, Any]) -> dict[str, Any]:
        """What it says to a function."""
        assert body["header"]["functionRequesterIdentifier"]
        assert body["header"]["functionCallIdentifier"]
        self.calls.append(function)
        if self.refuses:
            data = {"subjectCode": "8.2.1", "reasonCode": "3.9", "message": "unknown ICCID"}
            return {"status": "Failed", "statusCodeData": data}
        iccid = body["iccid"]
        if function == "downloadOrder":
            self.profiles.setdefault(iccid, {"type": body.get("profileType")})
            return SUCCESS
        assert function == "confirmOrder"
        assert body["releaseFlag"] is True
        self.profiles[iccid]["matchingId"] = f"MATCH-{iccid[-4:]}"
        return SUCCESS


@contextmanager
def running_smdp() -> Iterator[Smdp]:
    """An SM-DP+ on a free port of 127.0.0.1."""
    smdp = Smdp()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path.startswith(PATH)
            assert self.headers["X-Admin-Protocol"].startswith("gsma/rsp/v")
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = smdp.answer(self.path.removeprefix(PATH), body)
            answer: dict[str, Any] = {"header": {"functionExecutionStatus": status}}
            known = smdp.profiles.get(body["iccid"], {})
            if "matchingId" in known:
                answer |= {"matchingId": known["matchingId"], "smdpAddress": "smdp.example.com"}
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named by http.server
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    smdp.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield smdp
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
