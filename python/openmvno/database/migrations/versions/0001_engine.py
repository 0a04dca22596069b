"""The engine's durable record: journal, snapshots, commands, and what the materialiser makes of them."""

from alembic import op

revision = "0001"
down_revision = None

# Journal, snapshots and commands are keyed by shard; everything that grows with subscribers is
# keyed by tenant. Amounts are bigint micros (10^-6 of the major unit) beside their currency.
UPGRADE = """
CREATE TABLE installation (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    shards integer NOT NULL CHECK (shards BETWEEN 1 AND 1024),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- (shard, seq) without an epoch: two owners cannot both write the same place, whoever loses the
-- key is fenced. `owner` only tells which of them wrote it.
CREATE TABLE journal (
    shard integer NOT NULL,
    seq bigint NOT NULL,
    owner bigint NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    payload bytea NOT NULL,
    PRIMARY KEY (shard, seq)
) PARTITION BY RANGE (seq);
-- Compression of the payload costs four to seven times the commit rate.
ALTER TABLE journal ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE snapshot_slice (
    shard integer NOT NULL,
    slice integer NOT NULL,
    seq bigint NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    payload bytea NOT NULL,
    PRIMARY KEY (shard, slice)
);
ALTER TABLE snapshot_slice ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE command_sequence (
    shard integer PRIMARY KEY,
    last_seq bigint NOT NULL DEFAULT 0
);

CREATE TABLE engine_command (
    shard integer NOT NULL,
    seq bigint NOT NULL,
    command_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    command jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    outcome jsonb,
    applied_at timestamptz,
    PRIMARY KEY (shard, seq)
);
CREATE INDEX engine_command_by_id ON engine_command (tenant_id, command_id);

CREATE TABLE materialiser_watermark (
    shard integer PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,           -- CDRs, postings and outcomes are written up to here
    balances_seq bigint NOT NULL DEFAULT 0,  -- account_balance, refreshed less often, up to here
    moved_at timestamptz NOT NULL DEFAULT now()
);

-- One row per closed (or cut) piece of usage; it stores every input that explaining and re-rating
-- need, since the journal behind it is dropped after a week.
CREATE TABLE cdr (
    tenant_id uuid NOT NULL,
    cdr_id uuid NOT NULL,
    account_id uuid NOT NULL,
    line_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    session_id text NOT NULL,
    request_number bigint NOT NULL,  -- CC-Request-Number that closed it
    kind text NOT NULL,              -- session | event | refund | file | correction
    service text NOT NULL,
    direction text NOT NULL,         -- originating | terminating
    destination text NOT NULL,
    rating_group bigint,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    usage bigint NOT NULL,           -- in the service's unit: seconds, octets, events, micros
    currency char(3) NOT NULL,
    amount_micros bigint NOT NULL,   -- the price of the usage
    overrun_micros bigint NOT NULL,  -- the part of it that no balance covered
    balance_after_micros bigint NOT NULL,
    catalog_version bigint NOT NULL,
    product text NOT NULL,
    rate text NOT NULL,
    cause text NOT NULL,             -- normal | expired | peer_restarted | refund | file | late
    refers_to uuid,                  -- the CDR a refund or correction is about
    correlation text NOT NULL,       -- CC-Correlation-Id or content key
    origin_host text NOT NULL,
    shard integer NOT NULL,
    journal_seq bigint NOT NULL,
    PRIMARY KEY (tenant_id, cdr_id, recorded_at)  -- cdr_id is time-ordered (UUIDv7)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX cdr_by_account ON cdr (tenant_id, account_id, cdr_id);
CREATE INDEX cdr_by_session ON cdr (session_id);

-- Double entry: the rows of one cause sum to zero. Positive = debit, negative = credit.
CREATE TABLE posting (
    tenant_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,          -- the CDR, top-up or adjustment
    account_id uuid NOT NULL,
    ledger_account text NOT NULL,    -- balance | revenue | overrun | receivable | cash | adjustment
    currency char(3) NOT NULL,
    amount_micros bigint NOT NULL,
    shard integer NOT NULL,
    journal_seq bigint NOT NULL
) PARTITION BY RANGE (recorded_at);
CREATE INDEX posting_by_account ON posting (tenant_id, account_id, recorded_at DESC);

-- A projection: the engine holds the live balance.
CREATE TABLE account_balance (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    currency char(3) NOT NULL,
    balance_micros bigint NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id)
) WITH (fillfactor = 70);

CREATE TABLE journal_default PARTITION OF journal DEFAULT;
CREATE TABLE cdr_default PARTITION OF cdr DEFAULT;
CREATE TABLE posting_default PARTITION OF posting DEFAULT;
"""


def upgrade() -> None:
    op.execute(UPGRADE)
