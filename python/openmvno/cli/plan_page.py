"""A plan as one page that needs no other file or host: tables and an inline SVG chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from openmvno.cli.plan_tables import percent
from openmvno.money import format_amount

if TYPE_CHECKING:
    from openmvno.catalog.bills import Band, Bill, Sums
    from openmvno.catalog.diff import Change
    from openmvno.catalog.plan import Plan

CHANGES_SHOWN = 1_000

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; color: #1c2733; background: #fff }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
th, td { padding: .25rem .75rem; border-bottom: 1px solid #dde3ea; text-align: left }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
tr.total { font-weight: 600 }
svg text { font: 13px system-ui, sans-serif; fill: #1c2733 }
.up { fill: #c2571a } .down { fill: #1f7a5c } .same { fill: #7a8794 }
"""

_SUMS = ["Records", "Charged", "Before", "After", "Change", "%"]


def page(plan: Plan, top: int, name: str) -> str:
    """The page of a plan for the document ``name``."""
    from openmvno.catalog.plan_schemas import top_bills

    up, down = top_bills(plan, top)
    against = "no version" if plan.against is None else f"version {plan.against}"
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>Plan of {escape(name)}</title>',
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>Plan of {escape(name)} against {against}</h1>",
        f"<p>{_usage(plan)} Amounts in {escape(plan.currency)}.</p>",
        "<h2>Revenue</h2>",
        _table(
            ["Service"],
            _SUMS,
            [([service], _amounts(plan, sums)) for service, sums in plan.services.items()],
            (["Total"], _amounts(plan, plan.total)),
        ),
        "<h2>Change of the bill</h2>",
        _chart(plan.bands),
        _bills(plan, "Largest rises", up),
        _bills(plan, "Largest falls", down),
        "<h2>Products</h2>",
        _table(
            ["Product", "Change"],
            ["Live lines"],
            [([each.code, each.change], [str(each.live_lines)]) for each in plan.products],
        ),
        "<h2>What became of the records</h2>",
        _table(
            ["Result"],
            ["Before", "After"],
            [([each.result], [str(each.before), str(each.after)]) for each in plan.outcomes],
        ),
        "<h2>Changes</h2>",
        _changes(plan.changes),
        "</body></html>",
    ]
    return "\n".join(parts)


def _usage(plan: Plan) -> str:
    since, until = plan.period.since.isoformat(), plan.period.until.isoformat()
    return (
        f"Usage recorded from {since} to {until}: {plan.total.records} records of"
        f" {len(plan.bills)} subscribers."
    )


def _bills(plan: Plan, title: str, bills: Sequence[Bill]) -> str:
    if not bills:
        return ""
    rows = [
        ([bill.msisdn or str(bill.line), bill.product], _amounts(plan, bill.sums)) for bill in bills
    ]
    return f"<h3>{title}</h3>" + _table(["Subscriber", "Product"], _SUMS, rows)


def _amounts(plan: Plan, sums: Sums) -> list[str]:
    amounts = (sums.charged, sums.before, sums.after, sums.change)
    texts = [format_amount(amount, plan.currency) for amount in amounts]
    return [str(sums.records), *texts, percent(sums.change, sums.before)]


def _table(
    texts: Sequence[str],
    numbers: Sequence[str],
    rows: Iterable[tuple[list[str], list[str]]],
    total: tuple[list[str], list[str]] | None = None,
) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in texts)
    head += "".join(f'<th class="number">{escape(name)}</th>' for name in numbers)
    body = [_row(row, "") for row in rows]
    if total is not None:
        body.append(_row(total, ' class="total"'))
    return f"<table><tr>{head}</tr>{''.join(body)}</table>"


def _row(row: tuple[list[str], list[str]], attributes: str) -> str:
    cells = "".join(f"<td>{escape(text)}</td>" for text in row[0])
    cells += "".join(f'<td class="number">{escape(text)}</td>' for text in row[1])
    return f"<tr{attributes}>{cells}</tr>"


def _chart(bands: Sequence[Band]) -> str:
    """Subscribers of each band as bars: rises, falls and what stays apart in colour."""
    left, width, height = 160, 520, 26
    most = max((band.subscribers for band in bands), default=0) or 1
    bars = []
    for position, band in enumerate(bands):
        y = position * height
        kind = "up" if band.change > 0 else "down" if band.change < 0 else "same"
        length = round(width * band.subscribers / most)
        bars.append(
            f'<text x="{left - 10}" y="{y + 17}" text-anchor="end">{escape(band.label)}</text>'
            f'<rect class="{kind}" x="{left}" y="{y + 4}" width="{length}" height="18"/>'
            f'<text x="{left + length + 8}" y="{y + 17}">{band.subscribers}</text>'
        )
    total_width, total_height = left + width + 90, height * len(bands)
    return (
        f'<svg role="img" aria-label="Subscribers by the change of their bill"'
        f' viewBox="0 0 {total_width} {total_height}" width="{total_width}"'
        f' height="{total_height}">{"".join(bars)}</svg>'
    )


def _changes(changes: Sequence[Change]) -> str:
    rows = [
        (
            [
                change.change,
                change.kind,
                change.name,
                field.field,
                _value(field.old),
                _value(field.new),
            ],
            list[str](),
        )
        for change in changes[:CHANGES_SHOWN]
        for field in change.fields
    ]
    more = len(changes) - CHANGES_SHOWN
    note = f"<p>{more} more changes are not shown.</p>" if more > 0 else ""
    return _table(["Change", "What", "Which", "Field", "Old", "New"], [], rows) + note


def _value(value: object) -> str:
    return "" if value is None else str(value)
