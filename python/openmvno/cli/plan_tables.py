"""A plan on the terminal: what changes, who is affected, revenue, bills and their distribution."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from openmvno.cli.catalog_compare import show_changes
from openmvno.money import format_amount

if TYPE_CHECKING:
    from openmvno.catalog.bills import Bill, Sums
    from openmvno.catalog.plan import Plan

BAR_WIDTH = 40
"""Cells of the longest bar."""


def show_plan(plan: Plan, top: int) -> None:
    """Print a plan."""
    from openmvno.catalog.plan_schemas import top_bills

    console = Console(highlight=False)
    against = "nothing, none is in force" if plan.against is None else f"version {plan.against}"
    console.print(f"[bold]Changes against {against}[/]")
    show_changes(console, plan.changes)
    console.print(_products(plan))
    console.print(
        f"Usage recorded from {plan.period.since.isoformat()} to {plan.period.until.isoformat()}:"
        f" {plan.total.records} records of {len(plan.bills)} subscribers."
    )
    console.print(_revenue(plan))
    if any(outcome.result != "rated" for outcome in plan.outcomes):
        console.print(_outcomes(plan))
    up, down = top_bills(plan, top)
    for title, bills in (("Largest rises", up), ("Largest falls", down)):
        if bills:
            console.print(_bills(plan, title, bills))
    if plan.bills:
        console.print(_distribution(plan))


def percent(change: int, before: int) -> str:
    """A change in percent of what was before, to one decimal, for people."""
    if before == 0:
        return "" if change == 0 else "new"
    return f"{100 * change / before:+.1f}%"


def bar(value: int, most: int) -> str:
    """A bar in proportion to the longest one; anything above zero is seen."""
    return "█" * max(1, round(BAR_WIDTH * value / most)) if value else ""


def _products(plan: Plan) -> Table:
    table = Table(title="Products", title_justify="left")
    _columns(table, ["product", "change"], ["live lines"])
    for product in plan.products:
        change = product.change
        if change == "removed" and product.live_lines:
            change = "removed: cannot be published while lines have it"
        table.add_row(product.code, change, str(product.live_lines))
    return table


def _revenue(plan: Plan) -> Table:
    table = Table(title=f"Revenue, {plan.currency}", title_justify="left")
    _columns(table, ["service"], ["records", "charged", "before", "after", "change", ""])
    for service, sums in plan.services.items():
        table.add_row(service, *_amounts(plan, sums))
    table.add_section()
    table.add_row("total", *_amounts(plan, plan.total), style="bold")
    return table


def _outcomes(plan: Plan) -> Table:
    table = Table(title="What became of the records", title_justify="left")
    _columns(table, ["result"], ["before", "after"])
    for outcome in plan.outcomes:
        table.add_row(outcome.result, str(outcome.before), str(outcome.after))
    return table


def _bills(plan: Plan, title: str, bills: Sequence[Bill]) -> Table:
    table = Table(title=title, title_justify="left")
    _columns(
        table, ["subscriber", "product"], ["records", "charged", "before", "after", "change", ""]
    )
    for bill in bills:
        table.add_row(bill.msisdn or str(bill.line), bill.product, *_amounts(plan, bill.sums))
    return table


def _distribution(plan: Plan) -> Table:
    table = Table(title="Change of the bill", title_justify="left")
    _columns(table, ["share"], ["subscribers", "sum"])
    table.add_column("")
    most = max(band.subscribers for band in plan.bands)
    for band in plan.bands:
        table.add_row(
            band.label,
            str(band.subscribers),
            format_amount(band.change, plan.currency),
            bar(band.subscribers, most),
        )
    return table


def _columns(table: Table, texts: Iterable[str], numbers: Iterable[str]) -> None:
    for name in texts:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right")


def _amounts(plan: Plan, sums: Sums) -> list[str]:
    amounts = (sums.charged, sums.before, sums.after, sums.change)
    texts = [format_amount(amount, plan.currency) for amount in amounts]
    return [str(sums.records), *texts, percent(sums.change, sums.before)]
