"""A quote or an explanation on the terminal: the charge, its parts, every step, the partners."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from openmvno.money import format_amount

_PART_COLUMNS = ("payer", "price", "units", "cost", "off", "amount")
_NUMBERS = ("units", "cost", "off", "amount")


def show_quote(answer: dict[str, Any]) -> None:
    """Print an answer of the core (docs/catalogue.md, quote and explain)."""
    console = Console(highlight=False)
    if answer["result"] == "rated":
        currency = answer["currency"]
        charge = format_amount(answer["charge_micros"], currency)
        hidden = " (not announced)" if answer.get("hidden") else ""
        console.print(
            f"[bold]{charge} {currency}[/]{hidden} for {answer['billed_units']} billed units"
        )
        if uncovered := answer.get("uncovered_micros"):
            console.print(f"Not covered: {format_amount(uncovered, currency)} {currency}")
        console.print(_parts(answer))
    else:
        console.print(f"[bold]Not charged: {answer['result']}[/]")
    if answer.get("version") is not None:
        console.print(f"Priced by version {answer['version']} of the catalogue.")
    _print_steps(console, answer)
    for partner in answer.get("partners") or []:
        amount = format_amount(partner["amount_micros"], partner["currency"])
        console.print(
            f"{escape(partner['role'])} {escape(partner['code'])}: {amount} {partner['currency']}"
        )


def _parts(answer: dict[str, Any]) -> Table:
    table = Table()
    for title in _PART_COLUMNS:
        is_number = title in _NUMBERS
        table.add_column(title, justify="right" if is_number else "left", no_wrap=is_number)
    for part in answer["parts"]:
        price = f"{part['rate'] or part['table']}"
        if part["period"]:
            price += f" ({part['period']})"
        money = part["payer"] == "balance" or part["amount_micros"] != 0
        table.add_row(
            escape(part["payer"]),
            escape(price),
            f"{part['from']}–{part['to']}",
            "" if money else part["cost"],
            f"{part['discount_percent']} %",
            format_amount(part["amount_micros"], answer["currency"]),
        )
    return table


def show_explanation(answer: dict[str, Any]) -> None:
    """Print what the core says of a charge that happened; a difference is said loudly."""
    console = Console(highlight=False)
    currency = answer["currency"]
    recorded = format_amount(answer["recorded_micros"], currency)
    if answer["equal"]:
        console.print(f"[bold green]Equal[/]: {recorded} {currency}, as recorded")
    else:
        console.print(f"[bold red]NOT EQUAL[/]: {recorded} {currency} is recorded")
        for difference in answer["differences"]:
            console.print(f"  [red]![/] {escape(difference)}")
    if answer["parts"]:
        console.print(_compared(answer["parts"]))
    _print_steps(console, answer)


def _print_steps(console: Console, answer: dict[str, Any]) -> None:
    for number, step in enumerate(answer.get("steps") or [], 1):
        console.print(f"{number:>3}. {escape(step['step'])}: {escape(step['text'])}")


def _compared(parts: list[dict[str, Any]]) -> Table:
    table = Table()
    for title in ("payer", "price", "units", "off", "recorded", "recomputed"):
        is_text = title in ("payer", "price")
        table.add_column(title, justify="left" if is_text else "right", no_wrap=not is_text)
    for part in parts:
        price = part["rate"] or part["table"]
        if part["period"]:
            price += f" ({part['period']})"
        recomputed = "?" if part["recomputed"] is None else part["recomputed"]
        table.add_row(
            escape(part["payer"]),
            escape(price),
            f"{part['from']}–{part['to']}",
            f"{part['discount_percent']} %",
            part["cost"],
            recomputed if part["equal"] else f"[bold red]{recomputed} ![/]",
        )
    return table
