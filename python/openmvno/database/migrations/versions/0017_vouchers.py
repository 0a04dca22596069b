"""The operator's ledger beside the engine's, and vouchers."""

from alembic import op

revision = "0017"
down_revision = "0016"
works_from = "0017"

# (shard, command_seq) names the engine_command a row waits for, as in 0002: a row whose command the
# engine refused does not count.
UPGRADE = """
-- Legs that are no payer's balance: what providers hold for us, what vouchers and transfers are worth.
-- The legs of a cause sum to zero with each other, and its legs on `cash` and `adjustment` take back
-- those that the engine wrote into `posting` for the same cause.
CREATE TABLE ledger_entry (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,               -- time-ordered (UUIDv7)
    cause_id uuid NOT NULL,
    cause text NOT NULL,                  -- voucher_redeemed, payment_received …
    ledger_account text NOT NULL,
    account_id uuid,                      -- the payer it is about
    currency char(3) NOT NULL,
    amount_micros bigint NOT NULL CHECK (amount_micros <> 0),  -- positive = debit, negative = credit
    shard integer,
    command_seq bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, entry_id),
    CHECK ((shard IS NULL) = (command_seq IS NULL))
);
CREATE INDEX ledger_entry_by_cause ON ledger_entry (tenant_id, cause_id);
CREATE INDEX ledger_entry_by_ledger_account ON ledger_entry (tenant_id, ledger_account, entry_id);

CREATE TABLE voucher_series (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    last_serial bigint NOT NULL DEFAULT 0
);

CREATE TABLE voucher_batch (
    tenant_id uuid NOT NULL REFERENCES tenant,
    batch_id uuid NOT NULL,               -- time-ordered (UUIDv7)
    name text NOT NULL,
    first_serial bigint NOT NULL,
    last_serial bigint NOT NULL CHECK (last_serial >= first_serial),
    kind text NOT NULL CHECK (kind IN ('balance', 'wallet', 'product')),
    face_micros bigint NOT NULL CHECK (face_micros > 0),
    currency char(3) NOT NULL,
    bucket text,                          -- of kind wallet: what the card says, whatever is sold later
    unit text,
    amount bigint CHECK (amount > 0),
    days integer CHECK (days > 0),
    product text,                         -- of kind product: an add-on
    expires_at timestamptz NOT NULL,
    expired_at timestamptz,               -- when its cards that were left were written off
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, batch_id),
    CHECK ((kind = 'wallet') = (bucket IS NOT NULL)),
    CHECK ((kind = 'wallet') = (amount IS NOT NULL)),
    CHECK ((kind = 'product') = (product IS NOT NULL))
);
CREATE UNIQUE INDEX voucher_batch_by_serial ON voucher_batch (tenant_id, first_serial);
CREATE INDEX voucher_batch_to_expire ON voucher_batch (expires_at) WHERE expired_at IS NULL;

CREATE TABLE voucher (
    tenant_id uuid NOT NULL,
    serial bigint NOT NULL,
    batch_id uuid NOT NULL,
    pin_mac bytea NOT NULL,               -- HMAC-SHA-256 of the PIN under a key that is not here
    state text NOT NULL DEFAULT 'generated'
        CHECK (state IN ('generated', 'active', 'redeemed', 'blocked', 'expired')),
    redemption_id uuid,                   -- the last one
    PRIMARY KEY (tenant_id, serial),
    CHECK ((state = 'redeemed') <= (redemption_id IS NOT NULL))
);
CREATE UNIQUE INDEX voucher_by_pin ON voucher (tenant_id, pin_mac);

-- How long a card of at least some value lets a subscriber live on.
CREATE TABLE voucher_lifetime (
    tenant_id uuid NOT NULL REFERENCES tenant,
    currency char(3) NOT NULL,
    from_micros bigint NOT NULL CHECK (from_micros >= 0),
    days integer NOT NULL CHECK (days > 0),
    PRIMARY KEY (tenant_id, currency, from_micros)
);

-- redemption_id is that of the top-up, wallet top-up or add-on it became: the cause of its postings.
CREATE TABLE voucher_redemption (
    tenant_id uuid NOT NULL,
    redemption_id uuid NOT NULL,
    serial bigint NOT NULL,
    batch_id uuid NOT NULL,
    account_id uuid NOT NULL,
    line_id uuid,
    lifetime_days integer,                -- what the table gave for it
    origin text NOT NULL DEFAULT '',      -- where the PIN was typed in
    shard integer NOT NULL,
    command_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, redemption_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account
);
CREATE INDEX voucher_redemption_by_account
    ON voucher_redemption (tenant_id, account_id, redemption_id);

-- Wrong PINs of an account or from an origin, since the last right one.
CREATE TABLE voucher_attempt (
    tenant_id uuid NOT NULL,
    subject text NOT NULL,                -- account:<id> | origin:<text>
    failures integer NOT NULL,
    first_at timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (tenant_id, subject)
);
"""


def upgrade() -> None:
    op.execute(UPGRADE)
