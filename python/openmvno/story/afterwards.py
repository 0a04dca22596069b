"""Steps 9 and 10: usage that comes as a file, and a subscriber asking for the balance."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from openmvno.story.business import ApiError
from openmvno.story.report import Step
from openmvno.story.stage import Line, Stage

FILE_SECONDS = 10.0
HEADER = "record_id,imsi,service,direction,destination,started_at,duration"


def rate_file(stage: Stage, step: Step) -> None:
    """9: 125 seconds abroad are three started minutes at 0.50; a bad line is reported."""
    line = stage.the_line()
    content = _roaming_file(line)
    name = f"roaming-{line.subscriber.imsi}.csv"
    file = _processed(stage, stage.api.upload("/v1/usage-files", name, content))
    fates = (file["accepted"], file["rated"], file["rejected"])
    step.expect("records accepted, rated, rejected", fates, (1, 1, 1))
    records = stage.api.get(f"/v1/usage-files/{file['id']}/records")["items"]
    bad = [(entry["line_number"], entry["code"]) for entry in records if entry["code"]]
    step.expect("the bad line", bad, [(3, "usage_invalid")])
    cdrs = stage.api.get("/v1/cdrs", account=line.account_id)["items"]
    seen = [(cdr["service"], cdr["usage"], cdr["amount"]) for cdr in cdrs if cdr["kind"] == "file"]
    step.expect("CDR: service, seconds, EUR", seen, [("roaming-voice", 125, "1.50")])
    stage.expect_money(step, "charged", line, "8.03", "0.00")
    step.expect("the same file again", _refusal(stage, name, content), "usage_file_duplicate")
    other = "\n".join([*content.splitlines()[:2], ""])
    repeated = _processed(stage, stage.api.upload("/v1/usage-files", f"other-{name}", other))
    twice = (repeated["accepted"], repeated["duplicates"])
    step.expect("its record in another file: accepted, duplicate", twice, (0, 1))
    stage.expect_money(step, "and nothing charged twice", line, "8.03", "0.00")


def _roaming_file(line: Line) -> str:
    moment = (datetime.now(UTC) - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    imsi = line.subscriber.imsi
    good = f"R-1-{imsi},{imsi},roaming-voice,originating,4930123456,{moment},125"
    bad = f"R-2-{imsi},{imsi},roaming-voice,originating,4930123456,{moment},two minutes"
    return f"{HEADER}\n{good}\n{bad}\n"


def _refusal(stage: Stage, name: str, content: str) -> str | None:
    try:
        stage.api.upload("/v1/usage-files", name, content)
    except ApiError as error:
        return error.code
    return None


def _processed(stage: Stage, file: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + FILE_SECONDS
    while file["status"] != "processed" and time.monotonic() < deadline:
        time.sleep(0.05)
        file = stage.api.get(f"/v1/usage-files/{file['id']}")
    return file


def ask_balance(stage: Stage, step: Step) -> None:
    """10: *100# reaches the USSD gateway, which asks the API for the text to show."""
    line = stage.the_line()
    body = stage.api.get("/v1/balance", msisdn=line.subscriber.msisdn or "", language="en")
    step.expect("text for the handset", body["text"], "Your balance is 8.03 EUR.")
    body = stage.api.get("/v1/balance", msisdn=line.subscriber.msisdn or "", language="hr")
    step.expect("in the subscriber's language", body["text"], "Vaše stanje je 8.03 EUR.")
