"""A real OsmoHLR compared and mended from its page."""

from __future__ import annotations

from tests.integration.api.test_osmo_hlr import (
    IN_SERVICE,
    deliver,
    hlr,
    listener,
    service,
    worker,
)
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import Api
from tests.support.osmo_hlr import OsmoHlr, needs_osmo_hlr

from openmvno.provisioning.delivery import Worker

__all__ = ["hlr", "listener", "worker"]

pytestmark = needs_osmo_hlr

HLR = "/staff/provisioning/targets/hlr"


async def test_what_a_register_holds_otherwise_is_shown_and_mended(
    api: Api, staff: Browser, worker: Worker, hlr: OsmoHlr
) -> None:
    line = (await api.sign_up())["line"]
    await deliver(api, worker)
    assert "No difference" in (await staff.open(f"{HLR}/drift")).text
    for part in ("cs", "ps"):
        hlr.ask(f"SET 1 subscriber.by-imsi-{line['imsi']}.{part}-enabled 0")
    found = await staff.ask(f"{HLR}/drift", fragment=True)
    assert line["imsi"] in found.text
    assert "calls and SMS, data" in found.text
    mended = await found.send(f"{HLR}/repairs")
    assert "One difference is being mended" in (await mended.follow()).text
    await deliver(api, worker)
    assert service(hlr, line["imsi"]) == IN_SERVICE
    assert "No difference" in (await staff.open(f"{HLR}/drift")).text
