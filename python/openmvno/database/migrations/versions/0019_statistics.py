"""Statistics by minute, hour and day; what processes say of themselves."""

from alembic import op

revision = "0019"
down_revision = "0018"
works_from = "0019"

# Counts and sums have no limit of their own: an overflow would stop the materialiser.
UPGRADE = """
CREATE TABLE statistic (
    tenant_id uuid NOT NULL,
    step text NOT NULL CHECK (step IN ('minute', 'hour', 'day')),
    at timestamptz NOT NULL,              -- its beginning; a day is the tenant's, the others are UTC
    measure text NOT NULL,                -- usage | posting | top_up | payment | line | account | failure
    kind text NOT NULL,                   -- the service, ledger account, way of payment, area …
    detail text NOT NULL,
    currency text NOT NULL,               -- '' where it is not about money
    events bigint NOT NULL,
    usage numeric NOT NULL,               -- in the service's unit
    amount_micros numeric NOT NULL,
    PRIMARY KEY (tenant_id, step, at, measure, kind, detail, currency)
) WITH (fillfactor = 50);                 -- rewritten ten times a second, in place while there is room
CREATE INDEX statistic_to_prune ON statistic (step, at);

-- What no journal tells of, until the materialiser has counted it: a row each, so that nobody waits
-- for anybody's sum.
CREATE TABLE statistic_note (
    tenant_id uuid NOT NULL,
    note_id uuid NOT NULL,                -- time-ordered (UUIDv7)
    at timestamptz NOT NULL DEFAULT now(),
    measure text NOT NULL,
    kind text NOT NULL,
    detail text NOT NULL DEFAULT '',
    currency text NOT NULL DEFAULT '',
    events integer NOT NULL DEFAULT 1,
    amount_micros bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, note_id)
);

-- What processes say of themselves every few seconds.
CREATE TABLE process_report (
    process text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL,
    reported_at timestamptz NOT NULL DEFAULT now(),
    figures jsonb NOT NULL,
    PRIMARY KEY (process, host, pid)
);

-- The materialiser counts by the tenant's day: a zone that is none would stop it for everybody.
ALTER TABLE tenant ADD CONSTRAINT tenant_time_zone
    CHECK (timestamptz '2000-01-01 00:00:00+00' AT TIME ZONE time_zone IS NOT NULL);

-- A release that does not count moves seq alone: what is between is in no statistic, and the books
-- are compared from then on.
ALTER TABLE materialiser_watermark
    ADD COLUMN counted_seq bigint,
    ADD COLUMN counted_from timestamptz;
"""


def upgrade() -> None:
    op.execute(UPGRADE)
