"""Step 8: messages and a data session at the same time on one balance that runs out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from openmvno.story import messages as ccr
from openmvno.story.calling import CDR_SECONDS, SUCCESS
from openmvno.story.report import Step
from openmvno.story.stage import Line, Stage, line_of
from openmvno.story.tariff import CALLED, PRODUCT

CREDIT_LIMIT_REACHED: Final = 4012  # DIAMETER_CREDIT_LIMIT_REACHED, RFC 8506 section 9.1
TERMINATE: Final = 0  # Final-Unit-Action, RFC 8506 section 8.35

INTERNET: Final = 10  # 0.10 a megabyte
MUSIC: Final = 20  # 0.02 a megabyte
MEGABYTE: Final = 1_000_000

Asked = tuple[int, int | None, int | None]


def run_out(stage: Stage, step: Step) -> None:
    """8: 0.50 EUR for two rating groups and messages; never below zero."""
    line = line_of(stage.sign_up(stage.cards[1], PRODUCT, "0.50"))
    session = stage.gateway.new_session()
    asked: list[Asked] = [(INTERNET, 2 * MEGABYTE, None), (MUSIC, 5 * MEGABYTE, None)]
    answer = _data(stage, line, session, (ccr.INITIAL, 0), asked)
    step.expect("octets for internet", _granted(answer, INTERNET), (SUCCESS, 2 * MEGABYTE, None))
    step.expect("octets for music", _granted(answer, MUSIC), (SUCCESS, 5 * MEGABYTE, None))
    stage.expect_money(step, "both locked", line, "0.50", "0.30")

    _several_messages(stage, step, line)
    asked = [(INTERNET, 2 * MEGABYTE, 2 * MEGABYTE)]
    answer = _data(stage, line, session, (ccr.UPDATE, 1), asked)
    partial = (SUCCESS, 400_000, TERMINATE)
    step.expect("2 MB more asked: the rest, as final units", _granted(answer, INTERNET), partial)
    stage.expect_money(step, "everything locked", line, "0.14", "0.14")
    step.expect("a message now", _message(stage, line), CREDIT_LIMIT_REACHED)
    _last_units(stage, step, line, session)


def _several_messages(stage: Stage, step: Step, line: Line) -> None:
    """Four at once at 0.08, where the 0.20 that are free pay for two."""
    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(lambda _: _message(stage, line), range(4)))
    expected = [SUCCESS, SUCCESS, CREDIT_LIMIT_REACHED, CREDIT_LIMIT_REACHED]
    step.expect("four messages at the same time", results, expected)
    stage.expect_money(step, "two of them charged", line, "0.34", "0.30")


def _last_units(stage: Stage, step: Step, line: Line, session: str) -> None:
    asked: list[Asked] = [(MUSIC, MEGABYTE, 5 * MEGABYTE)]
    answer = _data(stage, line, session, (ccr.UPDATE, 2), asked)
    step.expect("1 MB more music", _granted(answer, MUSIC), (CREDIT_LIMIT_REACHED, None, None))
    stage.expect_money(step, "music charged", line, "0.04", "0.04")
    asked = [(INTERNET, None, 400_000), (MUSIC, None, 0)]
    answer = _data(stage, line, session, (ccr.TERMINATION, 3), asked)
    cdrs, waited = stage.api.wait_for_cdrs(session, 2, 10)
    step.expect("session ended", answer.result_code, SUCCESS)
    stage.expect_money(step, "all used, nothing below zero", line, "0.00", "0.00")
    step.expect_within("CDRs visible through the API", waited, CDR_SECONDS)
    seen = sorted((cdr["rating_group"], cdr["usage"], cdr["amount"]) for cdr in cdrs)
    expected = [(INTERNET, 2_400_000, "0.24"), (MUSIC, 5 * MEGABYTE, "0.10")]
    step.expect("CDRs: rating group, octets, EUR", seen, expected)


def _data(
    stage: Stage, line: Line, session: str, numbered: tuple[int, int], asked: list[Asked]
) -> Any:
    request = stage.gateway.request(line.subscriber, session, ccr.PACKET_SWITCHED, *numbered)
    parts = [ccr.octets(*group) for group in asked]
    return stage.gateway.send(ccr.with_services(request, parts))


def _granted(answer: Any, rating_group: int) -> tuple[int, int | None, int | None]:
    """(Result-Code, octets granted, Final-Unit-Action) of a rating group."""
    part = ccr.service_of(answer, rating_group)
    if part is None:
        return (answer.result_code, None, None)
    units = part.granted_service_unit
    final = part.final_unit_indication
    return (
        part.result_code,
        None if units is None else units.cc_total_octets,
        None if final is None else final.final_unit_action,
    )


def _message(stage: Stage, line: Line) -> int:
    gateway = stage.gateway
    session = gateway.new_session()
    request = gateway.request(line.subscriber, session, ccr.SMS, ccr.EVENT, 0)
    request.requested_action = ccr.DIRECT_DEBITING
    request.requested_service_unit = ccr.events(1)
    request.service_information = ccr.texted(CALLED)
    result: int = gateway.send(request).result_code
    return result
