"""A live trace on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from openmvno.cli.quote_tables import show_explanation, show_quote

if TYPE_CHECKING:
    from openmvno.traces import TraceEntry, TraceSummary
    from openmvno.traces.schemas import AvpView, MessageView, RatingView


class TracePage:
    """Prints entries as they come."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._begun = False
        self._console = Console(highlight=False, soft_wrap=True)

    def show(self, entry: TraceEntry | TraceSummary) -> None:
        """Print one."""
        from openmvno.traces import TraceEntry

        if self._as_json:
            print(msgspec.json.encode(entry).decode(), flush=True)
        elif isinstance(entry, TraceEntry):
            self._show_entry(entry)
        elif not self._begun:
            self._console.print("The trace runs; the audit log says so. Waiting for requests …")
        else:
            self._console.print(
                f"The trace is over: {entry.shown} exchanges shown,"
                f" {entry.not_shown} messages not shown."
            )
        self._begun = True

    def _show_entry(self, entry: TraceEntry) -> None:
        console = self._console
        if entry.not_shown:
            console.print(f"[yellow]{entry.not_shown} messages not shown[/]")
        shard = "no shard" if entry.shard is None else f"shard {entry.shard}"
        at = entry.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
        console.rule(escape(f"{at} {entry.peer} · {entry.session_id} · {shard}"), align="left")
        _show_message(console, "▶", entry.request)
        if entry.answered is None:
            console.print("[red]No answer left: its deadline had passed.[/]")
        else:
            waited = (entry.answered - entry.at).total_seconds() * 1000
            console.print(f"[dim]answered within {waited:.0f} ms[/]")
        _show_message(console, "◀", entry.answer)
        if entry.rating is not None:
            _show_rating(console, entry.rating)


def _show_message(console: Console, arrow: str, message: MessageView) -> None:
    console.print(f"[bold]{arrow} {escape(f'{message.name} {message.result}'.strip())}[/]")
    _show_avps(console, message.avps, 1)


def _show_avps(console: Console, avps: list[AvpView], depth: int) -> None:
    for avp in avps:
        value = f": {avp.value}" if avp.value or not avp.avps else ""
        meaning = f" ({avp.meaning})" if avp.meaning else ""
        console.print("   " * depth + escape(f"{avp.name}{value}{meaning}"))
        _show_avps(console, avp.avps, depth + 1)


def _show_rating(console: Console, rating: RatingView) -> None:
    currency = rating.currency
    console.print(
        f"[bold]Balance[/] {rating.balance_before} → {rating.balance_after} {currency},"
        f" [bold]reserved[/] {rating.reserved_before} → {rating.reserved_after} {currency}"
    )
    if rating.units:
        console.print(_units(rating))
    for bucket in rating.buckets:
        console.print(
            escape(
                f"Bucket {bucket.code}: used {bucket.used_before} → {bucket.used_after},"
                f" reserved {bucket.reserved_before} → {bucket.reserved_after} {bucket.unit or ''}"
            )
        )
    if rating.quote is not None:
        console.print("[bold]What was granted is priced so:[/]")
        show_quote(rating.quote)
    for cdr in rating.cdrs:
        console.print(
            f"[bold]CDR[/] {cdr.cdr_id}: {cdr.usage} units at {escape(cdr.rate)},"
            f" {cdr.amount} {currency}"
        )
        if cdr.explanation is None:
            console.print("   The tables do not have it yet: openmvno explain", cdr.cdr_id)
        else:
            show_explanation(cdr.explanation)


def _units(rating: RatingView) -> Table:
    table = Table()
    titles: dict[str, Any] = {
        "group": "left",
        "rate": "left",
        "granted": "right",
        "used": "right",
        "charged now": "right",
        "charged": "right",
        "reserved": "right",
        "paid by": "left",
    }
    for title, justify in titles.items():
        table.add_column(title, justify=justify)
    for unit in rating.units:
        parts = [
            f"{part.payer} {part.start}–{part.end} {part.rate} {part.cost}" for part in unit.parts
        ]
        table.add_row(
            "" if unit.rating_group is None else str(unit.rating_group),
            escape(f"{unit.rate} of {unit.table}" if unit.table else unit.rate),
            str(unit.granted),
            str(unit.used),
            unit.charged_now,
            unit.charged,
            unit.reserved,
            escape("\n".join(parts)),
        )
    return table
