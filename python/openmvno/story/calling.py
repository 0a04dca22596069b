"""Steps 5 to 7: a call is authorised, funds are locked period by period, the CDR is there."""

from __future__ import annotations

from typing import Any, Final

from openmvno.story import messages as ccr
from openmvno.story.report import Step
from openmvno.story.stage import Line, Stage
from openmvno.story.tariff import CALLED, FORBIDDEN

SUCCESS: Final = 2001  # DIAMETER_SUCCESS, RFC 6733 section 7.1.2
RATING_FAILED: Final = 5031  # DIAMETER_RATING_FAILED, RFC 8506 section 9.2
CDR_SECONDS: Final = 1.0

Units = tuple[int | None, int | None]


def authorise(stage: Stage, step: Step) -> None:
    """5: the switch asks whether the call may be made."""
    line = stage.the_line()
    refused = _call(
        stage, line, stage.gateway.new_session(), (ccr.INITIAL, 0), (60, None), FORBIDDEN
    )
    result = refused.multiple_services_credit_control[0].result_code
    step.expect(f"call to +{FORBIDDEN}, which the tariff does not have", result, RATING_FAILED)
    stage.call = stage.gateway.new_session()
    answer = _call(stage, line, stage.call, (ccr.INITIAL, 0), (60, None))
    part = answer.multiple_services_credit_control[0]
    step.expect(f"call to +{CALLED}", (answer.result_code, part.result_code), (SUCCESS, SUCCESS))
    step.expect("seconds granted", part.granted_service_unit.cc_time, 60)
    step.expect("seconds the grant is valid", part.validity_time, 600)


def lock_periods(stage: Stage, step: Step) -> None:
    """6: 0.05 to connect and 0.20 a minute, locked before and charged after each minute."""
    line = stage.the_line()
    stage.expect_money(step, "minute 1 locked", line, "10.00", "0.25")
    for number, balance in ((1, "9.75"), (2, "9.55")):
        answer = _call(stage, line, stage.call, (ccr.UPDATE, number), (60, 60))
        part = answer.multiple_services_credit_control[0]
        granted = (answer.result_code, part.result_code, part.granted_service_unit.cc_time)
        step.expect(f"minute {number + 1}: results, seconds", granted, (SUCCESS, SUCCESS, 60))
        when = f"minute {number} charged, minute {number + 1} locked"
        stage.expect_money(step, when, line, balance, "0.20")


def end_call(stage: Stage, step: Step) -> None:
    """7: 125 seconds cost 0.05 + 0.20 + 11 started intervals of 6 seconds at 0.02."""
    line = stage.the_line()
    answer = _call(stage, line, stage.call, (ccr.TERMINATION, 3), (None, 5))
    cdrs, waited = stage.api.wait_for_cdrs(stage.call, 1, 10)
    step.expect("call ended", answer.result_code, SUCCESS)
    step.expect_within("CDR visible through the API after the last answer", waited, CDR_SECONDS)
    step.expect("CDRs of the call", len(cdrs), 1)
    if cdrs:
        cdr = cdrs[0]
        seen = f"{cdr['usage']} s to {cdr['destination']}, {cdr['rate']}, {cdr['amount']} EUR"
        step.expect("CDR", seen, f"125 s to {CALLED}, Croatia mobile, 0.47 EUR")
    stage.expect_money(step, "the rest released", line, "9.53", "0.00")


def request_call(stage: Stage, line: Line) -> Any:
    """The answer to a call of its own that a line asks for."""
    return _call(stage, line, stage.gateway.new_session(), (ccr.INITIAL, 0), (60, None))


def _call(
    stage: Stage,
    line: Line,
    session: str,
    numbered: tuple[int, int],
    units: Units,
    called: str = CALLED,
) -> Any:
    gateway = stage.gateway
    request = gateway.request(line.subscriber, session, ccr.VOICE, *numbered)
    request.service_information = ccr.called(called)
    return gateway.send(ccr.with_services(request, [ccr.seconds(*units)]))
