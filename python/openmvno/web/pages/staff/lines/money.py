"""Money and quotas for a line: top-up, voucher, wallet."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.subject import (
    LINE,
    about_line,
    line_call,
    line_of,
    line_path,
    of_line,
)

OTHER_AMOUNT: Final = ""
"""The option of a wallet that stands for an amount of one's own."""


async def _top_up_needs(page: Page) -> dict[str, Any]:
    line = await line_of(page)
    account = await page.api.get(f"/v1/accounts/{line['account_id']}")
    return {**about_line(page, line), "account": account, "action": f"{line_path(page)}/top-up"}


async def _top_up(page: Page, form: Form) -> Response[Any]:
    line = await line_of(page)
    made = await page.api.post(
        f"/v1/accounts/{line['account_id']}/top-ups",
        form.body("amount", "currency", "reference"),
        key=form.key,
    )
    done = "topped-up" if made["status"] == "completed" else "on-its-way"
    return page.goto(line_path(page), done)


async def _redeem(page: Page, form: Form) -> Response[Any]:
    body = form.body("pin", also={"line_id": str(page.place("line_id")), "origin": "staff"})
    await page.api.post("/v1/voucher-redemptions", body, key=form.key)
    return page.goto(line_path(page), "redeemed")


async def _wallet_needs(page: Page) -> dict[str, Any]:
    needs, buckets = await page.together(of_line(page), page.on_sale(page.api.get("/v1/buckets")))
    return {**needs, "buckets": buckets, "other_amount": OTHER_AMOUNT}


async def _top_wallet_up(page: Page, form: Form) -> Response[Any]:
    bucket, _, option = form.value("bucket").partition("/")
    body = form.body("pay", "reference", also={"bucket": bucket})
    if option:
        body["option"] = option
    else:
        body |= form.body("amount")
        days = form.whole("days")
        body |= {} if days is None else {"days": days}
    await page.api.post(line_call(page, "/wallet-top-ups"), body, key=form.key)
    return page.goto(line_path(page), "wallet-topped-up")


MONEY_QUESTIONS: Final = [
    Question(
        f"{LINE}/top-up",
        "staff/accounts/top_up.html",
        "payments:write",
        _top_up_needs,
        _top_up,
    ),
    Question(f"{LINE}/voucher", "staff/lines/voucher.html", "vouchers:redeem", of_line, _redeem),
    Question(
        f"{LINE}/wallet",
        "staff/lines/wallet.html",
        "payments:write",
        _wallet_needs,
        _top_wallet_up,
    ),
]
