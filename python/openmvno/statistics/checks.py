"""What must hold of the statistics: their money is that of the postings."""

from __future__ import annotations

from typing import Final

from openmvno.ledger import Check

# Hours are UTC's, so a tenant that changes its time zone moves none. Where counting began later
# than charging, from the first whole hour after it on, with an hour for clocks that differ.
CHECKS: Final = (
    Check(
        "the statistics say what the postings say",
        "WITH begun AS (SELECT date_trunc('hour', greatest(max(counted_from) + interval '2 hours',"
        "  now() - interval '31 days'), 'UTC') AS at FROM materialiser_watermark"
        "  HAVING bool_and(seq = 0 OR counted_seq IS NOT DISTINCT FROM seq)),"
        " counted AS (SELECT tenant_id, kind, currency, sum(events) AS legs,"
        "  sum(amount_micros) AS micros FROM statistic, begun"
        "  WHERE step = 'hour' AND measure = 'posting' AND statistic.at >= begun.at"
        "  GROUP BY 1, 2, 3),"
        " posted AS (SELECT tenant_id, ledger_account AS kind, currency::text AS currency,"
        "  count(*) AS legs, sum(amount_micros) AS micros FROM posting, begun"
        "  WHERE recorded_at >= begun.at GROUP BY 1, 2, 3)"
        " SELECT tenant_id, 'statistics of ' || kind, 'say ' || coalesce(counted.micros, 0)"
        " || ' micros ' || currency || ' in ' || coalesce(counted.legs, 0)"
        " || ' postings, the postings ' || coalesce(posted.micros, 0) || ' in '"
        " || coalesce(posted.legs, 0)"
        " FROM counted FULL JOIN posted USING (tenant_id, kind, currency)"
        " WHERE counted.micros IS DISTINCT FROM posted.micros"
        " OR counted.legs IS DISTINCT FROM posted.legs",
    ),
)
